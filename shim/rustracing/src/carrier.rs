//! How a span context gets from one process to another.
//!
//! Injection and extraction are implemented by the *state* of a span context, for example by the one of the Jaeger
//! package. What carries it implements [`TextMap`], [`SetHttpHeaderField`] and [`IterHttpHeaderFields`], or is a stream of
//! bytes.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};
use std::io::{Read, Write};

use crate::Result;
use crate::span::SpanContext;

/// A state that can be written to a text map.
pub trait InjectToTextMap<T>: Sized
where
    T: TextMap,
{
    /// Writes `context` to `carrier`.
    fn inject_to_text_map(context: &SpanContext<Self>, carrier: &mut T) -> Result<()>;
}

/// A state that can be read from a text map.
pub trait ExtractFromTextMap<T>: Sized
where
    T: TextMap,
{
    /// Reads a context from `carrier`, or `None` if it holds none.
    fn extract_from_text_map(carrier: &T) -> Result<Option<SpanContext<Self>>>;
}

/// A map of any text to any text.
pub trait TextMap {
    /// Sets the value of `key`.
    fn set(&mut self, key: &str, value: &str);

    /// The value of `key`, whose case matters.
    fn get(&self, key: &str) -> Option<&str>;
}

impl<S: BuildHasher> TextMap for HashMap<String, String, S> {
    fn set(&mut self, key: &str, value: &str) {
        self.insert(key.to_owned(), value.to_owned());
    }

    fn get(&self, key: &str) -> Option<&str> {
        Self::get(self, key).map(String::as_str)
    }
}

impl TextMap for BTreeMap<String, String> {
    fn set(&mut self, key: &str, value: &str) {
        self.insert(key.to_owned(), value.to_owned());
    }

    fn get(&self, key: &str) -> Option<&str> {
        Self::get(self, key).map(String::as_str)
    }
}

/// A state that can be written to HTTP headers.
pub trait InjectToHttpHeader<T>: Sized
where
    T: SetHttpHeaderField,
{
    /// Writes `context` to `carrier`.
    fn inject_to_http_header(context: &SpanContext<Self>, carrier: &mut T) -> Result<()>;
}

/// A state that can be read from HTTP headers.
pub trait ExtractFromHttpHeader<'a, T>: Sized
where
    T: IterHttpHeaderFields<'a>,
{
    /// Reads a context from `carrier`, or `None` if it holds none.
    fn extract_from_http_header(carrier: &'a T) -> Result<Option<SpanContext<Self>>>;
}

/// Headers that can be written.
pub trait SetHttpHeaderField {
    /// Sets the value of the field `name`.
    fn set_http_header_field(&mut self, name: &str, value: &str) -> Result<()>;
}

impl<S: BuildHasher> SetHttpHeaderField for HashMap<String, String, S> {
    fn set_http_header_field(&mut self, name: &str, value: &str) -> Result<()> {
        self.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

/// Headers that can be read.
pub trait IterHttpHeaderFields<'a> {
    /// An iterator over names and values.
    type Fields: Iterator<Item = (&'a str, &'a [u8])>;

    /// All fields.
    fn fields(&'a self) -> Self::Fields;
}

impl<'a, K, V, S> IterHttpHeaderFields<'a> for HashMap<K, V, S>
where
    K: AsRef<str> + Eq + Hash,
    V: AsRef<[u8]>,
    S: BuildHasher,
{
    type Fields = Box<dyn Iterator<Item = (&'a str, &'a [u8])> + 'a>;

    fn fields(&'a self) -> Self::Fields {
        Box::new(
            self.iter()
                .map(|(name, value)| (name.as_ref(), value.as_ref())),
        )
    }
}

/// A state that can be written as bytes.
pub trait InjectToBinary<T>: Sized
where
    T: Write,
{
    /// Writes `context` to `carrier`.
    fn inject_to_binary(context: &SpanContext<Self>, carrier: &mut T) -> Result<()>;
}

/// A state that can be read from bytes.
pub trait ExtractFromBinary<T>: Sized
where
    T: Read,
{
    /// Reads a context from `carrier`, or `None` if it holds none.
    fn extract_from_binary(carrier: &mut T) -> Result<Option<SpanContext<Self>>>;
}
