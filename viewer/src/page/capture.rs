//! Traces that are held, as captures: what is compared, and what the doctor sees.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use compare::{Capture, ReadError};
use opentelemetry::trace::TraceId;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use serde_json::{Value as Json, json};

use crate::jaeger;
use crate::store::{Received, Store};

/// The spans of these traces as they arrived, in the JSON of OTLP, which is what a capture is read from: the page and the
/// command `trace-compare` cannot disagree about what a span is.
///
/// # Errors
/// Nothing of them is held.
pub(super) fn of(store: &Store, source: &str, ids: &[TraceId]) -> Result<Capture, ReadError> {
    let spans = ids.iter().flat_map(|id| store.received(*id));
    let request = json!({ "resourceSpans": spans.map(|span| batch(&span)).collect::<Vec<_>>() });
    Capture::from_slice(source, request.to_string().as_bytes())
}

fn batch(received: &Arc<Received>) -> Json {
    let service = json!({ "key": "service.name", "value": { "stringValue": received.service() } });
    json!({
        "resource": { "attributes": [service] },
        "scopeSpans": [{ "spans": [span(&received.span)] }],
    })
}

fn span(span: &Span) -> Json {
    let status = span.status.as_ref();
    json!({
        "traceId": hex::encode(&span.trace_id),
        "spanId": hex::encode(&span.span_id),
        "parentSpanId": id(&span.parent_span_id),
        "flags": span.flags,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": span.start_time_unix_nano.to_string(),
        "endTimeUnixNano": span.end_time_unix_nano.to_string(),
        "attributes": attributes(&span.attributes),
        "events": span.events.iter().map(event).collect::<Vec<_>>(),
        "links": span.links.iter().filter_map(link).collect::<Vec<_>>(),
        "status": status.map(|status| json!({ "code": status.code, "message": status.message })),
    })
}

fn event(event: &Event) -> Json {
    // As the shim and Jaeger's clients call one that has no name.
    let name = if event.name.is_empty() {
        "log"
    } else {
        &event.name
    };
    json!({
        "timeUnixNano": event.time_unix_nano.to_string(),
        "name": name,
        "attributes": attributes(&event.attributes),
    })
}

/// A link that leads nowhere is none.
fn link(link: &Link) -> Option<Json> {
    Some(json!({
        "traceId": id(&link.trace_id)?,
        "spanId": id(&link.span_id)?,
        "attributes": attributes(&link.attributes),
    }))
}

fn id(bytes: &[u8]) -> Option<String> {
    let is_zero = bytes.iter().all(|byte| *byte == 0);
    (!is_zero).then(|| hex::encode(bytes))
}

fn attributes(attributes: &[KeyValue]) -> Vec<Json> {
    let attributes = attributes.iter();
    attributes
        .map(|attribute| {
            let value = attribute.value.as_ref().map(value);
            json!({ "key": attribute.key, "value": value })
        })
        .collect()
}

/// Lists and maps as one text, which is what a capture makes of them: nested ones may be deeper than a parser goes.
fn value(value: &AnyValue) -> Json {
    match &value.value {
        Some(Any::StringValue(text)) => json!({ "stringValue": text }),
        Some(Any::BoolValue(value)) => json!({ "boolValue": value }),
        Some(Any::IntValue(number)) => json!({ "intValue": number.to_string() }),
        Some(Any::DoubleValue(number)) => json!({ "doubleValue": double(*number) }),
        Some(Any::BytesValue(bytes)) => json!({ "bytesValue": BASE64.encode(bytes) }),
        Some(_) => json!({ "stringValue": jaeger::value_text(value) }),
        None => json!({}),
    }
}

/// What JSON has no number for is a word.
fn double(number: f64) -> Json {
    if number.is_nan() {
        Json::from("NaN")
    } else if number.is_infinite() {
        Json::from(if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        })
    } else {
        Json::from(number)
    }
}
