//! From OTLP to the model, in the way in which Jaeger and the Collector translate.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord as OtlpRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{self as otlp, status::StatusCode};

use super::text;
use crate::model::{Kind, Log, LogRecord, Process, RefType, Reference, Span, Tags, Value};
use crate::store::ReceivedRecord;

/// An attribute through which senders and Jaeger's own repairs add to a span's warnings.
const WARNINGS: &str = "@jaeger@warnings";

const SERVICE_NAME: &str = "service.name";

/// The service of a resource. Jaeger never leaves it empty, since it could not be searched for then.
pub(crate) fn service_name(resource: &Resource) -> &str {
    let name = resource
        .attributes
        .iter()
        .find(|attribute| attribute.key == SERVICE_NAME);
    match name.map(|attribute| {
        attribute
            .value
            .as_ref()
            .and_then(|value| value.value.as_ref())
    }) {
        None => "missing-service-name",
        Some(Some(Any::StringValue(name))) if name.is_empty() => "empty-service-name",
        Some(Some(Any::StringValue(name))) => name,
        Some(_) => "service-name-wrong-type",
    }
}

/// A resource as a process.
pub(crate) fn process(resource: &Resource) -> Process {
    let others = resource
        .attributes
        .iter()
        .filter(|attribute| attribute.key != SERVICE_NAME);
    Process {
        service: service_name(resource).to_owned(),
        tags: others.map(tag).collect(),
    }
}

/// One span. Its ids were checked on arrival.
pub(crate) fn span(span: &otlp::Span, scope: &InstrumentationScope, resource: &Resource) -> Span {
    let start = unix_nanos(span.start_time_unix_nano);
    let mut end = unix_nanos(span.end_time_unix_nano);
    let mut warnings = sent_warnings(&span.attributes);
    if end <= start {
        let repaired = start.saturating_add(1);
        warnings.push(format!(
            "Negative duration detected, sanitizing end timestamp. Original end timestamp: {}, adjusted to: {}",
            text::time(end),
            text::time(repaired),
        ));
        end = repaired;
    }
    let trace_id = trace_id(&span.trace_id);
    Span {
        trace_id,
        span_id: span_id(&span.span_id),
        operation: span.name.clone(),
        references: references(trace_id, span_id(&span.parent_span_id), &span.links),
        start_unix_nanos: start,
        duration: Duration::from_nanos(end.saturating_sub(start).unsigned_abs()),
        tags: span_tags(span, scope),
        logs: span.events.iter().map(log).collect(),
        process: Arc::new(process(resource)),
        warnings,
    }
}

/// When it was written, or else when it was first seen.
pub(crate) fn record_time(record: &OtlpRecord) -> i64 {
    let time = match record.time_unix_nano {
        0 => record.observed_time_unix_nano,
        time => time,
    };
    unix_nanos(time)
}

/// One log record, which Jaeger does not know; its values are shown like those of a span.
pub(crate) fn record(received: &ReceivedRecord) -> LogRecord {
    let record = &received.record;
    LogRecord {
        unix_nanos: record_time(record),
        severity_number: record.severity_number,
        severity_text: record.severity_text.clone(),
        event_name: record.event_name.clone(),
        body: record.body.as_ref().map(text::value).unwrap_or_default(),
        tags: record.attributes.iter().map(tag).collect(),
        service: service_name(&received.resource).to_owned(),
        scope: received.scope.name.clone(),
        span_id: received.span_id,
    }
}

/// Go's time is signed: what lies beyond the year 2262 wraps around.
fn unix_nanos(time: u64) -> i64 {
    time.cast_signed()
}

fn trace_id(bytes: &[u8]) -> TraceId {
    bytes
        .try_into()
        .map_or(TraceId::INVALID, TraceId::from_bytes)
}

fn span_id(bytes: &[u8]) -> SpanId {
    bytes.try_into().map_or(SpanId::INVALID, SpanId::from_bytes)
}

fn sent_warnings(attributes: &[KeyValue]) -> Vec<String> {
    let Some(sent) = attributes
        .iter()
        .find(|attribute| attribute.key == WARNINGS)
    else {
        return Vec::new();
    };
    match sent.value.as_ref() {
        Some(AnyValue {
            value: Some(Any::ArrayValue(warnings)),
        }) => warnings.values.iter().map(text::value).collect(),
        Some(value) => vec![text::value(value)],
        None => vec![String::new()],
    }
}

