//! Log records that belong to a trace are kept with it, and told by the API and on the page.

mod support;

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;
use serde_json::{Value as Json, json};
use support::page::html_of;
use support::{
    EPOCH, MILLI, add_logs, at, attribute, batch, get, logs, record, request, send, span, store_of,
    trace_id,
};
use viewer::Viewer;
use viewer::intake::{Encoding, Intake, Signal};
use viewer::model::Severity;
use viewer::store::{Limits, Store};

fn told(store: &Store, trace: u64) -> Vec<String> {
    let records = store.logs(trace_id(trace)).into_iter();
    records.map(|record| record.body).collect()
}

async fn page(store: &Arc<Store>, path: &str) -> (StatusCode, String) {
    let response = support::page::answer(store, path).await;
    (response.status(), html_of(response).await)
}

/// The API's answer, which is not a part of the page.
async fn api(store: &Arc<Store>, path: &str) -> (StatusCode, Json) {
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    let request = Request::get(path)
        .body(axum::body::Body::empty())
        .expect("a request");
    let router = viewer::query::router(Arc::clone(store));
    let response = router.oneshot(request).await.expect("an answer");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body");
    (
        status,
        serde_json::from_slice(&body.to_bytes()).expect("JSON"),
    )
}

#[tokio::test]
async fn records_come_by_every_transport() {
    let viewer = Viewer::builder().start().await.expect("free ports");
    let mut client = LogsServiceClient::connect(viewer.grpc_url())
        .await
        .expect("a connection");
    let one = |body| logs("api", [record(trace_id(1), 1, body)]);

    client.export(one("by gRPC")).await.expect("accepted");
    let url = format!("{}/v1/logs", viewer.http_url());
    let post = |kind: &str, body: Bytes| {
        let request = Request::post(&url).header("content-type", kind);
        send(request.body(body).expect("a request"))
    };
    let protobuf = one("by HTTP").encode_to_vec().into();
    let first = post("application/x-protobuf", protobuf).await;
    let written = json!({ "resourceLogs": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "api" } }] },
        "scopeLogs": [{ "scope": { "name": "app" }, "logRecords": [{
            "timeUnixNano": (EPOCH + 9 * MILLI).to_string(),
            "severityNumber": 13,
            "severityText": "WARN",
            "body": { "stringValue": "by JSON" },
            "attributes": [{ "key": "attempt", "value": { "intValue": "2" } }],
            "traceId": trace_id(1).to_string(),
            "spanId": "0000000000000001",
        }] }],
    }] });
    let second = post("application/json", written.to_string().into()).await;

    assert_eq!(
        (first.status(), second.status()),
        (StatusCode::OK, StatusCode::OK)
    );
    assert_eq!(told(viewer.store(), 1), ["by gRPC", "by HTTP", "by JSON"]);
    let json = get(&format!(
        "{}/api/traces/{}/logs",
        viewer.query_url(),
        trace_id(1)
    ))
    .await;
    let json: Json = serde_json::from_slice(json.body()).expect("JSON");
    assert_eq!(
        json["data"][2],
        json!({
            "timeUnixNano": (EPOCH + 9 * MILLI).to_string(),
            "severityNumber": 13,
            "severityText": "WARN",
            "eventName": "",
            "body": "by JSON",
            "serviceName": "api",
            "scopeName": "app",
            "spanID": "0000000000000001",
            "attributes": [{ "key": "attempt", "type": "int64", "value": 2 }],
        })
    );
    assert_eq!(json["total"], 3);
}

#[test]
fn records_are_in_the_order_of_their_time() {
    let store = Arc::new(Store::new(Limits::default()));
    let observed = LogRecord {
        time_unix_nano: 0,
        observed_time_unix_nano: EPOCH + 2 * MILLI,
        ..record(trace_id(1), 0, "second")
    };

    add_logs(
        &store,
        "api",
        [
            record(trace_id(1), 3, "third"),
            observed,
            record(trace_id(1), 1, "first"),
        ],
    );

    assert_eq!(told(&store, 1), ["first", "second", "third"]);
}

#[test]
fn records_without_a_trace_are_counted_and_not_kept() {
    let store = Arc::new(Store::new(Limits::default()));
    let with_id = |trace_id: Vec<u8>| LogRecord {
        trace_id,
        ..LogRecord::default()
    };

    add_logs(
        &store,
        "api",
        [with_id(vec![]), with_id(vec![0; 16]), with_id(vec![1; 15])],
    );

    let stats = store.stats();
    assert_eq!(
        (
            stats.log_records,
            stats.held_log_records,
            stats.dropped_log_records
        ),
        (3, 0, 0)
    );
}

