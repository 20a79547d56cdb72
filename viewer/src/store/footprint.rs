//! What a decoded span takes in memory, estimated from its parts.
//!
//! The encoded length will not do: an empty attribute is two bytes in a request and a hundred in memory.

use std::mem::size_of;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};

use super::{Received, ReceivedRecord};

/// A span within its trace.
pub(super) fn of(span: &Span) -> usize {
    let events: usize = span
        .events
        .iter()
        .map(|event| size_of::<Event>() + event.name.len() + of_attributes(&event.attributes))
        .sum();
    let links: usize = span
        .links
        .iter()
        .map(|link| {
            let ids = link.trace_id.len() + link.span_id.len();
            size_of::<Link>() + ids + link.trace_state.len() + of_attributes(&link.attributes)
        })
        .sum();
    let ids = span.trace_id.len() + span.span_id.len() + span.parent_span_id.len();
    let texts = span.name.len()
        + span.trace_state.len()
        + span
            .status
            .as_ref()
            .map_or(0, |status| status.message.len());
    size_of::<Received>() + ids + texts + of_attributes(&span.attributes) + events + links
}

/// A log record.
pub(super) fn of_record(record: &LogRecord) -> usize {
    let texts = record.severity_text.len() + record.event_name.len();
    let ids = record.trace_id.len() + record.span_id.len();
    let body = record.body.as_ref().map_or(0, beyond_the_value_itself);
    size_of::<ReceivedRecord>() + texts + ids + body + of_attributes(&record.attributes)
}

/// A resource, shared by the spans of a batch.
pub(super) fn of_resource(resource: &Resource) -> usize {
    size_of::<Resource>() + of_attributes(&resource.attributes)
}

/// A scope, shared likewise.
pub(super) fn of_scope(scope: &InstrumentationScope) -> usize {
    size_of::<InstrumentationScope>()
        + scope.name.len()
        + scope.version.len()
        + of_attributes(&scope.attributes)
}

fn of_attributes(attributes: &[KeyValue]) -> usize {
    attributes
        .iter()
        .map(|attribute| {
            size_of::<KeyValue>()
                + attribute.key.len()
                + attribute.value.as_ref().map_or(0, beyond_the_value_itself)
        })
        .sum()
}

/// What a value owns on the heap. The decoder's depth limit bounds the recursion.
fn beyond_the_value_itself(value: &AnyValue) -> usize {
    match &value.value {
        Some(Any::StringValue(text)) => text.len(),
        Some(Any::BytesValue(bytes)) => bytes.len(),
        Some(Any::ArrayValue(array)) => array
            .values
            .iter()
            .map(|value| size_of::<AnyValue>() + beyond_the_value_itself(value))
            .sum(),
        Some(Any::KvlistValue(list)) => of_attributes(&list.values),
        _ => 0,
    }
}
