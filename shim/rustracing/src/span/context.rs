//! What others may know of a span.

use std::io::{Read, Write};

use trackable::track;

use crate::convert::MaybeAsRef;
use crate::{Result, carrier, order};

/// What identifies a span to others, also in another process: a state `T`, for example ids, and baggage.
#[derive(Debug, Clone)]
pub struct SpanContext<T> {
    state: T,
    baggage_items: Vec<BaggageItem>,
}

impl<T> SpanContext<T> {
    /// Makes a context. The baggage is sorted by name, and the last item of a name counts.
    pub fn new(state: T, mut baggage_items: Vec<BaggageItem>) -> Self {
        order::by_name(&mut baggage_items, BaggageItem::name);
        Self {
            state,
            baggage_items,
        }
    }

    /// As [`new`](Self::new), for baggage that is in order.
    pub(super) fn sorted(state: T, baggage_items: Vec<BaggageItem>) -> Self {
        Self {
            state,
            baggage_items,
        }
    }

    /// The state.
    pub fn state(&self) -> &T {
        &self.state
    }

    /// The baggage.
    pub fn baggage_items(&self) -> &[BaggageItem] {
        &self.baggage_items
    }

    pub(super) fn baggage_item(&self, name: &str) -> Option<&BaggageItem> {
        self.baggage_items.iter().find(|item| item.name() == name)
    }

    pub(super) fn set_baggage_item(&mut self, item: BaggageItem) {
        order::replace(&mut self.baggage_items, item, BaggageItem::name);
    }

    /// Writes this context to a text map.
    ///
    /// # Errors
    ///
    /// What the state's implementation gives.
    pub fn inject_to_text_map<C>(&self, carrier: &mut C) -> Result<()>
    where
        C: carrier::TextMap,
        T: carrier::InjectToTextMap<C>,
    {
        track!(T::inject_to_text_map(self, carrier))
    }

    /// Writes this context to HTTP headers.
    ///
    /// # Errors
    ///
    /// What the state's implementation or the carrier gives.
    pub fn inject_to_http_header<C>(&self, carrier: &mut C) -> Result<()>
    where
        C: carrier::SetHttpHeaderField,
        T: carrier::InjectToHttpHeader<C>,
    {
        track!(T::inject_to_http_header(self, carrier))
    }

    /// Writes this context as bytes.
    ///
    /// # Errors
    ///
    /// What the state's implementation or the stream gives.
    pub fn inject_to_binary<C>(&self, carrier: &mut C) -> Result<()>
    where
        C: Write,
        T: carrier::InjectToBinary<C>,
    {
        track!(T::inject_to_binary(self, carrier))
    }

    /// Reads a context from a text map, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// What the state's implementation gives.
    pub fn extract_from_text_map<C>(carrier: &C) -> Result<Option<Self>>
    where
        C: carrier::TextMap,
        T: carrier::ExtractFromTextMap<C>,
    {
        track!(T::extract_from_text_map(carrier))
    }

    /// Reads a context from HTTP headers, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// What the state's implementation gives.
    pub fn extract_from_http_header<'a, C>(carrier: &'a C) -> Result<Option<Self>>
    where
        C: carrier::IterHttpHeaderFields<'a>,
        T: carrier::ExtractFromHttpHeader<'a, C>,
    {
        track!(T::extract_from_http_header(carrier))
    }

    /// Reads a context from bytes, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// What the state's implementation or the stream gives.
    pub fn extract_from_binary<C>(carrier: &mut C) -> Result<Option<Self>>
    where
        C: Read,
        T: carrier::ExtractFromBinary<C>,
    {
        track!(T::extract_from_binary(carrier))
    }
}

impl<T> MaybeAsRef<Self> for SpanContext<T> {
    fn maybe_as_ref(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A pair of texts that travels with a trace: from a span to whatever refers to it.
#[derive(Debug, Clone)]
pub struct BaggageItem {
    name: String,
    value: String,
}

impl BaggageItem {
    /// Makes an item.
    pub fn new(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    pub fn value(&self) -> &str {
        &self.value
    }
}
