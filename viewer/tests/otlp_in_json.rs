//! OTLP over HTTP in JSON: what the mapping allows is kept as the same request in protobuf, what it forbids is refused.

mod support;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use support::{get, gzip, send};
use viewer::intake::{Encoding, Intake, Signal};
use viewer::model::{Kind, RefType, Status, Trace, Value};
use viewer::store::{Limits, Search, Store};
use viewer::{TraceId, Viewer};

const TRACE: &str = "5b8efff798038103d269b633813fc60c";

fn intake() -> (std::sync::Arc<Store>, Intake) {
    let store = std::sync::Arc::new(Store::new(Limits::default()));
    let intake = Intake::new(std::sync::Arc::clone(&store));
    (store, intake)
}

fn accept(intake: &Intake, signal: Signal, body: &str) -> Result<Json, String> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let response = intake.accept_encoded(signal, Encoding::Json, body);
    response
        .map(|response| serde_json::from_slice(&response).expect("JSON"))
        .map_err(|malformed| malformed.to_string())
}

/// A request with one span that has these fields beside its ids.
fn request(fields: &Json) -> String {
    let mut span = json!({ "traceId": TRACE, "spanId": "eee19b7ec3c1b174" });
    let span_fields = span.as_object_mut().expect("an object");
    span_fields.extend(fields.as_object().expect("an object").clone());
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] }).to_string()
}

fn only(body: &str) -> Trace {
    let (store, intake) = intake();
    assert_eq!(accept(&intake, Signal::Traces, body), Ok(json!({})));
    store.find(&Search::default()).pop().expect("a trace")
}

fn attribute(value: &Json) -> Option<Value> {
    let attributes = json!({ "attributes": [{ "key": "a", "value": value }] });
    only(&request(&attributes)).spans[0].tags.get("a").cloned()
}

/// With ids in upper case, and times once as a number and once as a string: as in the protocol's own example, and in the
/// rules beside it.
const WHOLE: &str = include_str!("support/request.json");

#[test]
fn a_whole_request_is_kept() {
    let trace = only(WHOLE);

    let span = &trace.spans[0];
    assert_eq!(trace.id.to_string(), TRACE);
    assert_eq!(span.span_id.to_string(), "eee19b7ec3c1b174");
    assert_eq!(span.operation, "POST /basket");
    assert_eq!(span.service(), "shop");
    assert_eq!(span.process.tags.get("replicas"), Some(&Value::from(3)));
    assert_eq!(span.tags.str("otel.scope.name"), Some("checkout"));
    assert_eq!(span.tags.str("otel.scope.version"), Some("1.2.0"));
    assert_eq!(span.tags.str("w3c.tracestate"), Some("a=b"));
    assert_eq!(span.tags.get("items"), Some(&Value::from(7)));
    assert_eq!(span.kind(), Kind::Server);
    assert_eq!(span.status(), Status::Error);
    assert_eq!(span.status_message(), Some("out of stock"));
    assert_eq!(span.start_unix_nanos, 1_780_000_000_000_000_000);
    assert_eq!(span.duration.as_millis(), 250);
    assert_eq!(span.parent().expect("one").to_string(), "eee19b7ec3c1b173");
    assert_eq!(span.references[1].ref_type, RefType::FollowsFrom);
    assert_eq!(span.references[1].trace_id, TraceId::from(1_u128));
    let retry = span.events("retry").next().expect("an event");
    assert_eq!(retry.fields.get("n"), Some(&Value::from(1.5)));
    assert_eq!(retry.unix_nanos, 1_780_000_000_100_000_000);
}

