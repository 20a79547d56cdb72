//! Jaeger's binary layout, for protocols that carry a run of bytes in place of headers.
//!
//! Big-endian: trace id in two halves, span id and parent id of 8 bytes each, one byte of flags, then the number of
//! baggage items, and for each of them the length and bytes of key and of value. Numbers and lengths are signed 32 bits.

use std::borrow::Cow;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::baggage::{fill, sorted};
use super::flags;
use super::outcome::found;
use crate::bridge::with_live_baggage;

/// Limits of Jaeger's client, which refuses the whole context beyond them.
const MAX_ITEMS: usize = 180;
const MAX_ITEM_BYTES: usize = 4096;

/// Writes and reads Jaeger's binary layout. OpenTelemetry has no trait for binary formats; the methods have the names of
/// the one for text.
///
/// ```
/// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
/// use opentracing_shim::propagation::BinaryPropagator;
///
/// let cx = Context::new().with_baggage([KeyValue::new("tenant", "t1")]);
/// let mut bytes = Vec::new();
/// BinaryPropagator::new().inject_context(&cx, &mut bytes)?;
///
/// let received = BinaryPropagator::new().extract_with_context(&Context::new(), &bytes)?;
/// assert_eq!(received.baggage().get("tenant").map(|value| value.as_str()), Some("t1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BinaryPropagator(());

impl BinaryPropagator {
    /// The propagator.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the span context and the baggage of `cx`; nothing if there is neither.
    ///
    /// # Errors
    /// If some baggage is beyond the limits, 180 items and 4096 bytes for one of them. The rest is written.
    pub fn inject_context(&self, cx: &Context, bytes: &mut Vec<u8>) -> Result<(), LeftOut> {
        with_live_baggage(cx, |baggage| {
            let items = sorted(baggage);
            let items = items.into_iter().map(|(key, value, _)| (key, value));
            encode(cx.span().span_context(), items, bytes)
        })
    }

    /// `cx` with what the bytes hold, which is nothing if there are none. Bytes after the context are not looked at.
    /// On a repeated key of baggage the bytes win.
    ///
    /// # Errors
    /// If they hold something else than a context. Then `cx` is all there is.
    pub fn extract_with_context(&self, cx: &Context, bytes: &[u8]) -> Result<Context, BinaryError> {
        let Some((context, items)) = decode(bytes)? else {
            return Ok(cx.clone());
        };
        let mut baggage = Baggage::new();
        for (key, value) in items {
            baggage.insert(key.into_owned(), value.into_owned());
        }
        let cx = if context.is_valid() || context.is_sampled() {
            found(cx, context)
        } else {
            // An invalid span in the context would make the default sampler drop what starts from it.
            cx.clone()
        };
        if baggage.is_empty() {
            return Ok(cx);
        }
        fill(&mut baggage, cx.baggage());
        Ok(cx.with_baggage(baggage))
    }
}

/// Baggage that a format cannot hold and that was therefore not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{items} baggage item(s) were left out, the first is {first:?}")]
pub struct LeftOut {
    /// How many items.
    pub items: usize,
    /// The key of the first of them.
    pub first: String,
}

/// Why bytes are no context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
#[non_exhaustive]
pub enum BinaryError {
    /// They end in the middle of it.
    TooShort,
    /// One of the ids is zero, the other is not.
    ZeroId,
    /// The number of baggage items is negative or over 180.
    ItemCount,
    /// A length is negative, or that of key and value together is over 4096.
    ItemLength,
}

impl BinaryError {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::TooShort => "too short",
            Self::ZeroId => "an id is zero",
            Self::ItemCount => "too many baggage items, or a negative number of them",
            Self::ItemLength => "a baggage item that is too long, or of negative length",
        }
    }
}

/// Writes a context, or nothing if it says nothing.
pub(crate) fn encode<'a>(
    context: &SpanContext,
    items: impl Iterator<Item = (&'a str, &'a str)>,
    bytes: &mut Vec<u8>,
) -> Result<(), LeftOut> {
    let mut written: Vec<(&str, &str)> = Vec::new();
    let mut left_out: Option<LeftOut> = None;
    for (key, value) in items {
        if written.len() < MAX_ITEMS && key.len() + value.len() <= MAX_ITEM_BYTES {
            written.push((key, value));
        } else {
            let first = || key.to_owned();
            let left_out = left_out.get_or_insert_with(|| LeftOut {
                items: 0,
                first: first(),
            });
            left_out.items += 1;
        }
    }
    if context.is_valid() || context.is_sampled() || !written.is_empty() {
        let (trace_id, span_id) = if context.is_valid() {
            (context.trace_id(), context.span_id())
        } else {
            (TraceId::INVALID, SpanId::INVALID)
        };
        bytes.extend(trace_id.to_bytes());
        bytes.extend(span_id.to_bytes());
        bytes.extend(SpanId::INVALID.to_bytes());
        bytes.push(flags::to_jaeger(context.trace_flags()));
        bytes.extend(length(written.len()));
        for text in written.into_iter().flat_map(|(key, value)| [key, value]) {
            bytes.extend(length(text.len()));
            bytes.extend(text.as_bytes());
        }
    }
    left_out.map_or(Ok(()), Err)
}

fn length(length: usize) -> [u8; 4] {
    i32::try_from(length)
        .expect("the limits are far below")
        .to_be_bytes()
}

type Items<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Reads a context; `None` if there are no bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Option<(SpanContext, Items<'_>)>, BinaryError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let mut rest = bytes;
    let trace_id = TraceId::from_bytes(take(&mut rest)?);
    let span_id = SpanId::from_bytes(take(&mut rest)?);
    let _parent_id: [u8; 8] = take(&mut rest)?;
    let [bits] = take(&mut rest)?;
    if (trace_id == TraceId::INVALID) != (span_id == SpanId::INVALID) {
        return Err(BinaryError::ZeroId);
    }
    let count = usize::try_from(i32::from_be_bytes(take(&mut rest)?))
        .ok()
        .filter(|count| *count <= MAX_ITEMS)
        .ok_or(BinaryError::ItemCount)?;
    let mut items = Vec::new();
    for _ in 0..count {
        let key = take_text(&mut rest, MAX_ITEM_BYTES)?;
        let value = take_text(&mut rest, MAX_ITEM_BYTES - key.len())?;
        items.push((String::from_utf8_lossy(key), String::from_utf8_lossy(value)));
    }
    let flags: TraceFlags = flags::from_jaeger(bits);
    let context = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
    Ok(Some((context, items)))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], BinaryError> {
    let (head, tail) = rest.split_first_chunk().ok_or(BinaryError::TooShort)?;
    *rest = tail;
    Ok(*head)
}

fn take_text<'a>(rest: &mut &'a [u8], limit: usize) -> Result<&'a [u8], BinaryError> {
    let length = usize::try_from(i32::from_be_bytes(take(rest)?))
        .ok()
        .filter(|length| *length <= limit)
        .ok_or(BinaryError::ItemLength)?;
    let (text, tail) = rest.split_at_checked(length).ok_or(BinaryError::TooShort)?;
    *rest = tail;
    Ok(text)
}
