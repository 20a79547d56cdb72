//! The repository's `otel-collector.yaml`, run by a real Collector in front of a real Jaeger.

use std::thread;
use std::time::{Duration, Instant};

use testbed::collector::Collector;
use testbed::jaeger::Jaeger;

mod otlp;

const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_span_in_either_form_of_otlp_reaches_jaeger() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let Some(collector) = Collector::in_front_of(&jaeger) else {
        return;
    };
    let by_grpc = "3af7651916cd43dd8448eb211c80319c";
    let by_http = "4af7651916cd43dd8448eb211c80319c";

    otlp::send_by_grpc(collector.otlp_endpoint(), by_grpc, "by grpc").await;
    otlp::send_by_http(collector.otlp_http(), by_http, "by http");

    let trace = jaeger.wait_for_trace(by_grpc, SOON, |_| true);
    assert_eq!(otlp::operations(&trace), ["by grpc"]);
    assert_eq!(trace["processes"]["p1"]["serviceName"], "testbed");
    let trace = jaeger.wait_for_trace(by_http, SOON, |_| true);
    assert_eq!(otlp::operations(&trace), ["by http"]);
}

#[test]
fn spans_taken_while_jaeger_is_away_arrive_when_it_is_back() {
    let Some(mut jaeger) = Jaeger::start() else {
        return;
    };
    let Some(collector) = Collector::in_front_of(&jaeger) else {
        return;
    };
    let trace_id = "5af7651916cd43dd8448eb211c80319c";

    jaeger.server().kill();
    otlp::send_by_http(collector.otlp_http(), trace_id, "kept");
    wait_until("the span has a place in the queue", || {
        collector.metric("otelcol_receiver_accepted_spans_total") == Some(1.0)
    });
    jaeger.server().restart();

    let trace = jaeger.wait_for_trace(trace_id, SOON, |_| true);
    assert_eq!(otlp::operations(&trace), ["kept"]);
    wait_until("the Collector counts it as sent, and none as lost", || {
        collector.metric("otelcol_exporter_sent_spans_total") == Some(1.0)
            && collector
                .metric("otelcol_exporter_send_failed_spans_total")
                .unwrap_or(0.0)
                == 0.0
    });
}

#[test]
fn a_log_record_is_taken_though_jaeger_has_no_place_for_it() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let Some(collector) = Collector::in_front_of(&jaeger) else {
        return;
    };
    let record = r#"{"severityText": "INFO", "body": {"stringValue": "a line"}}"#;
    let request =
        format!(r#"{{"resourceLogs": [{{"scopeLogs": [{{"logRecords": [{record}]}}]}}]}}"#);

    let answer = testbed::http::post_json(collector.otlp_http(), "/v1/logs", &request);

    let answer = answer.expect("the receiver of OTLP over HTTP answers");
    assert_eq!(answer.status, 200, "{}", answer.body);
    wait_until("it has gone where logs go", || {
        collector.metric("otelcol_exporter_sent_log_records_total") == Some(1.0)
    });
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < deadline, "not in {SOON:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
