//! The layers in front of and behind real servers on the loopback interface: axum with reqwest and hyper, tonic on both
//! sides.

#[path = "../support/mod.rs"]
mod support;

mod grpc;
mod http;

use std::time::Duration;

use opentelemetry_sdk::trace::SpanData;
use support::Recorder;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

/// The finished spans as soon as there are `count`: a server ends its span when the answer has left, which the client need
/// not wait for.
async fn finished(recorder: &Recorder, count: usize) -> Vec<SpanData> {
    let all_there = async {
        while recorder.spans().len() < count {
            sleep(Duration::from_millis(1)).await;
        }
    };
    if timeout(Duration::from_secs(10), all_there).await.is_err() {
        panic!("{count} spans were expected: {:#?}", recorder.spans());
    }
    recorder.spans()
}

async fn listen() -> (TcpListener, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("the loopback interface has a free port");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// The only child of `parent`.
fn child<'a>(spans: &'a [SpanData], parent: &SpanData) -> &'a SpanData {
    let children: Vec<_> = spans
        .iter()
        .filter(|span| support::is_child_of(span, parent))
        .collect();
    let [child] = children[..] else {
        panic!(
            "one child was expected below {}: {children:#?}",
            parent.name
        );
    };
    child
}

/// The names on the way from the root down, as long as each has one child.
fn chain(spans: &[SpanData]) -> Vec<String> {
    let roots: Vec<_> = spans.iter().filter(|span| support::is_root(span)).collect();
    let [mut span] = roots[..] else {
        panic!("one root was expected: {spans:#?}");
    };
    let mut names = vec![span.name.to_string()];
    while names.len() < spans.len() {
        span = child(spans, span);
        names.push(span.name.to_string());
    }
    names
}
