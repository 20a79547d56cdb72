//! `OTEL_LOGS_EXPORTER`, `OTEL_BLRP_*` and `OTEL_EXPORTER_OTLP_LOGS_*`: where log records go, and when.

use launcher::Stage;

use super::{api, ask};
use crate::support::{BlackHole, Launch, Logs, Receiver, eventually};

/// Longer than any test waits: what arrives did not wait for it.
const NEVER: &str = "3600000";

/// Api, whose log records go to a place of their own.
fn api_with(stage: Stage, logs: &str) -> Launch {
    let (spans, metrics) = ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER");
    let api = api(stage, "http://127.0.0.1:1");
    let api = api.env("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", logs);
    api.env(spans, "none").env(metrics, "none")
}

fn has(logs: &Logs, words: &str) -> bool {
    let records = logs.records();
    records.iter().any(|record| record.message.contains(words))
}

/// A request without auth fails, which is logged.
async fn assert_arrives(logs: &Logs) {
    eventually("the failure arrives", async || {
        has(logs, "A request failed")
    })
    .await;
}

#[tokio::test]
async fn without_a_word_they_go_where_spans_go() {
    let receiver = Receiver::start();
    let api = api(Stage::Native, &receiver.url()).start();

    let id = ask(&api).await;

    receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
    eventually("records arrive there", async || {
        receiver.store().stats().log_records > 0
    })
    .await;
}

#[tokio::test]
async fn none_keeps_them_in_the_process() {
    for stage in [Stage::Shim, Stage::Mixed, Stage::Native] {
        let receiver = BlackHole::start();
        let api = api_with(stage, &receiver.url())
            .env("OTEL_LOGS_EXPORTER", "none")
            .start();

        ask(&api).await;
        let ended = api.terminate();

        let lines = ended.lines.join("\n");
        assert!(ended.status.success(), "{lines}");
        assert!(lines.contains("A request failed"), "{lines}");
        assert!(!receiver.was_connected(), "{stage}");
    }
}

#[tokio::test]
async fn the_address_for_logs_wins_and_may_have_no_scheme() {
    let logs = Logs::start().await;
    let address = logs.url().replace("http://", "");
    let api = api_with(Stage::Shim, &address)
        .env("OTEL_EXPORTER_OTLP_LOGS_INSECURE", "true")
        .env("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc")
        .start();

    ask(&api).await;

    assert_arrives(&logs).await;
}

#[tokio::test]
async fn a_batch_of_records_has_headers_and_may_be_compressed() {
    let logs = Logs::start().await;
    let api = api_with(Stage::Mixed, &logs.url())
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=all")
        .env("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-tenant=login")
        .env("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "gzip")
        .start();

    ask(&api).await;

    assert_arrives(&logs).await;
    let tenants = logs.tenants();
    assert!(
        tenants.iter().all(|tenant| tenant == "login"),
        "{tenants:?}"
    );
}

#[tokio::test]
async fn records_are_sent_when_a_batch_is_full() {
    for name in [
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_BLRP_MAX_QUEUE_SIZE",
    ] {
        let logs = Logs::start().await;
        let api = api_with(Stage::Native, &logs.url())
            .env("OTEL_BLRP_SCHEDULE_DELAY", NEVER)
            .env(name, "1")
            .start();

        eventually("the first line arrives", async || has(&logs, "listens on")).await;
        ask(&api).await;

        assert_arrives(&logs).await;
    }
}

#[tokio::test]
async fn records_that_wait_for_company_are_sent_at_the_end() {
    for stage in [Stage::Shim, Stage::Mixed, Stage::Native] {
        let logs = Logs::start().await;
        let api = api_with(stage, &logs.url())
            .env("OTEL_BLRP_SCHEDULE_DELAY", NEVER)
            .start();

        ask(&api).await;
        assert_eq!(logs.batches(), 0);
        let ended = tokio::task::spawn_blocking(|| api.terminate()).await;

        assert!(ended.expect("nothing panics").status.success());
        assert!(has(&logs, "A request failed"), "{stage}");
        assert_eq!(logs.batches(), 1);
    }
}

#[tokio::test]
async fn a_batch_of_records_is_given_up_after_the_timeout() {
    for name in [
        "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
        "OTEL_BLRP_EXPORT_TIMEOUT",
    ] {
        let silent = BlackHole::start();
        let api = api_with(Stage::Native, &silent.url())
            .env("OTEL_EXPORTER_OTLP_TIMEOUT", NEVER)
            .env(name, "150")
            .start();

        ask(&api).await;
        let lost = async || {
            let lines = api.lines();
            lines
                .iter()
                .any(|line| line.contains("Log records are being lost"))
        };
        eventually(&format!("the loss is logged, by {name}"), lost).await;
    }
}
