//! Tags of a span.

mod std_tag;

use std::borrow::Cow;

pub use std_tag::StdTag;

/// A tag: a name and a value.
///
/// ```
/// # use opentracing_shim_rustracing as rustracing;
/// use rustracing::tag::{Tag, TagValue};
///
/// let tag = Tag::new("attempts", 3);
/// assert_eq!(tag.name(), "attempts");
/// assert_eq!(tag.value(), &TagValue::Integer(3));
/// ```
#[derive(Debug, Clone)]
pub struct Tag {
    name: Cow<'static, str>,
    value: TagValue,
}

impl Tag {
    /// Makes a tag.
    pub fn new<N, V>(name: N, value: V) -> Self
    where
        N: Into<Cow<'static, str>>,
        V: Into<TagValue>,
    {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    pub fn value(&self) -> &TagValue {
        &self.value
    }
}

/// The value of a tag.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum TagValue {
    /// A text.
    String(Cow<'static, str>),
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
}

// No other conversions: a second one from an integer, and `Tag::new("n", 1)` would no longer know its type.

impl From<&'static str> for TagValue {
    fn from(value: &'static str) -> Self {
        Self::String(Cow::Borrowed(value))
    }
}

impl From<String> for TagValue {
    fn from(value: String) -> Self {
        Self::String(Cow::Owned(value))
    }
}

impl From<Cow<'static, str>> for TagValue {
    fn from(value: Cow<'static, str>) -> Self {
        Self::String(value)
    }
}

impl From<bool> for TagValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for TagValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for TagValue {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