/// The parent first, as a `CHILD_OF`, then the links. A link to the parent only changes the parent's type.
fn references(trace_id: TraceId, parent: SpanId, links: &[Link]) -> Vec<Reference> {
    let mut references = Vec::with_capacity(links.len() + 1);
    if parent != SpanId::INVALID {
        references.push(Reference {
            ref_type: RefType::ChildOf,
            trace_id,
            span_id: parent,
        });
    }
    for link in links {
        let linked = Reference {
            ref_type: ref_type(link),
            trace_id: self::trace_id(&link.trace_id),
            span_id: span_id(&link.span_id),
        };
        match references.first_mut() {
            Some(first)
                if parent != SpanId::INVALID
                    && linked.trace_id == trace_id
                    && linked.span_id == parent =>
            {
                first.ref_type = linked.ref_type;
            }
            _ => references.push(linked),
        }
    }
    references
}

fn ref_type(link: &Link) -> RefType {
    let declared = link
        .attributes
        .iter()
        .find(|attribute| attribute.key == "opentracing.ref_type");
    match declared
        .and_then(|attribute| attribute.value.as_ref())
        .and_then(|value| value.value.as_ref())
    {
        Some(Any::StringValue(text)) if text == "child_of" => RefType::ChildOf,
        _ => RefType::FollowsFrom,
    }
}

fn span_tags(span: &otlp::Span, scope: &InstrumentationScope) -> Tags {
    let mut tags = Tags::default();
    let mut push_unless_empty = |key: &str, value: &str| {
        if !value.is_empty() {
            tags.push(key, value);
        }
    };
    push_unless_empty("otel.scope.name", &scope.name);
    push_unless_empty("otel.scope.version", &scope.version);
    for (key, value) in span
        .attributes
        .iter()
        .filter(|attribute| attribute.key != WARNINGS)
        .map(tag)
    {
        tags.push(key, value);
    }
    let kind = kind(span.kind());
    if kind != Kind::Unspecified {
        tags.push("span.kind", kind.as_str());
    }
    if let Some(status) = &span.status {
        match status.code() {
            StatusCode::Error => {
                tags.push("otel.status_code", "ERROR");
                tags.push("error", true);
            }
            StatusCode::Ok => tags.push("otel.status_code", "OK"),
            StatusCode::Unset => {}
        }
        if !status.message.is_empty() {
            tags.push("otel.status_description", status.message.as_str());
        }
    }
    if !span.trace_state.is_empty() {
        tags.push("w3c.tracestate", span.trace_state.as_str());
    }
    tags
}

/// The kind of an OTLP span. A number that the protocol does not know reads as unspecified.
pub(crate) fn kind(kind: SpanKind) -> Kind {
    match kind {
        SpanKind::Unspecified => Kind::Unspecified,
        SpanKind::Internal => Kind::Internal,
        SpanKind::Server => Kind::Server,
        SpanKind::Client => Kind::Client,
        SpanKind::Producer => Kind::Producer,
        SpanKind::Consumer => Kind::Consumer,
    }
}

fn log(event: &Event) -> Log {
    let named_by_attribute = event
        .attributes
        .iter()
        .any(|attribute| attribute.key == "event");
    let mut fields = Tags::default();
    if !event.name.is_empty() && !named_by_attribute {
        fields.push("event", event.name.as_str());
    }
    fields.append(event.attributes.iter().map(tag).collect());
    Log {
        unix_nanos: unix_nanos(event.time_unix_nano),
        fields,
    }
}

fn tag(attribute: &KeyValue) -> (String, Value) {
    let value = match attribute.value.as_ref() {
        None => Value::String(String::new()),
        Some(any) => match &any.value {
            Some(Any::BoolValue(value)) => Value::Bool(*value),
            Some(Any::IntValue(value)) => Value::Int64(*value),
            Some(Any::DoubleValue(value)) => Value::Float64(*value),
            Some(Any::BytesValue(bytes)) => Value::Binary(bytes.clone()),
            _ => Value::String(text::value(any)),
        },
    };
    (attribute.key.clone(), value)
}
