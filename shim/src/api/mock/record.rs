//! What is left of a finished mock span.

use std::borrow::Cow;
use std::time::SystemTime;

use crate::api::{Baggage, FieldValue, Fields, ReferenceType, TagValue};

/// A finished span as the mock tracer saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct MockSpan {
    pub(super) operation_name: Cow<'static, str>,
    pub(super) trace_id: u64,
    pub(super) span_id: u64,
    pub(super) parent_id: Option<u64>,
    pub(super) references: Vec<MockReference>,
    pub(super) tags: Vec<(Cow<'static, str>, TagValue)>,
    pub(super) logs: Vec<MockLog>,
    pub(super) baggage: Baggage,
    pub(super) start: SystemTime,
    pub(super) finish: SystemTime,
}

impl MockSpan {
    /// The operation name.
    pub fn operation_name(&self) -> &str {
        &self.operation_name
    }

    /// The id of the trace, which is the id of its first span.
    pub fn trace_id(&self) -> u64 {
        self.trace_id
    }

    /// The id of the span.
    pub fn span_id(&self) -> u64 {
        self.span_id
    }

    /// The id of the parent; a root has none.
    pub fn parent_id(&self) -> Option<u64> {
        self.parent_id
    }

    /// The references in the order of the calls.
    pub fn references(&self) -> &[MockReference] {
        &self.references
    }

    /// The value of a tag.
    pub fn tag(&self, key: &str) -> Option<&TagValue> {
        self.tags
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// All tags, each key once.
    pub fn tags(&self) -> &[(Cow<'static, str>, TagValue)] {
        &self.tags
    }

    /// The log records in the order of the calls.
    pub fn logs(&self) -> &[MockLog] {
        &self.logs
    }

    /// The baggage at the end.
    pub fn baggage(&self) -> &Baggage {
        &self.baggage
    }

    /// When it started.
    pub fn start_time(&self) -> SystemTime {
        self.start
    }

    /// When it finished.
    pub fn finish_time(&self) -> SystemTime {
        self.finish
    }

    /// Sets a tag in the place of an earlier one of the same key.
    pub(super) fn set_tag(&mut self, key: Cow<'static, str>, value: TagValue) {
        match self.tags.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.tags.push((key, value)),
        }
    }
}

/// A reference of a mock span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MockReference {
    pub(super) kind: ReferenceType,
    pub(super) span_id: u64,
}

impl MockReference {
    /// The type.
    pub fn kind(&self) -> ReferenceType {
        self.kind
    }

    /// The id of the span referred to.
    pub fn span_id(&self) -> u64 {
        self.span_id
    }
}

/// A log record of a mock span.
#[derive(Clone, Debug, PartialEq)]
pub struct MockLog {
    pub(super) time: SystemTime,
    pub(super) fields: Fields,
}

impl MockLog {
    /// When it was made.
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// The value of a field.
    pub fn field(&self, key: &str) -> Option<&FieldValue> {
        self.fields
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// All fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }
}
