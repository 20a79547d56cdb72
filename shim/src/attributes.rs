//! Tags and fields in the form in which OpenTelemetry takes them.
//!
//! A builder keeps its tags so from the beginning. They could be collected as what the caller gave, which would keep
//! OpenTelemetry out of `api` altogether, but to collect, convert and free them costs a tenth of a span.

use std::borrow::Cow;

use opentelemetry::{Key, KeyValue, StringValue, Value};

use crate::api::{ErrorObject, FieldValue, TagValue, fields, tags};

/// Room for this many tags is made at the first.
const FEW: usize = 4;
/// A span takes 128 attributes; a size hint beyond is not to be trusted.
const MAX_RESERVED: usize = 128;

/// The tags of a builder, in the order of its calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    given: Option<Vec<KeyValue>>,
    /// Whether one of them may mean more than an attribute. Of a literal key the compiler knows that.
    has_meaning: bool,
}

impl Attributes {
    #[inline(always)]
    pub(crate) fn push(&mut self, key: Cow<'static, str>, value: TagValue) {
        if key == tags::ERROR || key == tags::SPAN_KIND {
            self.has_meaning = true;
        }
        let given = self.given.get_or_insert_with(|| Vec::with_capacity(FEW));
        if given.len() == given.capacity() {
            given.reserve(FEW);
        }
        given.push(attribute(key, value));
    }

    /// The tags, and whether one of them may mean more than an attribute.
    #[inline]
    pub(crate) fn take(&mut self) -> (Vec<KeyValue>, bool) {
        (self.given.take().unwrap_or_default(), self.has_meaning)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, TagValue)> {
        let tags = self.given.iter().flatten();
        tags.map(|attribute| (attribute.key.as_str(), tag_value(&attribute.value)))
    }
}

/// The fields of one log record on their way to a tracer, in the order in which they were given.
///
/// ```
/// use opentracing_shim::{FieldValue, api::backend::LoggedFields};
///
/// let logged: LoggedFields = [("event", "retry"), ("cause", "timeout")].into_iter().collect();
/// assert_eq!(logged.iter().next(), Some(("event", FieldValue::from("retry"))));
/// ```
#[derive(Clone, Debug, Default)]
pub struct LoggedFields {
    /// An error is its message here.
    pub(crate) attributes: Vec<KeyValue>,
    /// What the last field `event` says.
    pub(crate) event: Option<Cow<'static, str>>,
    /// The errors, each with the position of its attribute.
    pub(crate) errors: Option<Vec<(usize, Box<ErrorObject>)>>,
}

impl LoggedFields {
    /// The fields by name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, FieldValue)> {
        let attributes = self.attributes.iter().enumerate();
        attributes.map(|(index, attribute)| {
            let error = self.errors.iter().flatten().find(|(at, _)| *at == index);
            let value = match error {
                Some((_, error)) => FieldValue::Error(error.clone()),
                None => tag_value(&attribute.value).into(),
            };
            (attribute.key.as_str(), value)
        })
    }

    #[inline(always)]
    fn push(&mut self, key: Cow<'static, str>, value: FieldValue) {
        if key == fields::EVENT {
            self.event = Some(match &value {
                FieldValue::String(text) => text.clone(),
                other => Cow::Owned(other.to_string()),
            });
        }
        let value = match value {
            FieldValue::Bool(value) => Value::Bool(value),
            FieldValue::I64(value) => Value::I64(value),
            FieldValue::F64(value) => Value::F64(value),
            FieldValue::String(value) => Value::String(text(value)),
            FieldValue::Error(error) => self.push_error(error),
        };
        self.attributes.push(KeyValue::new(self::key(key), value));
    }

    #[cold]
    fn push_error(&mut self, error: Box<ErrorObject>) -> Value {
        let message = error.message().to_owned();
        let errors = self.errors.get_or_insert_default();
        errors.push((self.attributes.len(), error));
        Value::String(message.into())
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<FieldValue>> FromIterator<(K, V)> for LoggedFields {
    #[inline]
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        let fields = fields.into_iter();
        let mut logged = Self {
            attributes: Vec::with_capacity(fields.size_hint().0.min(MAX_RESERVED)),
            event: None,
            errors: None,
        };
        for (key, value) in fields {
            logged.push(key.into(), value.into());
        }
        logged
    }
}

/// A tag as an attribute. Not a `From`, which would be public and name OpenTelemetry's type.
#[inline(always)]
pub(crate) fn attribute(key: Cow<'static, str>, value: TagValue) -> KeyValue {
    let value = match value {
        TagValue::Bool(value) => Value::Bool(value),
        TagValue::I64(value) => Value::I64(value),
        TagValue::F64(value) => Value::F64(value),
        TagValue::String(value) => Value::String(text(value)),
    };
    KeyValue::new(self::key(key), value)
}

/// The key of an attribute. OpenTelemetry's own conversion from either is a call for every tag.
#[inline(always)]
fn key(key: Cow<'static, str>) -> Key {
    match key {
        Cow::Borrowed(key) => Key::from_static_str(key),
        Cow::Owned(key) => Key::from(key),
    }
}

/// The value of an attribute.
#[inline(always)]
fn text(value: Cow<'static, str>) -> StringValue {
    match value {
        Cow::Borrowed(value) => StringValue::from(value),
        Cow::Owned(value) => StringValue::from(value),
    }
}

/// The value that a tag was given.
fn tag_value(value: &Value) -> TagValue {
    match value {
        Value::Bool(value) => TagValue::Bool(*value),
        Value::I64(value) => TagValue::I64(*value),
        Value::F64(value) => TagValue::F64(*value),
        text => TagValue::String(Cow::Owned(text.as_str().into_owned())),
    }
}
