//! Tags: attributes, but for the two that OpenTelemetry has a field of its own for. As the shim's bridge has it.

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use opentracing_shim::tags;

/// The attribute that holds the text of the header of this name.
pub(crate) const DEBUG_ID: &str = "jaeger-debug-id";

/// What a tag says to OpenTelemetry.
pub(crate) enum Meaning {
    Attribute,
    Status(Status),
    Kind(SpanKind),
}

pub(crate) fn meaning(tag: &KeyValue) -> Meaning {
    let meaning = match tag.key.as_str() {
        tags::ERROR => status(&tag.value).map(Meaning::Status),
        tags::SPAN_KIND => kind(&tag.value).map(Meaning::Kind),
        _ => None,
    };
    meaning.unwrap_or(Meaning::Attribute)
}

/// A value that is neither true nor false says nothing, and stays an attribute.
fn status(value: &Value) -> Option<Status> {
    let is_error = match value {
        Value::Bool(value) => *value,
        Value::String(text) if text.as_str().eq_ignore_ascii_case("true") => true,
        Value::String(text) if text.as_str().eq_ignore_ascii_case("false") => false,
        _ => return None,
    };
    Some(if is_error {
        Status::error("")
    } else {
        Status::Ok
    })
}

fn kind(value: &Value) -> Option<SpanKind> {
    let Value::String(text) = value else {
        return None;
    };
    let kinds = [
        (tags::SPAN_KIND_CLIENT, SpanKind::Client),
        (tags::SPAN_KIND_SERVER, SpanKind::Server),
        (tags::SPAN_KIND_PRODUCER, SpanKind::Producer),
        (tags::SPAN_KIND_CONSUMER, SpanKind::Consumer),
    ];
    kinds
        .into_iter()
        .find(|(name, _)| text.as_str().eq_ignore_ascii_case(name))
        .map(|(_, kind)| kind)
}
