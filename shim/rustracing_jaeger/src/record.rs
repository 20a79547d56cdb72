//! A finished span in OpenTelemetry's form.

use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use opentracing_shim_legacy::{Reference, ReferenceKind, SpanRecord, is_installed, replay};
use rustracing::log::LogField;
use rustracing::tag::TagValue;

use crate::span::{FinishedSpan, SpanReference};

/// Sends a span that finishes through the application's provider. Says whether there is one.
pub(crate) fn replay_finished(span: &FinishedSpan) -> bool {
    is_installed() && replay(data(span)).is_ok()
}

pub(crate) fn data(span: &FinishedSpan) -> SpanData {
    let state = span.context().state();
    let mut record = SpanRecord::new(
        span.operation_name().to_owned(),
        state.ids(),
        span.start_time(),
        span.finish_time(),
    );
    record.reserve(span.tags().len(), span.logs().len());
    for tag in span.tags() {
        record.tag(tag.name().to_owned(), value(tag.value()));
    }
    for log in span.logs() {
        record.log(log.time(), log.fields().iter().map(field));
    }
    if let Some(debug_id) = state.debug_id() {
        record.debug_id(debug_id);
    }
    for other in span.references() {
        record.reference(reference(other));
    }
    record.finish()
}

pub(crate) fn value(value: &TagValue) -> Value {
    match value {
        TagValue::String(text) => Value::String(text.clone().into()),
        TagValue::Boolean(value) => Value::Bool(*value),
        TagValue::Integer(value) => Value::I64(*value),
        TagValue::Float(value) => Value::F64(*value),
    }
}

fn field(field: &LogField) -> (String, String) {
    (field.name().to_owned(), field.value().to_owned())
}

fn reference(reference: &SpanReference) -> Reference<'_> {
    let state = reference.span();
    Reference {
        kind: match reference {
            SpanReference::ChildOf(_) => ReferenceKind::ChildOf,
            SpanReference::FollowsFrom(_) => ReferenceKind::FollowsFrom,
        },
        ids: state.ids(),
        is_remote: state.is_remote(),
        // Of a span in this process it is on that span.
        debug_id: state.debug_id().filter(|_| state.is_remote()),
    }
}
