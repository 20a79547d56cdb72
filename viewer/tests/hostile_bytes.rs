//! No bytes end the process, fill the store with rubbish, or make an answer that cannot be read.

mod support;

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use proptest::prelude::*;
use prost::Message as _;
use support::{
    any_value, array, attribute, batch, gzip, map, request, send, span, text, trace_id, with,
};
use viewer::Viewer;
use viewer::client::QueryClient;
use viewer::intake::{Intake, Signal};
use viewer::jaeger::wire::TraceJson;
use viewer::store::{Limits, Search, Store};

const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Logs, Signal::Metrics];

/// Feeds bytes to all signals, then reads back what came of it in every way that there is.
fn feed(bytes: &[u8]) {
    let store = Arc::new(Store::new(Limits::default()));
    let intake = Intake::new(Arc::clone(&store));
    for signal in SIGNALS {
        let _either_way_is_fine = intake.accept(signal, Bytes::copy_from_slice(bytes));
    }
    for trace in store.find(&Search {
        limit: usize::MAX,
        ..Search::default()
    }) {
        let json = serde_json::to_string(&TraceJson::from_model(&trace)).expect("JSON");
        let read: TraceJson = serde_json::from_str(&json).expect("the same JSON");
        let read = read.into_model().expect("the same trace");
        assert_eq!(read.spans.len(), trace.spans.len());
        let tree = trace.tree().attributes(["a"]).events().to_string();
        assert!(tree.lines().count() > trace.spans.len());
        trace.edges();
    }
    store
        .services()
        .iter()
        .for_each(|service| drop(store.operations(service)));
}

fn valid() -> Vec<u8> {
    let nested = map([attribute("k", array([text("v"), map([])]))]);
    let spans = [
        with(span(trace_id(1), 1, 0, "a"), "a", nested),
        with(span(trace_id(1), 2, 1, "b"), "a", text("\u{1b}[2J\n")),
        span(trace_id(1), 3, 3, "its own parent"),
        span(trace_id(1), 1, 9, "an id twice"),
    ];
    request([batch("shop", spans)]).encode_to_vec()
}

#[test]
fn the_corpus_is_survived() {
    let deep = (0..200).fold(any_value(text("end")), |inner, _| {
        any_value(array(inner.value))
    });
    let mut too_deep = span(trace_id(1), 1, 0, "deep");
    too_deep.attributes = vec![attribute("a", deep.value.expect("set"))];
    let mut extreme = span(trace_id(1), 1, 0, "extreme");
    extreme.start_time_unix_nano = u64::MAX;
    extreme.end_time_unix_nano = 1 << 63;
    extreme.kind = i32::MAX;
    extreme.flags = u32::MAX;
    let corpus: Vec<Vec<u8>> = vec![
        vec![],
        vec![0],
        vec![0xff; 64],
        // A length that lies, and one that overflows.
        vec![0x0a, 0xff, 0xff, 0xff, 0x0f],
        vec![
            0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ],
        // A group that is never closed.
        vec![0x0b; 200],
        b"{\"resourceSpans\":[]}".to_vec(),
        request([batch("shop", [too_deep])]).encode_to_vec(),
        request([batch("shop", [extreme])]).encode_to_vec(),
        valid(),
    ];

    corpus.iter().for_each(|bytes| feed(bytes));
}

#[test]
fn a_chain_of_ten_thousand_spans_is_shown() {
    let chain = (1..=10_000).map(|id| span(trace_id(1), id, id - 1, "a"));

    feed(&request([batch("shop", chain)]).encode_to_vec());
}

proptest! {
    #[test]
    fn random_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        feed(&bytes);
    }

    #[test]
    fn a_damaged_request_is_survived(
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = valid();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        feed(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        feed(&bytes);
    }
}

#[tokio::test]
async fn the_servers_go_on_after_rubbish() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let viewer = Viewer::builder().start().await.expect("free ports");
    let rubbish: [&[u8]; 4] = [
        b"",
        b"\0\0\0\0\0",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff",
    ];

    for address in [viewer.grpc_addr(), viewer.http_addr(), viewer.query_addr()] {
        for bytes in rubbish {
            let mut stream = tokio::net::TcpStream::connect(address)
                .await
                .expect("a connection");
            stream.write_all(bytes).await.expect("sent");
            stream.shutdown().await.expect("half closed");
            let mut answer = Vec::new();
            let _reset_or_answered = stream.read_to_end(&mut answer).await;
        }
    }
    for (encoding, body) in [("gzip", gzip(&valid())), ("identity", valid().into())] {
        let export = Request::post(format!("{}/v1/traces", viewer.http_url()))
            .header("content-type", "application/x-protobuf")
            .header("content-encoding", encoding);
        assert!(
            send(export.body(body).expect("a request"))
                .await
                .status()
                .is_success()
        );
    }

    let client = QueryClient::new(&viewer.query_url()).expect("an address");
    let trace = client
        .trace(trace_id(1))
        .await
        .expect("an answer")
        .expect("the trace");
    assert_eq!(trace.spans.len(), 4, "the second copy is shown once");
}
