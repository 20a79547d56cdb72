//! What is finished is sent by a thread of its own, and nobody waits for it.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use rustracing_jaeger::Tracer;
use stage_legacy::reporter::Counts;
use stage_legacy::settings::Settings;
use stage_legacy::telemetry::{self, Instrumentation};

/// Far more than the end of a reporter takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn reporting_to(agent: SocketAddr) -> Instrumentation {
    let settings = Settings::embedded("auth").agent(agent);
    let settings = settings.tag("migration.stage", "legacy");
    telemetry::start("auth", &settings).expect("a socket and a thread can be had")
}

fn finish(tracer: &Tracer, spans: usize) {
    for _ in 0..spans {
        drop(tracer.span("a step of a test").start());
    }
}

/// The bytes that have come to an agent, datagram by datagram. All have been sent.
fn received(agent: &UdpSocket) -> Vec<Vec<u8>> {
    agent.set_nonblocking(true).expect("a socket can be set");
    let mut buffer = vec![0; 65_536];
    std::iter::from_fn(|| {
        let length = agent.recv(&mut buffer).ok()?;
        Some(buffer[..length].to_vec())
    })
    .collect()
}

fn occurrences(datagrams: &[Vec<u8>], text: &str) -> usize {
    let bytes = datagrams.concat();
    let windows = bytes.windows(text.len());
    windows.filter(|window| *window == text.as_bytes()).count()
}

#[test]
fn the_end_sends_what_was_finished_with_the_tags_of_the_process() {
    let agent = UdpSocket::bind("127.0.0.1:0").expect("the loopback has a free port");
    let address = agent.local_addr().expect("a bound socket has an address");
    let instrumentation = reporting_to(address);

    finish(instrumentation.telemetry.tracer(), 50);
    let counts = instrumentation.shutdown(PATIENCE);

    assert_eq!(
        counts,
        Counts {
            sent: 50,
            failed: 0
        }
    );
    let datagrams = received(&agent);
    assert_eq!(occurrences(&datagrams, "a step of a test"), 50);
    assert_eq!(occurrences(&datagrams, "migration.stage"), datagrams.len());
}

#[test]
fn a_span_that_is_still_open_does_not_hold_up_the_end() {
    let instrumentation = reporting_to(SocketAddr::from(([127, 0, 0, 1], 1)));
    let open = instrumentation.telemetry.tracer().span("open").start();
    let handle = open.handle();

    let asked = Instant::now();
    let counts = instrumentation.shutdown(PATIENCE);

    assert!(asked.elapsed() < PATIENCE, "it waited for the open span");
    assert_eq!(counts, Counts::default());
    // Nobody receives what comes now, and nobody minds.
    drop(handle.child("late", |start| start.start()));
    drop(open);
    assert_eq!(instrumentation.shutdown(PATIENCE), counts);
}

#[test]
fn an_agent_that_is_away_costs_nothing() {
    let gone = UdpSocket::bind("127.0.0.1:0").expect("the loopback has a free port");
    let address = gone.local_addr().expect("a bound socket has an address");
    drop(gone);
    let instrumentation = reporting_to(address);

    // More than the channel takes, faster than the thread can be.
    finish(instrumentation.telemetry.tracer(), 20_000);
    let counts = instrumentation.shutdown(PATIENCE);

    assert_eq!(counts.failed, 0, "nobody says that nobody listens");
    assert!((1..=20_000).contains(&counts.sent), "{counts:?}");
}

#[test]
fn a_batch_that_is_too_large_is_lost_and_counted_and_the_next_one_is_sent() {
    let agent = UdpSocket::bind("127.0.0.1:0").expect("the loopback has a free port");
    let address = agent.local_addr().expect("a bound socket has an address");
    let instrumentation = reporting_to(address);
    let tracer = instrumentation.telemetry.tracer();

    drop(tracer.span("large".repeat(20_000)).start());
    // What waits with the large one is lost with it.
    finish(tracer, 100);
    let Counts { sent, failed } = instrumentation.shutdown(PATIENCE);

    assert_eq!(sent + failed, 101);
    assert!((1..=32).contains(&failed), "{failed}");
    let arrived = occurrences(&received(&agent), "a step of a test");
    assert_eq!(u64::try_from(arrived), Ok(sent));
}
