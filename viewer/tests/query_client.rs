//! Asking and waiting: what is found, and what is said when it is not.

mod support;

use std::error::Error as _;
use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use prost::Message as _;
use support::{EPOCH, MILLI, batch, failed, get, request, span, text, trace_id, with};
use tokio::net::TcpListener;
use viewer::Viewer;
use viewer::client::{ClientError, QueryClient};
use viewer::intake::{Intake, Signal};
use viewer::store::{Search, Stats};

async fn viewer() -> (Viewer, Intake, QueryClient) {
    let viewer = Viewer::builder().start().await.expect("free ports");
    let intake = Intake::new(viewer.store().clone());
    let client = QueryClient::new(&viewer.query_url()).expect("an address");
    (viewer, intake, client)
}

fn put(
    intake: &Intake,
    service: &str,
    spans: impl IntoIterator<Item = opentelemetry_proto::tonic::trace::v1::Span>,
) {
    let export = request([batch(service, spans)]);
    intake
        .accept(Signal::Traces, export.encode_to_vec().into())
        .expect("a request");
}

/// Around the time of the tests' spans.
fn search(service: &str) -> Search {
    Search {
        start_min_unix_nanos: Some((EPOCH - 1_000 * MILLI).cast_signed()),
        start_max_unix_nanos: Some((EPOCH + 1_000 * MILLI).cast_signed()),
        ..Search::service(service)
    }
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let (_viewer, _intake, client) = viewer().await;

    assert_eq!(client.trace(trace_id(1)).await.expect("an answer"), None);
    assert!(client.services().await.expect("an answer").is_empty());
    assert!(
        client
            .operations("nobody")
            .await
            .expect("an answer")
            .is_empty()
    );
    assert!(
        client
            .find(&search("nobody"))
            .await
            .expect("an answer")
            .is_empty()
    );
}

#[tokio::test]
async fn the_trace_over_http_is_the_trace_in_the_store() {
    let (viewer, intake, client) = viewer().await;
    put(
        &intake,
        "api",
        [
            with(failed(span(trace_id(1), 1, 0, "a"), "why"), "k", text("v")),
            span(trace_id(1), 2, 1, "b"),
        ],
    );

    let asked = client
        .trace(trace_id(1))
        .await
        .expect("an answer")
        .expect("the trace");

    assert_eq!(asked, viewer.store().trace(trace_id(1)).expect("the trace"));
}

/// Jaeger answers status 500 for the whole trace.
#[tokio::test]
async fn doubles_that_json_cannot_express_are_shown() {
    let (_viewer, intake, client) = viewer().await;
    let odd = [
        ("a", f64::INFINITY),
        ("b", f64::NEG_INFINITY),
        ("c", f64::NAN),
    ]
    .into_iter()
    .fold(span(trace_id(1), 1, 0, "a"), |span, (key, value)| {
        with(span, key, Any::DoubleValue(value))
    });
    put(&intake, "api", [odd]);

    let trace = client
        .trace(trace_id(1))
        .await
        .expect("an answer")
        .expect("the trace");

    let tree = trace
        .tree()
        .masked()
        .attributes(["a", "b", "c"])
        .to_string();
    assert!(tree.ends_with("a=inf b=-inf c=NaN\n"), "{tree}");
}

#[tokio::test]
async fn conditions_narrow_a_search() {
    let (_viewer, intake, client) = viewer().await;
    put(&intake, "api", [span(trace_id(1), 1, 0, "a")]);
    put(
        &intake,
        "api",
        [failed(span(trace_id(2), 2, 0, "b"), "why")],
    );
    put(
        &intake,
        "a b&c",
        [with(span(trace_id(3), 3, 0, "a"), "k&=", text("v \"1\""))],
    );
    let found = async |search: Search| -> Vec<u64> {
        let traces = client.find(&search).await.expect("an answer");
        (1..=3)
            .filter(|number| traces.iter().any(|trace| trace.id == trace_id(*number)))
            .collect()
    };

    assert_eq!(found(search("api")).await, [1, 2]);
    assert_eq!(found(search("api").limit(1)).await, [2], "the newest first");
    assert_eq!(found(search("api").operation("a")).await, [1]);
    assert_eq!(found(search("api").tag("error", "true")).await, [2]);
    assert_eq!(found(search("api").tag("error", "false")).await, [1]);
    assert_eq!(
        found(search("api").tag("span.kind", "internal")).await,
        [1, 2]
    );
    assert_eq!(
        found(search("api").tag("otel.status_code", "ERROR")).await,
        [2]
    );
    assert_eq!(found(search("a b&c").tag("k&=", "v \"1\"")).await, [3]);
    assert_eq!(found(search("a b&c").tag("k&=", "v")).await, [0; 0]);
    let long = Search {
        min_duration_nanos: Some(20_000_000),
        ..search("api")
    };
    assert_eq!(found(long).await, [0; 0]);
}

