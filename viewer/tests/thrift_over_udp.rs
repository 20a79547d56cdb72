//! The ports themselves: open and closed, full and flooded.

mod support;

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use support::thrift::{Data, PROTOCOLS, batch, emit_batch, process, send, span, tag, tags, text};
use viewer::Viewer;
use viewer::intake::thrift::Protocol;
use viewer::store::Stats;

const SOON: Duration = Duration::from_secs(20);

/// What a UDP datagram can hold.
const LARGEST: usize = 65_507;

async fn viewer() -> Viewer {
    Viewer::builder().start().await.expect("free ports")
}

fn port(viewer: &Viewer, protocol: Protocol) -> SocketAddr {
    match protocol {
        Protocol::Compact => viewer.thrift_compact_addr(),
        Protocol::Binary => viewer.thrift_binary_addr(),
    }
    .expect("on")
}

async fn stats(viewer: &Viewer, enough: impl Fn(&Stats) -> bool) -> Stats {
    let deadline = Instant::now() + SOON;
    loop {
        let stats = viewer.store().stats();
        if enough(&stats) {
            return stats;
        }
        assert!(Instant::now() < deadline, "{stats:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn one_span(id: i64, name: &str) -> Data {
    batch(process("shop", []), [span((1, 1), id, 0, name, [])])
}

#[tokio::test]
async fn ports_can_be_off() {
    let viewer = Viewer::builder()
        .thrift_compact(None)
        .thrift_binary(None)
        .start()
        .await
        .expect("free ports");

    assert_eq!(viewer.thrift_compact_addr(), None);
    assert_eq!(viewer.thrift_binary_addr(), None);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let viewer = viewer().await;
    let taken = port(&viewer, Protocol::Binary);

    let error = Viewer::builder()
        .thrift_binary(taken)
        .start()
        .await
        .expect_err("taken");

    assert_eq!(
        error.to_string(),
        format!("cannot listen on {taken} for Jaeger Thrift, binary")
    );
}

#[tokio::test]
async fn after_shutdown_the_ports_are_free() {
    let viewer = viewer().await;
    let ports = PROTOCOLS.map(|protocol| port(&viewer, protocol));

    let started = Instant::now();
    viewer.shutdown().await;

    assert!(started.elapsed() < Duration::from_secs(1));
    for port in ports {
        UdpSocket::bind(port).expect("free");
    }
}

#[tokio::test]
async fn ports_of_all_interfaces_can_be_closed() {
    for any in ["0.0.0.0:0", "[::]:0"] {
        let any: SocketAddr = any.parse().expect("an address");
        let started = Viewer::builder().thrift_compact(any).start().await;
        let viewer = match started {
            Ok(viewer) => viewer,
            // A machine without IPv6 has nothing to close.
            Err(_) if any.is_ipv6() && UdpSocket::bind(any).is_err() => continue,
            Err(error) => panic!("{error}"),
        };
        let port = port(&viewer, Protocol::Compact);

        viewer.shutdown().await;

        UdpSocket::bind(port).expect("free");
    }
}

#[tokio::test]
async fn a_viewer_that_is_dropped_frees_its_ports_too() {
    let viewer = viewer().await;
    let ports = PROTOCOLS.map(|protocol| port(&viewer, protocol));

    drop(viewer);

    let deadline = Instant::now() + SOON;
    for port in ports {
        while UdpSocket::bind(port).is_err() {
            assert!(Instant::now() < deadline, "{port} is taken");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// A sender on the same machine is done when the system has its datagram: nothing of it is late.
#[tokio::test]
async fn what_was_sent_before_the_end_is_kept() {
    for protocol in PROTOCOLS {
        let viewer = viewer().await;
        let store = viewer.store().clone();

        for id in 1..=50 {
            let datagram = emit_batch(protocol, one_span(id, "late"));
            send(&datagram, port(&viewer, protocol));
        }
        viewer.shutdown().await;

        let stats = store.stats();
        assert_eq!((stats.received_spans, stats.refused_requests), (50, 0));
    }
}

#[tokio::test]
async fn rubbish_is_counted_and_does_not_stop_the_port() {
    for protocol in PROTOCOLS {
        let viewer = viewer().await;
        let to = port(&viewer, protocol);
        let rubbish: [&[u8]; 5] = [
            b"",
            b"\0",
            b"GET / HTTP/1.1\r\n\r\n",
            &[0xff; 500],
            b"\x82\x81",
        ];

        for bytes in rubbish {
            send(bytes, to);
        }
        send(&emit_batch(protocol, one_span(1, "good")), to);

        let stats = stats(&viewer, |stats| stats.received_spans == 1).await;
        assert_eq!(stats.refused_requests, rubbish.len() as u64);
        assert_eq!(stats.dropped_datagrams, 0);
    }
}

#[tokio::test]
async fn a_datagram_may_be_as_large_as_they_get() {
    for protocol in PROTOCOLS {
        let viewer = viewer().await;
        let of_length = |length: usize| {
            let tag = tag("text", text(&"x".repeat(length)));
            let span = span((1, 1), 1, 0, "large", [tags([tag])]);
            emit_batch(protocol, batch(process("shop", []), [span]))
        };
        let around = of_length(LARGEST / 2).len() - LARGEST / 2;
        let datagram = of_length(LARGEST - around);
        assert_eq!(datagram.len(), LARGEST);

        send(&datagram, port(&viewer, protocol));

        stats(&viewer, |stats| stats.received_spans == 1).await;
        let trace = viewer.store().find(&viewer::store::Search::default());
        let shown = trace[0].spans[0].tags.str("text").map(str::len);
        assert_eq!(shown, Some(LARGEST - around));
    }
}

/// The runtime of this test does not run while it sends: the reader is on its own, as it is beside a busy service.
#[tokio::test]
async fn a_burst_is_taken_while_the_runtime_is_busy() {
    const BURST: i64 = 100;
    let viewer = viewer().await;
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let to = port(&viewer, Protocol::Compact);

    for id in 1..=BURST {
        let datagram = emit_batch(Protocol::Compact, one_span(id, "burst"));
        socket.send_to(&datagram, to).expect("sent");
    }

    let stats = stats(&viewer, |stats| stats.received_spans == BURST as u64).await;
    assert_eq!((stats.dropped_datagrams, stats.refused_requests), (0, 0));
}

/// More than anybody promises to keep. What is lost is counted, to the last datagram.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_datagram_is_lost_without_being_counted() {
    const FLOOD: u64 = 3_000;
    let viewer = viewer().await;
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let to = port(&viewer, Protocol::Binary);
    let tag = tag("text", text(&"x".repeat(20_000)));
    let large = span((1, 1), 1, 0, "flood", [tags([tag])]);
    let datagram = emit_batch(Protocol::Binary, batch(process("shop", []), [large]));

    for _ in 0..FLOOD {
        socket.send_to(&datagram, to).expect("sent");
    }

    // The system says what it dropped along with what it took later: so something is sent until the sum is right.
    let deadline = Instant::now() + SOON;
    let last = emit_batch(Protocol::Binary, one_span(2, "last"));
    let mut sent = FLOOD;
    loop {
        let stats = viewer.store().stats();
        if stats.received_spans + stats.dropped_datagrams == sent {
            break;
        }
        assert!(Instant::now() < deadline, "{sent} were sent: {stats:?}");
        socket.send_to(&last, to).expect("sent");
        sent += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let stats = viewer.store().stats();
    println!(
        "{} of {sent} datagrams were taken, {} bytes each",
        stats.received_spans,
        datagram.len()
    );
}