#[test]
fn values_have_all_the_forms_that_the_mapping_allows() {
    let bytes = Value::Binary(vec![0xfb, 0xff, 0xfe]);
    let list = json!({ "values": [{ "intValue": "1" }, { "stringValue": "two" }, {}] });
    let map = json!({ "values": [{ "key": "k", "value": { "boolValue": true } }] });
    for (json, value) in [
        (json!({ "stringValue": "" }), Value::from("")),
        (json!({ "boolValue": false }), Value::from(false)),
        (
            json!({ "intValue": "-9223372036854775808" }),
            Value::from(i64::MIN),
        ),
        (json!({ "intValue": i64::MAX }), Value::from(i64::MAX)),
        (json!({ "doubleValue": 2 }), Value::from(2.0)),
        (json!({ "doubleValue": "2.5" }), Value::from(2.5)),
        (
            json!({ "doubleValue": "-Infinity" }),
            Value::from(f64::NEG_INFINITY),
        ),
        (json!({ "bytesValue": "+//+" }), bytes.clone()),
        (json!({ "bytesValue": "-__-" }), bytes),
        (json!({ "bytesValue": "AQ" }), Value::Binary(vec![1])),
        (
            json!({ "arrayValue": list }),
            Value::from("[1,\"two\",null]"),
        ),
        (json!({ "arrayValue": {} }), Value::from("[]")),
        (json!({ "kvlistValue": map }), Value::from("{\"k\":true}")),
        (
            json!({ "kvlistValue": { "values": null } }),
            Value::from("{}"),
        ),
        (
            json!({ "stringValue": null, "intValue": 1 }),
            Value::from(1),
        ),
        (json!({ "valueOfTheFuture": 1 }), Value::from("")),
        (json!({}), Value::from("")),
        (Json::Null, Value::from("")),
    ] {
        assert_eq!(attribute(&json), Some(value), "{json}");
    }
    let nan = attribute(&json!({ "doubleValue": "NaN" }));
    assert!(matches!(nan, Some(Value::Float64(nan)) if nan.is_nan()));
}

#[test]
fn what_is_missing_or_null_is_the_default() {
    let nulls = json!({
        "parentSpanId": null, "name": null, "kind": null, "attributes": null, "events": null,
        "links": null, "status": null, "startTimeUnixNano": null, "traceState": null,
    });
    for fields in [
        json!({}),
        nulls,
        json!({ "parentSpanId": "", "attributes": [{}] }),
    ] {
        let trace = only(&request(&fields));

        let span = &trace.spans[0];
        assert_eq!(span.parent(), None);
        assert_eq!(
            (span.operation.as_str(), span.kind()),
            ("", Kind::Unspecified)
        );
        assert_eq!(span.service(), "missing-service-name");
    }
    for empty in [
        "{}",
        r#"{"resourceSpans": null}"#,
        r#"{"resourceSpans": [{}]}"#,
    ] {
        let (store, intake) = intake();
        assert_eq!(accept(&intake, Signal::Traces, empty), Ok(json!({})));
        assert_eq!(store.stats().refused_requests, 0);
    }
}

#[test]
fn what_the_mapping_forbids_is_refused() {
    let deep = format!(
        "{}{}",
        r#"{"arrayValue":{"values":["#.repeat(60),
        "]}}".repeat(60)
    );
    let nested = request(&json!({})).replace(
        r#""spanId""#,
        &format!(r#""attributes":[{{"value":{deep}}}],"spanId""#),
    );
    let mut bodies: Vec<String> = ["", "[]", "null", "{", r#"{"resourceSpans": {}}"#, "{} {}"]
        .map(str::to_owned)
        .into();
    bodies.push(nested);
    for fields in [
        // Base64, which it is in protobuf's own mapping.
        json!({ "traceId": "W47/95gDgQPSabYzgT/GDA==" }),
        json!({ "spanId": "0xeee19b7ec3c1b174" }),
        json!({ "spanId": "eee19b7ec3c1b17" }),
        json!({ "spanId": 5 }),
        json!({ "kind": "SPAN_KIND_SERVER" }),
        json!({ "kind": 1_u64 << 40 }),
        json!({ "startTimeUnixNano": "soon" }),
        json!({ "startTimeUnixNano": -1 }),
        json!({ "flags": -1 }),
        json!({ "name": 5 }),
        json!({ "attributes": { "a": "b" } }),
        json!({ "attributes": [{ "key": "a", "value": { "intValue": "1.5" } }] }),
        json!({ "attributes": [{ "key": "a", "value": { "doubleValue": "inf" } }] }),
        json!({ "attributes": [{ "key": "a", "value": { "bytesValue": "?" } }] }),
        json!({ "attributes": [{ "key": "a", "value": "b" }] }),
    ] {
        bodies.push(request(&fields));
    }

    for body in bodies {
        let (store, intake) = intake();
        accept(&intake, Signal::Traces, &body).expect_err(&body);
        let stats = store.stats();
        assert_eq!((stats.received_spans, stats.refused_requests), (0, 1));
    }
}

#[test]
fn spans_with_invalid_ids_are_refused_one_by_one() {
    let (store, intake) = intake();
    let good = json!({ "traceId": TRACE, "spanId": "00000000000000ff" });
    let short = json!({ "traceId": TRACE, "spanId": "ff" });
    let zero = json!({ "traceId": "0".repeat(32), "spanId": "00000000000000ff" });
    let spans = json!({ "spans": [good, short, zero, {}] });
    let body = json!({ "resourceSpans": [{ "scopeSpans": [spans] }] }).to_string();

    let response = accept(&intake, Signal::Traces, &body).expect("a request");

    // A number of 64 bits is a string.
    assert_eq!(response["partialSuccess"]["rejectedSpans"], "3");
    let reason = &response["partialSuccess"]["errorMessage"];
    assert_eq!(reason, "first reason: a span id is not 8 bytes long");
    assert_eq!(
        (store.stats().received_spans, store.stats().rejected_spans),
        (1, 3)
    );
}

#[test]
fn logs_and_metrics_are_counted() {
    let (store, intake) = intake();
    let logs = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{}, {}] }, {}] }, {}] });
    let points = json!({ "dataPoints": [{ "asInt": "1" }, {}] });
    let metrics = json!([
        { "name": "a", "gauge": points },
        { "sum": points },
        { "histogram": points },
        { "exponentialHistogram": points },
        { "summary": points },
        { "name": "none" },
    ]);
    let metrics = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": metrics }] }] });

    let answers = [
        accept(&intake, Signal::Logs, &logs.to_string()),
        accept(&intake, Signal::Metrics, &metrics.to_string()),
    ];

    assert_eq!(answers, [Ok(json!({})), Ok(json!({}))]);
    let stats = store.stats();
    assert_eq!((stats.log_records, stats.metric_points), (2, 10));
}

