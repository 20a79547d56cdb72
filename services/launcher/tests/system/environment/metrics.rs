//! `OTEL_METRICS_EXPORTER`, `OTEL_METRIC_EXPORT_INTERVAL` and the address for metrics: where the census goes, and when.

use launcher::{Service, Stage};

use super::{CREDENTIAL, ask_auth};
use crate::support::{BlackHole, Launch, Metrics, Reserved, eventually};

const METRIC: &str = "migration.trace_headers";
const TRACEPARENT: (&str, &str) = (
    "traceparent",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
);

/// Auth without its store, which it does not need to refuse a request.
fn auth(stage: Stage, otlp: &str) -> Launch {
    let away = Reserved::new();
    Launch::new(Service::Auth, stage)
        .env("SERVICE_CREDENTIAL", CREDENTIAL)
        .env("DEMO", "true")
        .env("REDIS_URL", format!("redis://{}", away.address()))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", otlp)
}

fn one_new() -> Vec<(String, i64)> {
    vec![("other new".to_owned(), 1)]
}

#[tokio::test]
async fn metrics_leave_in_an_interval_for_the_address_that_is_theirs() {
    let (metrics, other) = (Metrics::start().await, BlackHole::start());
    let auth = auth(Stage::Native, &other.url())
        .env("OTEL_TRACES_EXPORTER", "none")
        .env("OTEL_LOGS_EXPORTER", "none")
        .env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", metrics.url())
        .env("OTEL_METRIC_EXPORT_INTERVAL", "20")
        .start();

    ask_auth(&auth, &[TRACEPARENT]).await.is(422);

    eventually("the count arrives while the service runs", async || {
        metrics.last("auth", METRIC) == one_new()
    })
    .await;
    assert!(!other.was_connected());
}

#[tokio::test]
async fn without_a_word_they_go_where_spans_go_at_the_end_at_the_latest() {
    let metrics = Metrics::start().await;
    let auth = auth(Stage::Mixed, &metrics.url()).start();

    ask_auth(&auth, &[TRACEPARENT]).await.is(422);
    let ended = tokio::task::spawn_blocking(|| auth.terminate()).await;

    assert!(ended.expect("nothing panics").status.success());
    assert_eq!(metrics.last("auth", METRIC), one_new());
}

#[tokio::test]
async fn none_keeps_them_in_the_process() {
    let metrics = Metrics::start().await;
    let auth = auth(Stage::Shim, &metrics.url())
        .env("OTEL_METRICS_EXPORTER", "none")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "20")
        .start();

    ask_auth(&auth, &[TRACEPARENT]).await.is(422);
    let ended = tokio::task::spawn_blocking(|| auth.terminate()).await;

    assert!(ended.expect("nothing panics").status.success());
    assert_eq!(metrics.last("auth", METRIC), []);
}

#[tokio::test]
async fn an_export_of_metrics_is_given_up_after_the_timeout() {
    let silent = BlackHole::start();
    let auth = auth(Stage::Mixed, &silent.url())
        .env("OTEL_TRACES_EXPORTER", "none")
        .env("OTEL_LOGS_EXPORTER", "none")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "10")
        // Longer than any test waits.
        .env("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000")
        .env("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "150")
        .start();

    ask_auth(&auth, &[TRACEPARENT]).await.is(422);

    eventually("it is said", async || {
        let lines = auth.lines().join("\n");
        lines.contains("Metrics are not being taken")
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_takes_no_metrics_costs_one_line_and_no_span() {
    let receiver = crate::support::Receiver::start();
    let away = Reserved::new();
    let auth = auth(Stage::Native, &receiver.url())
        .env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", away.url())
        .env("OTEL_METRIC_EXPORT_INTERVAL", "10")
        .start();

    ask_auth(&auth, &[TRACEPARENT]).await.is(422);
    eventually("it is said", async || {
        auth.lines()
            .join("\n")
            .contains("Metrics are not being taken")
    })
    .await;
    let ended = tokio::task::spawn_blocking(|| auth.terminate()).await;

    let ended = ended.expect("nothing panics");
    assert!(ended.status.success(), "{ended:#?}");
    let said = ended.lines.iter().filter(|line| line.contains("etric"));
    assert_eq!(said.count(), 1, "{ended:#?}");
    let trace = receiver.trace("0af7651916cd43dd8448eb211c80319c");
    assert_eq!(trace.map_or(0, |trace| trace.spans.len()), 1);
}
