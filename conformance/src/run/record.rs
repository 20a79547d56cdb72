//! Finished spans of the SDK as a vector writes them.

use std::collections::BTreeMap;
use std::time::SystemTime;

use opentelemetry::trace::{SpanId, SpanKind, Status as SdkStatus};
use opentelemetry::{Array, KeyValue, Value as SdkValue};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

use crate::vector::{EventRecord, Kind, LinkRecord, SpanRecord, Status};

/// The times that a program gave for a span. Others are not compared.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) start: Option<u64>,
    /// The outer `None` as long as the program has not finished the span.
    end: Option<Option<u64>>,
    /// One for each log of the program, in order.
    pub(super) events: Vec<Option<u64>>,
}

impl Given {
    /// Notes the end. Only the first counts.
    pub(super) fn end(&mut self, at_us: Option<u64>) {
        self.end.get_or_insert(at_us);
    }
}

pub(super) fn span(span: SpanData, given: &BTreeMap<String, Given>) -> SpanRecord {
    let id = span.span_context.span_id().to_string();
    let given = given.get(&id);
    let is_given = |time: Option<u64>, of: SystemTime| time.map(|_| micros(of));
    SpanRecord {
        trace: span.span_context.trace_id().to_string(),
        parent: (span.parent_span_id != SpanId::INVALID).then(|| span.parent_span_id.to_string()),
        kind: kind(&span.span_kind),
        status: status(&span.status),
        scope: span.instrumentation_scope.name().to_owned(),
        attributes: attributes(&span.attributes),
        links: span
            .links
            .iter()
            .map(|link| LinkRecord {
                to: link.span_context.span_id().to_string(),
                attributes: attributes(&link.attributes),
            })
            .collect(),
        events: span
            .events
            .iter()
            .enumerate()
            .map(|(index, event)| EventRecord {
                name: event.name.to_string(),
                attributes: attributes(&event.attributes),
                at_us: is_given(
                    given.and_then(|given| given.events.get(index).copied().flatten()),
                    event.timestamp,
                ),
            })
            .collect(),
        start_us: is_given(given.and_then(|given| given.start), span.start_time),
        end_us: is_given(given.and_then(|given| given.end.flatten()), span.end_time),
        span: id,
        name: span.name.into_owned(),
    }
}

/// Microseconds since the epoch; 0 for what lies before.
fn micros(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
        })
}

fn kind(kind: &SpanKind) -> Kind {
    match kind {
        SpanKind::Internal => Kind::Internal,
        SpanKind::Server => Kind::Server,
        SpanKind::Client => Kind::Client,
        SpanKind::Producer => Kind::Producer,
        SpanKind::Consumer => Kind::Consumer,
    }
}

fn status(status: &SdkStatus) -> Status {
    match status {
        SdkStatus::Unset => Status::Unset,
        SdkStatus::Ok => Status::Ok,
        SdkStatus::Error { .. } => Status::Error,
    }
}

/// As a map: of two values for one key the last stays.
fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, Value> {
    attributes
        .iter()
        .map(|attribute| (attribute.key.to_string(), value(&attribute.value)))
        .collect()
}

fn value(value: &SdkValue) -> Value {
    match value {
        SdkValue::Bool(truth) => json!(truth),
        SdkValue::I64(number) => json!(number),
        SdkValue::F64(number) => float(*number),
        SdkValue::Array(Array::Bool(items)) => json!(items),
        SdkValue::Array(Array::I64(items)) => json!(items),
        SdkValue::Array(Array::F64(items)) => items.iter().map(|item| float(*item)).collect(),
        // Text, arrays of text, and whatever a later version of the API adds.
        SdkValue::Array(Array::String(items)) => {
            items.iter().map(|item| json!(item.as_str())).collect()
        }
        other => json!(other.as_str()),
    }
}

/// JSON has no number for infinities and NaN; they are written as text.
fn float(number: f64) -> Value {
    serde_json::Number::from_f64(number).map_or_else(|| json!(number.to_string()), Value::Number)
}