#[test]
fn the_number_of_a_severity_has_a_word() {
    let store = Arc::new(Store::new(Limits::default()));
    let numbers = [0, 1, 5, 9, 13, 17, 21, 25, -1];
    let records = numbers.map(|severity_number| LogRecord {
        severity_number,
        ..record(trace_id(1), 1, "")
    });

    add_logs(&store, "api", records);

    let records = store.logs(trace_id(1));
    let words: Vec<&str> = records.iter().map(|it| it.severity().as_str()).collect();
    let expected = [
        "", "trace", "debug", "info", "warn", "error", "fatal", "", "",
    ];
    assert_eq!(words, expected);
    assert!(Severity::Error > Severity::Warn);
}

#[test]
fn records_leave_with_their_trace() {
    let store = Arc::new(Store::new(Limits {
        max_traces: 1,
        ..Limits::default()
    }));
    let intake = Intake::new(Arc::clone(&store));
    // They may come before the spans do.
    add_logs(
        &store,
        "api",
        [record(trace_id(1), 1, "old"), record(trace_id(2), 1, "new")],
    );

    for trace in [1, 2] {
        let spans = request([batch("api", [span(trace_id(trace), 1, 0, "x")])]);
        intake
            .accept(Signal::Traces, spans.encode_to_vec().into())
            .expect("a request");
    }

    assert_eq!(told(&store, 1), [""; 0]);
    assert_eq!(told(&store, 2), ["new"]);
    let stats = store.stats();
    assert_eq!((stats.held_log_records, stats.dropped_log_records), (1, 1));
    store.clear();
    assert_eq!(told(&store, 2), [""; 0]);
    assert_eq!(store.stats().held_log_records, 0);
}

#[test]
fn the_oldest_records_leave_when_there_are_too_many_or_too_large_ones() {
    let many = Limits {
        max_log_records: 3,
        ..Limits::default()
    };
    let large = Limits {
        max_log_bytes: 10_000,
        ..Limits::default()
    };
    for (limits, size) in [(many, 1), (large, 3_000)] {
        let store = Arc::new(Store::new(limits));
        let body = "x".repeat(size);

        for trace in 1..=6 {
            add_logs(&store, "api", [record(trace_id(trace), 1, &body)]);
        }

        let held: Vec<u64> = (1..=6)
            .filter(|trace| !told(&store, *trace).is_empty())
            .collect();
        assert!(!held.is_empty() && held.len() <= 3, "{held:?}");
        assert_eq!(held.last(), Some(&6), "the newest stays");
        let stats = store.stats();
        assert_eq!(stats.held_log_records + stats.dropped_log_records, 6);
    }
}

#[test]
fn a_trace_that_alone_has_too_many_records_keeps_its_first() {
    let store = Arc::new(Store::new(Limits {
        max_log_records: 2,
        ..Limits::default()
    }));

    add_logs(
        &store,
        "api",
        (1..=5).map(|number| record(trace_id(1), number, &number.to_string())),
    );

    assert_eq!(told(&store, 1), ["1", "2"]);
    assert_eq!(store.stats().dropped_log_records, 3);
}

#[test]
fn what_is_no_request_of_logs_is_refused() {
    let store = Arc::new(Store::new(Limits::default()));
    let intake = Intake::new(Arc::clone(&store));

    for body in [
        "[]",
        r#"{"resourceLogs":1}"#,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"xyz"}]}]}]}"#,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"soon"}]}]}]}"#,
    ] {
        let answer = intake.accept_encoded(Signal::Logs, Encoding::Json, Bytes::from(body));
        assert!(answer.is_err(), "{body}");
    }
    let nothing = r#"{"resourceLogs":null}"#;
    let answer = intake.accept_encoded(Signal::Logs, Encoding::Json, Bytes::from(nothing));
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(store.stats().refused_requests, 4);
}

