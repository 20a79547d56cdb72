//! Log records: fields with a time, attached to a span.

use std::any::type_name;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use smallvec::SmallVec;

use super::TagValue;
use super::tag::from_primitives;

/// The value of a log field. OpenTracing allows any type; what is no primitive goes in as text by
/// [`FieldValue::display`] or [`FieldValue::debug`], and errors by [`FieldValue::error`].
///
/// ```
/// use opentracing_shim::FieldValue;
///
/// assert_eq!(FieldValue::from(3), FieldValue::I64(3));
/// assert_eq!(FieldValue::debug(&[1, 2]).to_string(), "[1, 2]");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FieldValue {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// A floating point number.
    F64(f64),
    /// Text; static text is not copied.
    String(Cow<'static, str>),
    /// A Rust error, meant for the field [`error.object`](super::fields::ERROR_OBJECT).
    Error(Box<ErrorObject>),
}

impl FieldValue {
    /// What there is to say about `error`: its type, its message and the chain of its sources.
    ///
    /// ```
    /// use opentracing_shim::{fields, FieldValue, Fields, Tracer};
    ///
    /// let span = Tracer::noop().build_span("read").start();
    /// if let Err(error) = "x".parse::<u8>() {
    ///     let failed = Fields::new().with(fields::EVENT, "error");
    ///     span.log(failed.with(fields::ERROR_OBJECT, FieldValue::error(&error)));
    /// }
    /// ```
    pub fn error<E: Error + ?Sized>(error: &E) -> Self {
        Self::Error(Box::new(ErrorObject::new(error)))
    }

    /// The text that `value` displays.
    pub fn display(value: &(impl fmt::Display + ?Sized)) -> Self {
        Self::String(value.to_string().into())
    }

    /// The text of `value` in debug form.
    pub fn debug(value: &(impl fmt::Debug + ?Sized)) -> Self {
        Self::String(format!("{value:?}").into())
    }
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::String(value) => f.write_str(value),
            Self::Error(error) => f.write_str(error.message()),
        }
    }
}

from_primitives!(FieldValue);

impl From<TagValue> for FieldValue {
    fn from(value: TagValue) -> Self {
        match value {
            TagValue::Bool(value) => Self::Bool(value),
            TagValue::I64(value) => Self::I64(value),
            TagValue::F64(value) => Self::F64(value),
            TagValue::String(value) => Self::String(value),
        }
    }
}

/// Bytes are text if they are UTF-8; a byte that is not becomes the replacement character.
impl From<&[u8]> for FieldValue {
    fn from(value: &[u8]) -> Self {
        Self::String(String::from_utf8_lossy(value).into_owned().into())
    }
}

/// An absent value is the text `null`, so that a record keeps all its fields.
impl<T: Into<Self>> From<Option<T>> for FieldValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::String(Cow::Borrowed("null")), Into::into)
    }
}

/// What a log keeps of a Rust error. It is read once, at the call, so that nothing of the caller runs later.
///
/// ```
/// use opentracing_shim::ErrorObject;
///
/// let error = ErrorObject::new(&"x".parse::<u8>().unwrap_err());
/// assert_eq!(error.kind(), Some("core::num::error::ParseIntError"));
/// assert_eq!(error.message(), "invalid digit found in string");
/// assert!(error.sources().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorObject {
    /// `None` for a trait object, whose real type Rust does not tell.
    kind: Option<&'static str>,
    message: String,
    sources: Vec<String>,
}

impl ErrorObject {
    /// A chain of sources longer than this is a cycle in all likelihood.
    const MAX_SOURCES: usize = 32;

    /// Reads `error`.
    pub fn new<E: Error + ?Sized>(error: &E) -> Self {
        let kind = Some(type_name::<E>()).filter(|name| !name.starts_with("dyn "));
        let message = error.to_string();
        let sources = std::iter::successors(error.source(), |source| (*source).source())
            .take(Self::MAX_SOURCES)
            .map(ToString::to_string)
            .collect();
        Self {
            kind,
            message,
            sources,
        }
    }

    /// The name of the error's type, unless it was a trait object.
    pub fn kind(&self) -> Option<&'static str> {
        self.kind
    }

    /// The error's own message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The messages of its sources, the nearest first.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }
}

/// The fields of one log record, for records whose values differ in type.
///
/// ```
/// use opentracing_shim::{fields, Fields, Tracer};
///
/// let span = Tracer::noop().build_span("read").start();
/// span.log(Fields::new().with(fields::EVENT, "retry").with("attempt", 2));
/// span.log([("event", "done")]); // one type: an array will do
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(SmallVec<[(Cow<'static, str>, FieldValue); 4]>);

impl Fields {
    /// No fields yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<FieldValue>) -> Self {
        self.0.push((key.into(), value.into()));
        self
    }

    /// All fields in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value))
    }
}

impl IntoIterator for Fields {
    type Item = (Cow<'static, str>, FieldValue);
    type IntoIter = FieldsIntoIter;

    fn into_iter(self) -> Self::IntoIter {
        FieldsIntoIter(self.0.into_iter())
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<FieldValue>> FromIterator<(K, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        Self(
            fields
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

/// The iterator over [`Fields`] by value.
#[derive(Debug)]
pub struct FieldsIntoIter(smallvec::IntoIter<[(Cow<'static, str>, FieldValue); 4]>);

impl Iterator for FieldsIntoIter {
    type Item = (Cow<'static, str>, FieldValue);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// A log record that is handed over in bulk when a span finishes.
///
/// ```
/// use std::time::SystemTime;
/// use opentracing_shim::LogRecord;
///
/// let record = LogRecord::new([("event", "flushed")]).at(SystemTime::UNIX_EPOCH);
/// assert_eq!(record.time(), Some(SystemTime::UNIX_EPOCH));
/// assert_eq!(record.fields().iter().count(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    pub(crate) time: Option<SystemTime>,
    pub(crate) fields: Fields,
}

impl LogRecord {
    /// A record of `fields` at the time at which the span finishes.
    pub fn new<K, V>(fields: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<Cow<'static, str>>,
        V: Into<FieldValue>,
    {
        Self {
            time: None,
            fields: fields.into_iter().collect(),
        }
    }

    /// The same record with a time of its own.
    #[must_use]
    pub fn at(self, time: SystemTime) -> Self {
        Self {
            time: Some(time),
            ..self
        }
    }

    /// The record's own time.
    pub fn time(&self) -> Option<SystemTime> {
        self.time
    }

    /// The record's fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }
}
