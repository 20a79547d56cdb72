//! Tags: attributes, except `error`, which is the status, and `span.kind`, if its mapping is asked for.

use std::borrow::Cow;
use std::collections::HashSet;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use smallvec::SmallVec;

use super::builder::SpanKindMapping;
use crate::api::{TagValue, tags};

/// Up to here, comparing each key with each is faster than hashing.
const FEW: usize = 16;

/// A tag as an attribute. Not a `From`, which would be public and name OpenTelemetry's type.
pub(super) fn attribute(key: Cow<'static, str>, value: TagValue) -> KeyValue {
    let value = match value {
        TagValue::Bool(value) => Value::Bool(value),
        TagValue::I64(value) => Value::I64(value),
        TagValue::F64(value) => Value::F64(value),
        TagValue::String(value) => Value::String(value.into()),
    };
    KeyValue::new(key, value)
}

/// The status that a value of the tag `error` stands for. A value that is neither true nor false says nothing.
pub(super) fn error_status(value: &TagValue) -> Option<Status> {
    match value {
        TagValue::Bool(true) => Some(Status::error("")),
        TagValue::Bool(false) => Some(Status::Ok),
        TagValue::String(text) if text.eq_ignore_ascii_case("true") => Some(Status::error("")),
        TagValue::String(text) if text.eq_ignore_ascii_case("false") => Some(Status::Ok),
        _ => None,
    }
}

/// What the tags given at start come to.
#[derive(Default)]
pub(super) struct StartTags {
    pub(super) attributes: Vec<KeyValue>,
    pub(super) status: Option<Status>,
    pub(super) kind: Option<SpanKind>,
}

impl StartTags {
    pub(super) fn new(
        tags: SmallVec<[(Cow<'static, str>, TagValue); 4]>,
        mapping: SpanKindMapping,
    ) -> Self {
        let mut start = Self {
            attributes: Vec::with_capacity(tags.len()),
            ..Self::default()
        };
        for (key, value) in tags {
            start.add(key, value, mapping);
        }
        keep_last(&mut start.attributes);
        start
    }

    fn add(&mut self, key: Cow<'static, str>, value: TagValue, mapping: SpanKindMapping) {
        if key == tags::ERROR
            && let Some(status) = error_status(&value)
        {
            self.status = Some(status);
            remove(&mut self.attributes, tags::ERROR);
            return;
        }
        if let SpanKindMapping::FromTag { keep_tag } = mapping
            && key == tags::SPAN_KIND
            && let Some(kind) = span_kind(&value)
        {
            self.kind = Some(kind);
            remove(&mut self.attributes, tags::SPAN_KIND);
            if !keep_tag {
                return;
            }
        }
        self.attributes.push(attribute(key, value));
    }
}

fn span_kind(value: &TagValue) -> Option<SpanKind> {
    let kinds = [
        (tags::SPAN_KIND_CLIENT, SpanKind::Client),
        (tags::SPAN_KIND_SERVER, SpanKind::Server),
        (tags::SPAN_KIND_PRODUCER, SpanKind::Producer),
        (tags::SPAN_KIND_CONSUMER, SpanKind::Consumer),
    ];
    let text = value.as_str()?;
    kinds
        .into_iter()
        .find(|(name, _)| text.eq_ignore_ascii_case(name))
        .map(|(_, kind)| kind)
}

/// Attributes set after the start.
///
/// The SDK does not replace an attribute that is set twice, it exports both; so they wait here until the span ends and
/// are written once.
#[derive(Debug, Default)]
pub(super) struct HeldTags(Vec<KeyValue>);

impl HeldTags {
    pub(super) fn set(&mut self, attribute: KeyValue) {
        // Whoever sets one key in a loop must not fill the memory: tidy up instead of growing, if that gains anything.
        if self.0.len() == self.0.capacity() && self.0.len() > FEW {
            keep_last(&mut self.0);
            let room = self.0.len();
            self.0.reserve(room);
        }
        self.0.push(attribute);
    }

    pub(super) fn remove(&mut self, key: &str) {
        remove(&mut self.0, key);
    }

    pub(super) fn into_attributes(mut self) -> Vec<KeyValue> {
        keep_last(&mut self.0);
        self.0
    }
}

fn remove(attributes: &mut Vec<KeyValue>, key: &str) {
    attributes.retain(|attribute| attribute.key.as_str() != key);
}

/// Keeps the last attribute of each key.
pub(super) fn keep_last(attributes: &mut Vec<KeyValue>) {
    if attributes.len() <= FEW {
        let mut index = 0;
        while index + 1 < attributes.len() {
            let key = &attributes[index].key;
            if attributes[index + 1..]
                .iter()
                .any(|later| later.key == *key)
            {
                attributes.remove(index);
            } else {
                index += 1;
            }
        }
        return;
    }
    let mut seen = HashSet::with_capacity(attributes.len());
    let mut is_last: Vec<bool> = attributes
        .iter()
        .rev()
        .map(|attribute| seen.insert(attribute.key.as_str()))
        .collect();
    drop(seen);
    attributes.retain(|_| is_last.pop().unwrap_or(true));
}
