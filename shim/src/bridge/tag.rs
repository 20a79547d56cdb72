//! Tags: attributes, except `error`, which is the status, and `span.kind`, if its mapping is asked for.

use std::mem;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use smallvec::SmallVec;

use super::builder::SpanKindMapping;
use crate::api::tags;

/// Up to here, comparing each key with each is faster than sorting.
const FEW: usize = 8;

/// As many tags wait in the span itself; more are a vector of their own.
const ROOM: usize = 4;

/// As many tags as the SDK takes; only somebody who sets the same ones over and over sets more.
const MANY: usize = 128;

/// The status that a value of the tag `error` stands for. A value that is neither true nor false says nothing.
#[inline]
pub(super) fn error_status(attribute: &KeyValue) -> Option<Status> {
    if attribute.key.as_str() != tags::ERROR {
        return None;
    }
    match &attribute.value {
        Value::Bool(true) => Some(Status::error("")),
        Value::Bool(false) => Some(Status::Ok),
        Value::String(text) if text.as_str().eq_ignore_ascii_case("true") => {
            Some(Status::error(""))
        }
        Value::String(text) if text.as_str().eq_ignore_ascii_case("false") => Some(Status::Ok),
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
    #[inline]
    pub(super) fn new(
        (tags, has_meaning): (Vec<KeyValue>, bool),
        mapping: SpanKindMapping,
    ) -> Self {
        if !has_meaning && are_few_and_different(&tags) {
            return Self {
                attributes: tags,
                status: None,
                kind: None,
            };
        }
        Self::of_any(tags, mapping)
    }

    fn of_any(tags: Vec<KeyValue>, mapping: SpanKindMapping) -> Self {
        let mut start = Self {
            attributes: Vec::with_capacity(tags.len()),
            ..Self::default()
        };
        for attribute in tags {
            start.add(attribute, mapping);
        }
        keep_last(&mut start.attributes);
        start
    }

    fn add(&mut self, attribute: KeyValue, mapping: SpanKindMapping) {
        if let Some(status) = error_status(&attribute) {
            self.status = Some(status);
            remove(&mut self.attributes, tags::ERROR);
            return;
        }
        if let SpanKindMapping::FromTag { keep_tag } = mapping
            && let Some(kind) = span_kind(&attribute)
        {
            self.kind = Some(kind);
            remove(&mut self.attributes, tags::SPAN_KIND);
            if !keep_tag {
                return;
            }
        }
        self.attributes.push(attribute);
    }
}

#[inline]
fn are_few_and_different(given: &[KeyValue]) -> bool {
    given.len() <= FEW
        && (1..given.len()).all(|index| {
            let key = given[index].key.as_str();
            given[..index].iter().all(|other| other.key.as_str() != key)
        })
}

fn span_kind(attribute: &KeyValue) -> Option<SpanKind> {
    let kinds = [
        (tags::SPAN_KIND_CLIENT, SpanKind::Client),
        (tags::SPAN_KIND_SERVER, SpanKind::Server),
        (tags::SPAN_KIND_PRODUCER, SpanKind::Producer),
        (tags::SPAN_KIND_CONSUMER, SpanKind::Consumer),
    ];
    let Value::String(text) = &attribute.value else {
        return None;
    };
    if attribute.key.as_str() != tags::SPAN_KIND {
        return None;
    }
    kinds
        .into_iter()
        .find(|(name, _)| text.as_str().eq_ignore_ascii_case(name))
        .map(|(_, kind)| kind)
}

/// Attributes set after the start.
///
/// The SDK does not replace an attribute that is set twice, it exports both; so they wait here until the span ends and
/// are written once.
#[derive(Debug, Default)]
pub(super) struct HeldTags(Option<Held>);

type Held = SmallVec<[KeyValue; ROOM]>;

impl HeldTags {
    #[inline(always)]
    pub(super) fn set(&mut self, attribute: KeyValue) {
        let held = self.0.get_or_insert_default();
        if held.len() == held.capacity() {
            make_room(held);
        }
        held.push(attribute);
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some(held) = &mut self.0 {
            held.retain(|attribute| attribute.key.as_str() != key);
        }
    }

    /// The attributes to write, each key once, if any has been set.
    #[inline]
    pub(super) fn drain(&mut self) -> Option<impl Iterator<Item = KeyValue>> {
        let held = self.0.as_mut()?;
        if !are_few_and_different(held) {
            tidy(held);
        }
        Some(held.drain(..))
    }
}

/// Whoever sets one key in a loop must not fill the memory: tidies up instead of growing, if that gains anything.
#[cold]
fn make_room(held: &mut Held) {
    if held.len() >= MANY {
        tidy(held);
    }
    held.reserve(held.len());
}

#[cold]
fn tidy(held: &mut Held) {
    let mut all = mem::take(held).into_vec();
    keep_last(&mut all);
    *held = all.into();
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
