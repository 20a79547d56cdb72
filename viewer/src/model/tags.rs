//! Typed tags, in the order in which they were sent or shown.

use std::cmp::Ordering;
use std::fmt;

/// A tag's value, in the five types that Jaeger knows. Arrays and maps arrive as a string of JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    String(String),
    /// True or false.
    Bool(bool),
    /// A signed integer.
    Int64(i64),
    /// A double.
    Float64(f64),
    /// Raw bytes.
    Binary(Vec<u8>),
}

impl Value {
    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Jaeger's order: by type, then by value.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int64(a), Self::Int64(b)) => a.cmp(b),
            (Self::Float64(a), Self::Float64(b)) => a.total_cmp(b),
            (Self::Binary(a), Self::Binary(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::String(_) => 0,
            Self::Bool(_) => 1,
            Self::Int64(_) => 2,
            Self::Float64(_) => 3,
            Self::Binary(_) => 4,
        }
    }
}

/// The value as plain text; bytes as hexadecimal digits. Not escaped: [`crate::tree`] does that.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int64(value) => write!(f, "{value}"),
            Self::Float64(value) => write!(f, "{value}"),
            Self::Binary(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int64(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float64(value)
    }
}

/// A list of tags. A key may occur twice: Jaeger does not merge, and seeing both is how one finds out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags(Vec<(String, Value)>);

impl Tags {
    /// The first value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.all(key).next()
    }

    /// The first value of `key`, if it is a string.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// All values of `key`, in order.
    pub fn all<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Value> {
        self.0
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// All tags, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a tag at the end.
    pub fn push(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        self.0.push((key.into(), value.into()));
    }

    /// Sorts by key, then type, then value, as Jaeger does before it shows them.
    pub(crate) fn sort(&mut self) {
        sort_entries(&mut self.0);
    }

    /// Sorts as [`Tags::sort`], but leaves the first `event` field in front: it is the name of the log.
    pub(crate) fn sort_after_event(&mut self) {
        let event = self
            .0
            .iter()
            .position(|(key, value)| key == "event" && value.as_str().is_some());
        if let Some(at) = event {
            self.0.swap(0, at);
        }
        let rest = usize::from(event.is_some());
        sort_entries(&mut self.0[rest..]);
    }

    /// Moves the tags for which `wanted` holds out of the list.
    pub(crate) fn take_where(&mut self, mut wanted: impl FnMut(&str) -> bool) -> Self {
        Self(self.0.extract_if(.., |(key, _)| wanted(key)).collect())
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.0.iter_mut().map(|(key, value)| (key.as_str(), value))
    }
}

fn sort_entries(entries: &mut [(String, Value)]) {
    entries.sort_by(|(key_a, a), (key_b, b)| key_a.cmp(key_b).then_with(|| a.order(b)));
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(tags: I) -> Self {
        Self(
            tags.into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}
