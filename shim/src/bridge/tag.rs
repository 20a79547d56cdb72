//! Tags: attributes, except `error`, which is the status, and `span.kind`, if its mapping is asked for.

use std::borrow::Cow;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Key, KeyValue, StringValue, Value};
use smallvec::SmallVec;

use super::builder::SpanKindMapping;
use crate::api::{TagValue, tags};

/// Up to here, comparing each key with each is faster than sorting.
const FEW: usize = 8;

/// As many tags as the SDK takes; only somebody who sets the same ones over and over sets more.
const MANY: usize = 128;

/// A tag as an attribute. Not a `From`, which would be public and name OpenTelemetry's type.
#[inline]
pub(super) fn attribute(key: Cow<'static, str>, value: TagValue) -> KeyValue {
    let value = match value {
        TagValue::Bool(value) => Value::Bool(value),
        TagValue::I64(value) => Value::I64(value),
        TagValue::F64(value) => Value::F64(value),
        TagValue::String(value) => Value::String(text(value)),
    };
    KeyValue::new(self::key(key), value)
}

/// The key of an attribute. OpenTelemetry's own conversion from either is a call for every tag.
#[inline]
pub(super) fn key(key: Cow<'static, str>) -> Key {
    match key {
        Cow::Borrowed(key) => Key::from_static_str(key),
        Cow::Owned(key) => Key::from(key),
    }
}

/// The value of an attribute.
#[inline]
pub(super) fn text(value: Cow<'static, str>) -> StringValue {
    match value {
        Cow::Borrowed(value) => StringValue::from(value),
        Cow::Owned(value) => StringValue::from(value),
    }
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

/// What a builder collects.
type Tags = SmallVec<[(Cow<'static, str>, TagValue); 4]>;

/// What the tags given at start come to.
#[derive(Default)]
pub(super) struct StartTags {
    pub(super) attributes: Vec<KeyValue>,
    pub(super) status: Option<Status>,
    pub(super) kind: Option<SpanKind>,
}

impl StartTags {
    /// Takes the tags out of where the builder has collected them.
    #[inline]
    pub(super) fn new(tags: &mut Tags, mapping: SpanKindMapping) -> Self {
        let is_tidy = tags.len() <= FEW && are_different(tags);
        let mut start = Self {
            attributes: Vec::with_capacity(tags.len()),
            ..Self::default()
        };
        for (key, value) in tags.drain(..) {
            start.add(key, value, mapping);
        }
        if !is_tidy {
            keep_last(&mut start.attributes);
        }
        start
    }

    #[inline]
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

#[inline]
fn are_different(tags: &[(Cow<'static, str>, TagValue)]) -> bool {
    (1..tags.len()).all(|index| {
        let (key, _) = &tags[index];
        tags[..index].iter().all(|(earlier, _)| earlier != key)
    })
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
    #[inline]
    pub(super) fn set(&mut self, attribute: KeyValue) {
        // Whoever sets one key in a loop must not fill the memory: tidy up instead of growing, if that gains anything.
        if self.0.len() == self.0.capacity() && self.0.len() >= MANY {
            keep_last(&mut self.0);
            let room = self.0.len();
            self.0.reserve(room);
        }
        self.0.push(attribute);
    }

    pub(super) fn remove(&mut self, key: &str) {
        remove(&mut self.0, key);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
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
#[inline]
pub(crate) fn keep_last(attributes: &mut Vec<KeyValue>) {
    if attributes.len() > FEW {
        return keep_last_of_many(attributes);
    }
    let mut index = 1;
    while index < attributes.len() {
        let (earlier, [attribute, ..]) = attributes.split_at(index) else {
            unreachable!("the index is within");
        };
        let key = attribute.key.as_str();
        match earlier
            .iter()
            .position(|earlier| earlier.key.as_str() == key)
        {
            Some(position) => drop(attributes.remove(position)),
            None => index += 1,
        }
    }
}

/// By sorting, which nobody can make slow by a choice of keys. Fingerprints come first because most keys begin alike.
fn keep_last_of_many(attributes: &mut Vec<KeyValue>) {
    let mut keys: Vec<(u64, &str, usize)> = attributes
        .iter()
        .enumerate()
        .map(|(index, attribute)| {
            let key = attribute.key.as_str();
            (fingerprint(key), key, index)
        })
        .collect();
    keys.sort_unstable();
    let mut is_last = vec![true; keys.len()];
    for pair in keys.windows(2) {
        let ((earlier, earlier_key, index), (later, later_key, _)) = (pair[0], pair[1]);
        if earlier == later && earlier_key == later_key {
            is_last[index] = false;
        }
    }
    let mut is_last = is_last.into_iter();
    attributes.retain(|_| is_last.next().unwrap_or(true));
}

/// FNV-1a, which is good at telling short texts apart.
fn fingerprint(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
