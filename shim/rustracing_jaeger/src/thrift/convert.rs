//! Finished spans as Jaeger's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustracing::log::LogField;
use rustracing::tag::TagValue;

use super::jaeger::{Log, Span, SpanRef, SpanRefKind, Tag};
use crate::names::DEBUG_ID;
use crate::span::{FinishedSpan, SpanReference};

impl<'a> From<&'a rustracing::tag::Tag> for Tag {
    fn from(tag: &'a rustracing::tag::Tag) -> Self {
        let key = tag.name().to_owned();
        match tag.value() {
            TagValue::String(value) => Self::String {
                key,
                value: value.clone().into_owned(),
            },
            TagValue::Boolean(value) => Self::Bool { key, value: *value },
            TagValue::Integer(value) => Self::Long { key, value: *value },
            TagValue::Float(value) => Self::Double { key, value: *value },
        }
    }
}

impl<'a> From<&'a LogField> for Tag {
    fn from(field: &'a LogField) -> Self {
        text(field.name(), field.value())
    }
}

impl<'a> From<&'a rustracing::log::Log> for Log {
    fn from(log: &'a rustracing::log::Log) -> Self {
        Self {
            timestamp: microseconds(UNIX_EPOCH, log.time()),
            fields: log.fields().iter().map(Tag::from).collect(),
        }
    }
}

impl<'a> From<&'a SpanReference> for SpanRef {
    fn from(reference: &'a SpanReference) -> Self {
        let state = reference.span();
        Self {
            kind: match reference {
                SpanReference::ChildOf(_) => SpanRefKind::ChildOf,
                SpanReference::FollowsFrom(_) => SpanRefKind::FollowsFrom,
            },
            trace_id_low: state.trace_id().low as i64,
            trace_id_high: state.trace_id().high as i64,
            span_id: state.span_id() as i64,
        }
    }
}

/// References to spans that are not sampled are left out, and the first one left is the parent, whatever its kind.
impl<'a> From<&'a FinishedSpan> for Span {
    fn from(span: &'a FinishedSpan) -> Self {
        let state = span.context().state();
        let references: Vec<SpanRef> = span
            .references()
            .iter()
            .filter(|reference| reference.span().is_sampled())
            .map(SpanRef::from)
            .collect();
        let debug_id = state.debug_id().map(|id| text(DEBUG_ID, id));
        Self {
            trace_id_low: state.trace_id().low as i64,
            trace_id_high: state.trace_id().high as i64,
            span_id: state.span_id() as i64,
            parent_span_id: references.first().map_or(0, |parent| parent.span_id),
            operation_name: span.operation_name().to_owned(),
            references,
            flags: i32::from(state.flags()),
            start_time: microseconds(UNIX_EPOCH, span.start_time()),
            duration: microseconds(span.start_time(), span.finish_time()),
            tags: span.tags().iter().map(Tag::from).chain(debug_id).collect(),
            logs: span.logs().iter().map(Log::from).collect(),
        }
    }
}

fn text(key: &str, value: &str) -> Tag {
    Tag::String {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

/// From one time to another, which may be earlier.
fn microseconds(from: SystemTime, to: SystemTime) -> i64 {
    let number = |time: Duration| time.as_micros() as i64;
    match to.duration_since(from) {
        Ok(later) => number(later),
        Err(earlier) => -number(earlier.duration()),
    }
}
