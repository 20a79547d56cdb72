//! What a context is written into and read from.
//!
//! Both traits are implemented for the usual maps, for lists of pairs and for `http::HeaderMap`, and for runs of bytes,
//! which are the carriers of [`Format::Binary`](super::Format::Binary). A carrier of one's own needs one method; it may
//! be write-only or read-only.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

/// Something that a context can be written into.
///
/// ```
/// use opentracing_shim::{api::mock::MockTracer, Format, InjectCarrier, RefusedEntry};
///
/// /// Writes a query string.
/// struct Query(String);
///
/// impl InjectCarrier for Query {
///     fn set(&mut self, key: &str, value: String) -> Result<(), RefusedEntry> {
///         if value.contains(['&', '=']) {
///             return Err(RefusedEntry::new(key));
///         }
///         self.0 += &format!("{key}={value}&");
///         Ok(())
///     }
/// }
///
/// let tracer = MockTracer::new().tracer();
/// let span = tracer.build_span("call").start();
/// span.set_baggage_item("tenant", "t1").set_baggage_item("note", "a=b");
///
/// let mut query = Query(String::new());
/// let refused = tracer.inject(&span, Format::TextMap, &mut query);
/// assert!(refused.is_err()); // but the rest is written
/// assert!(query.0.contains("tenant=t1&"));
/// ```
pub trait InjectCarrier {
    /// Sets an entry and replaces what was under the key.
    ///
    /// # Errors
    /// If the carrier cannot hold such a key or value.
    fn set(&mut self, key: &str, value: String) -> Result<(), RefusedEntry>;

    /// Appends what [`Format::Binary`](super::Format::Binary) writes.
    ///
    /// # Errors
    /// If the carrier is one of entries, as it is unless this method is provided.
    fn append(&mut self, bytes: &[u8]) -> Result<(), NoBytes> {
        let _ = bytes;
        Err(NoBytes(()))
    }
}

/// Something that a context can be read from. Keys have no case.
///
/// ```
/// use opentracing_shim::ExtractCarrier;
///
/// struct Query<'a>(&'a str);
///
/// impl ExtractCarrier for Query<'_> {
///     fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str)) {
///         for (key, value) in self.0.split('&').filter_map(|pair| pair.split_once('=')) {
///             visitor(key, value);
///         }
///     }
/// }
///
/// assert_eq!(Query("a=1&B=2").get("b"), Some("2"));
/// ```
pub trait ExtractCarrier {
    /// Calls `visitor` with each entry, once for each value of a key that has several.
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str));

    /// The first value under `key`, in whichever case the key is written.
    fn get<'a>(&'a self, key: &str) -> Option<&'a str> {
        let mut found = None;
        self.visit(&mut |name, value| {
            if found.is_none() && name.eq_ignore_ascii_case(key) {
                found = Some(value);
            }
        });
        found
    }

    /// All values under `key`, in whichever case the key is written.
    fn get_all<'a>(&'a self, key: &str) -> Vec<&'a str> {
        let mut found = Vec::new();
        self.visit(&mut |name, value| {
            if name.eq_ignore_ascii_case(key) {
                found.push(value);
            }
        });
        found
    }

    /// What [`Format::Binary`](super::Format::Binary) reads; `None` if the carrier is one of entries, as it is unless
    /// this method is provided.
    fn bytes(&self) -> Option<&[u8]> {
        None
    }
}

/// A carrier of entries was given where [`Format::Binary`](super::Format::Binary) needs one of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the carrier holds entries and no bytes")]
pub struct NoBytes(());

/// A carrier cannot hold an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the carrier cannot hold the entry {key:?}")]
pub struct RefusedEntry {
    key: String,
}

impl RefusedEntry {
    /// The entry of `key` is refused. The value is left out on purpose.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into() }
    }

    /// The key of the entry.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl<T: InjectCarrier + ?Sized> InjectCarrier for &mut T {
    fn set(&mut self, key: &str, value: String) -> Result<(), RefusedEntry> {
        (**self).set(key, value)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), NoBytes> {
        (**self).append(bytes)
    }
}

impl<T: ExtractCarrier + ?Sized> ExtractCarrier for &T {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str)) {
        (**self).visit(visitor);
    }

    fn get<'a>(&'a self, key: &str) -> Option<&'a str> {
        (**self).get(key)
    }

    fn get_all<'a>(&'a self, key: &str) -> Vec<&'a str> {
        (**self).get_all(key)
    }

    fn bytes(&self) -> Option<&[u8]> {
        (**self).bytes()
    }
}

impl<S: BuildHasher> InjectCarrier for HashMap<String, String, S> {
    fn set(&mut self, key: &str, value: String) -> Result<(), RefusedEntry> {
        self.insert(key.to_owned(), value);
        Ok(())
    }
}

impl<S: BuildHasher> ExtractCarrier for HashMap<String, String, S> {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str)) {
        self.iter().for_each(|(key, value)| visitor(key, value));
    }

    fn get<'a>(&'a self, key: &str) -> Option<&'a str> {
        // The map has no order, so among keys that differ in case alone the exact one has to come first.
        Self::get(self, key)
            .or_else(|| {
                self.iter()
                    .filter(|(name, _)| name.eq_ignore_ascii_case(key))
                    .min()
                    .map(|(_, value)| value)
            })
            .map(String::as_str)
    }
}

impl InjectCarrier for BTreeMap<String, String> {
    fn set(&mut self, key: &str, value: String) -> Result<(), RefusedEntry> {
        self.insert(key.to_owned(), value);
        Ok(())
    }
}

impl ExtractCarrier for BTreeMap<String, String> {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str)) {
        self.iter().for_each(|(key, value)| visitor(key, value));
    }
}

impl InjectCarrier for Vec<(String, String)> {
    fn set(&mut self, key: &str, value: String) -> Result<(), RefusedEntry> {
        self.retain(|(name, _)| !name.eq_ignore_ascii_case(key));
        self.push((key.to_owned(), value));
        Ok(())
    }
}

impl<K: AsRef<str>, V: AsRef<str>> ExtractCarrier for [(K, V)] {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str)) {
        self.iter()
            .for_each(|(key, value)| visitor(key.as_ref(), value.as_ref()));
    }
}

impl<K: AsRef<str>, V: AsRef<str>> ExtractCarrier for Vec<(K, V)> {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str)) {
        self.as_slice().visit(visitor);
    }
}

impl<K: AsRef<str>, V: AsRef<str>, const N: usize> ExtractCarrier for [(K, V); N] {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str)) {
        self.as_slice().visit(visitor);
    }
}