#[tokio::test]
async fn the_page_of_a_trace_shows_its_records_with_their_spans() {
    let trace = trace_id(1);
    let store = store_of(&request([batch(
        "api",
        [at(span(trace, 1, 0, "POST /login"), 0, 20)],
    )]));
    let failed = LogRecord {
        severity_number: 17,
        severity_text: "ERROR".to_owned(),
        attributes: vec![attribute("attempt", Any::IntValue(2))],
        ..record(trace, 1, "the code is wrong")
    };
    let elsewhere = record(trace, 77, "from a span that is missing");
    let event = LogRecord {
        event_name: "login.finished".to_owned(),
        body: None,
        ..record(trace, 0, "")
    };
    add_logs(&store, "api", [failed, elsewhere, event]);

    let (status, html) = page(&store, &format!("/trace/{trace}")).await;

    assert_eq!(status, StatusCode::OK);
    for part in [
        "<a href=\"#logs\">3 records</a>",
        "the code is wrong",
        "ERROR",
        "1 attribute<",
        "from a span that is missing",
        "which is not here",
        "login.finished",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let (_, logs) = html.split_once("id=\"logs\"").expect("the section");
    assert!(logs.contains(&format!("href=\"/trace/{trace}/span/0000000000000001\"")));
    let (_, details) = page(&store, &format!("/trace/{trace}/span/1")).await;
    assert!(details.contains("the code is wrong"), "{details}");
    assert!(
        !details.contains("from a span that is missing"),
        "{details}"
    );
}

#[tokio::test]
async fn a_trace_without_records_has_an_empty_list_and_no_trace_has_none() {
    let store = store_of(&request([batch("api", [span(trace_id(1), 1, 0, "x")])]));

    let (status, json) = api(&store, &format!("/api/traces/{}/logs", trace_id(1))).await;
    assert_eq!((status, &json["data"]), (StatusCode::OK, &json!([])));
    let (status, _) = api(&store, &format!("/api/traces/{}/logs", trace_id(2))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = api(&store, "/api/traces/xyz/logs").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_record_that_comes_late_changes_the_tag_of_the_page() {
    let store = store_of(&request([batch("api", [span(trace_id(1), 1, 0, "x")])]));
    let path = format!("/trace/{}", trace_id(1));
    let tag = async || support::page::answer(&store, &path).await.headers()["etag"].clone();
    let before = tag().await;

    add_logs(&store, "api", [record(trace_id(1), 1, "late")]);

    assert_ne!(before, tag().await);
}

#[tokio::test]
async fn of_very_many_records_the_page_shows_the_first_and_says_so() {
    let trace = trace_id(1);
    let store = store_of(&request([batch("api", [span(trace, 1, 0, "x")])]));
    add_logs(
        &store,
        "api",
        (1..=501).map(|number| record(trace, number, "again")),
    );

    let (_, html) = page(&store, &format!("/trace/{trace}")).await;

    assert_eq!(html.matches("again").count(), 500);
    assert!(html.contains("1 log record more"), "{html}");
}

#[tokio::test]
async fn in_a_large_trace_the_records_stand_before_lines_that_come_as_one_scrolls() {
    let trace = trace_id(1);
    let spans = |count| (1..=count).map(|id| span(trace, id, u64::from(id > 1), "step"));
    for (count, is_above) in [(250, false), (251, true)] {
        let store = store_of(&request([batch("api", spans(count))]));
        add_logs(&store, "api", [record(trace, 1, "one")]);

        let (_, html) = page(&store, &format!("/trace/{trace}")).await;

        let place = |id: &str| html.find(&format!("id=\"{id}\"")).expect("it is there");
        assert_eq!(place("logs") < place("waterfall"), is_above, "{count}");
        let closed = html.contains("<details id=\"log-list\">");
        assert_eq!(closed, is_above, "{count}");
        let (_, rest) = page(&store, &format!("/trace/{trace}?from=250")).await;
        assert_eq!(rest.contains("id=\"logs\""), !is_above, "{count}");
    }
}

#[tokio::test]
async fn records_of_a_trace_without_spans_are_shown_by_themselves() {
    let store = Arc::new(Store::new(Limits::default()));
    let trace = trace_id(1);
    add_logs(
        &store,
        "api",
        [
            record(trace, 5, "it was not sampled"),
            record(trace, 7, "b"),
        ],
    );

    let (status, html) = page(&store, &format!("/trace/{trace}")).await;

    assert_eq!(status, StatusCode::OK);
    for part in [
        "No span of trace",
        "it was not sampled",
        "2 records",
        "2.00 ms",
        "which is not here",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let (status, _) = page(&store, &format!("/trace/{}", trace_id(2))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[test]
fn records_without_spans_do_not_drive_out_those_of_traces_that_are_held() {
    let store = Arc::new(Store::new(Limits {
        max_log_records: 8,
        ..Limits::default()
    }));
    let spans = request([batch("api", [span(trace_id(1), 1, 0, "x")])]);
    Intake::new(Arc::clone(&store))
        .accept(Signal::Traces, spans.encode_to_vec().into())
        .expect("a request");
    add_logs(&store, "api", [record(trace_id(1), 1, "of a trace")]);

    for trace in 100..200 {
        add_logs(&store, "api", [record(trace_id(trace), 1, "of none")]);
    }

    assert_eq!(told(&store, 1), ["of a trace"]);
    assert_eq!(told(&store, 199), ["of none"]);
}

#[tokio::test]
async fn details_of_a_span_have_the_first_of_its_records_by_their_time() {
    let trace = trace_id(1);
    let store = store_of(&request([batch("api", [span(trace, 1, 0, "x")])]));
    let at = |nanos: u64| LogRecord {
        time_unix_nano: EPOCH + nanos,
        ..record(trace, 1, &format!("number {nanos}."))
    };
    let other = record(trace, 2, "of another span");
    add_logs(&store, "api", (1..=501).rev().map(at).chain([other]));

    let (_, html) = page(&store, &format!("/trace/{trace}/span/1")).await;

    let (first, second) = (html.find("number 1."), html.find("number 2."));
    assert!(first.is_some() && first < second, "{html}");
    assert!(!html.contains("number 501."), "{html}");
    assert!(html.contains("1 log record more"), "{html}");
    assert!(!html.contains("of another span"), "{html}");
}