// === over HTTP ===

async fn post(
    viewer: &Viewer,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Response<Bytes> {
    let mut request = Request::post(format!("{}{path}", viewer.http_url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(body).expect("a request")).await
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn it_is_answered_in_json() {
    let viewer = Viewer::builder().start().await.expect("free ports");
    let charset = ("content-type", "Application/JSON; charset=utf-8");
    let gzipped = [JSON, ("content-encoding", "gzip")];

    for (path, headers, body) in [
        ("/v1/traces", &[JSON][..], Bytes::from(WHOLE)),
        ("/v1/traces", &[charset], Bytes::from(WHOLE)),
        ("/v1/traces", &gzipped, gzip(WHOLE.as_bytes())),
        ("/v1/logs", &[JSON], Bytes::from("{}")),
        ("/v1/metrics", &[JSON], Bytes::from("{}")),
    ] {
        let answer = post(&viewer, path, headers, body).await;

        assert_eq!(answer.status(), StatusCode::OK, "{path} {headers:?}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.body(), "{}");
    }
    assert_eq!(viewer.store().stats().received_spans, 3);
    let shown = get(&format!("{}/api/traces/{TRACE}", viewer.query_url())).await;
    assert_eq!(shown.status(), StatusCode::OK);
}

#[tokio::test]
async fn it_is_refused_in_json() {
    let viewer = Viewer::builder()
        .max_request_bytes(10_000)
        .start()
        .await
        .expect("free ports");
    let zstd = ("content-encoding", "zstd");
    // What is wrong is quoted, but not all of it.
    let long = request(&json!({ "attributes": "x".repeat(5_000) }));

    for (headers, body, status, code) in [
        (
            &[JSON][..],
            Bytes::from("{"),
            400,
            tonic::Code::InvalidArgument,
        ),
        (
            &[JSON],
            Bytes::from(long),
            400,
            tonic::Code::InvalidArgument,
        ),
        (
            &[JSON],
            Bytes::from(vec![b' '; 10_001]),
            413,
            tonic::Code::ResourceExhausted,
        ),
        (
            &[JSON, zstd],
            Bytes::new(),
            415,
            tonic::Code::InvalidArgument,
        ),
    ] {
        let answer = post(&viewer, "/v1/traces", headers, body).await;

        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.headers()["content-type"], "application/json");
        let refusal: Json = serde_json::from_slice(answer.body()).expect("JSON");
        assert_eq!(refusal["code"], code as i32);
        assert!(!refusal["message"].as_str().expect("text").is_empty());
        assert!(answer.body().len() < 1_000, "{refusal}");
    }
    assert_eq!(viewer.store().stats().refused_requests, 4);
}

proptest! {
    #[test]
    fn a_damaged_request_is_survived(
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = WHOLE.as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for body in [bytes.clone(), bytes[..cut.index(bytes.len())].to_vec()] {
            let (store, intake) = intake();
            let accepted = intake.accept_encoded(Signal::Traces, Encoding::Json, body.into());
            let stats = store.stats();
            assert_eq!(stats.refused_requests, u64::from(accepted.is_err()));
            for trace in store.find(&Search::default()) {
                trace.tree().events().to_string();
            }
        }
    }
}