#[tokio::test]
async fn waiting_ends_when_the_trace_is_complete() {
    let (_viewer, intake, client) = viewer().await;
    put(&intake, "api", [span(trace_id(1), 2, 1, "early child")]);
    let (asked, question) = tokio::sync::oneshot::channel();
    let asked = std::sync::Mutex::new(Some(asked));

    let late = async {
        question.await.expect("a first question");
        put(&intake, "api", [span(trace_id(1), 1, 0, "late root")]);
    };
    let waited = client.wait_for(trace_id(1), Duration::from_secs(10), |trace| {
        if let Some(asked) = asked.lock().expect("no panic").take() {
            asked.send(()).expect("listening");
        }
        trace.roots().count() == 1
    });
    let (waited, ()) = tokio::join!(waited, late);

    assert_eq!(waited.expect("complete").spans.len(), 2);
    let any = client
        .wait_for_any(&search("api"), Duration::from_secs(10), |trace| {
            trace.orphans().is_empty()
        })
        .await;
    assert_eq!(any.expect("found").id, trace_id(1));
}

#[tokio::test]
async fn a_wait_in_vain_shows_what_was_there() {
    let (_viewer, intake, client) = viewer().await;
    put(&intake, "api", [span(trace_id(1), 2, 1, "alone")]);

    let incomplete = client
        .wait_for(trace_id(1), Duration::from_millis(50), |_| false)
        .await
        .expect_err("in vain");
    let absent = client
        .wait_for(trace_id(2), Duration::from_millis(50), |_| true)
        .await
        .expect_err("in vain");

    assert!(
        incomplete.to_string().contains("api: alone"),
        "{incomplete}"
    );
    assert!(absent.to_string().ends_with("there was none"), "{absent}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port")
        .local_addr()
        .expect("bound");
    let client = QueryClient::new(&format!("http://{closed}")).expect("an address");

    let error = client.services().await.expect_err("nobody there");
    let wait = client
        .wait_for(trace_id(1), Duration::from_millis(50), |_| true)
        .await
        .expect_err("nobody there");

    assert!(error.to_string().contains(&closed.to_string()), "{error}");
    assert!(error.source().is_some());
    assert!(
        wait.to_string()
            .contains("the last question failed: cannot reach"),
        "{wait}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let client = QueryClient::new(&format!("http://{}", silent.local_addr().expect("bound")))
        .expect("an address");

    let error = client.services().await.expect_err("silence");

    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_does_not_outlast_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let client = QueryClient::new(&format!("http://{}", silent.local_addr().expect("bound")))
        .expect("an address");

    let waited = client
        .wait_for(trace_id(1), Duration::from_millis(50), |_| true)
        .await;

    assert!(waited.expect_err("in vain").after < Duration::from_secs(5));
}

#[tokio::test]
async fn an_answer_that_is_not_jaeger_s_is_refused() {
    let (viewer, ..) = viewer().await;
    let not_found = QueryClient::new(&viewer.http_url()).expect("an address");

    let error = not_found.services().await.expect_err("no such path");

    assert!(
        matches!(
            error,
            ClientError::Refused {
                status: http::StatusCode::NOT_FOUND,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn addresses_are_checked() {
    for good in [
        "http://127.0.0.1:16686",
        "http://localhost:16686/",
        "http://gateway/jaeger/",
    ] {
        assert!(QueryClient::new(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "127.0.0.1:16686",
        "https://127.0.0.1:16686",
        "http://a/?q",
        "ftp://a",
        "http://",
    ] {
        assert!(QueryClient::new(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_is_refused_as_jaeger_refuses() {
    let (viewer, _intake, _client) = viewer().await;

    for path in ["/api/services/%ff/operations", "/api/traces/%ff"] {
        let refused = get(&format!("{}{path}", viewer.query_url())).await;

        assert_eq!(refused.status(), 400, "{path}");
        let document: serde_json::Value = serde_json::from_slice(refused.body()).expect(path);
        assert_eq!(document["errors"][0]["code"], 400, "{path}");
        assert_eq!(document["data"], serde_json::Value::Null, "{path}");
    }
}

#[tokio::test]
async fn counts_and_a_page_are_served() {
    let (viewer, intake, _client) = viewer().await;
    put(&intake, "<script>", [span(trace_id(1), 1, 0, "<script>")]);

    let stats = get(&format!("{}/api/stats", viewer.query_url())).await;
    let page = get(&viewer.query_url()).await;
    let health = get(&format!("{}/healthz", viewer.query_url())).await;

    let stats: Stats = serde_json::from_slice(stats.body()).expect("counts");
    assert_eq!(stats, viewer.store().stats());
    assert_eq!((stats.spans, stats.traces), (1, 1));
    let page = String::from_utf8(page.into_body().to_vec()).expect("text");
    assert!(page.contains("<strong>1 trace</strong>"), "{page}");
    assert!(!page.contains("<script>"), "{page}");
    assert_eq!(health.body(), "ok");
}
