//! Jaeger's headers: `uber-trace-id`, `uberctx-*`, `jaeger-baggage` and `jaeger-debug-id`.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use super::baggage::{VALUE, sorted};
use super::hex::{self, Digits};
use super::outcome::{DEBUG, DebugId, corrupt, found};

/// Jaeger's own bits; the two others that it defines mean nothing to a receiver.
const SAMPLED_BIT: u8 = 0x01;
const DEBUG_BIT: u8 = 0x02;
/// A debug id becomes a tag, and headers may be long.
const MAX_DEBUG_ID: usize = 256;

/// The names of the headers, which Jaeger's clients let one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JaegerNames {
    /// Ids and flags; `uber-trace-id` by default.
    pub trace_id: String,
    /// What precedes the key of each baggage item; `uberctx-` by default.
    pub baggage_prefix: String,
    /// Baggage written by hand; `jaeger-baggage` by default.
    pub baggage: String,
    /// The request for a trace; `jaeger-debug-id` by default.
    pub debug_id: String,
}

impl Default for JaegerNames {
    fn default() -> Self {
        Self {
            trace_id: "uber-trace-id".to_owned(),
            baggage_prefix: "uberctx-".to_owned(),
            baggage: "jaeger-baggage".to_owned(),
            debug_id: "jaeger-debug-id".to_owned(),
        }
    }
}

/// Speaks to services that still use a Jaeger client.
///
/// It reads ids of any length, which old clients send without leading zeros, and sends flags of one digit, which is all
/// that some receivers understand. `jaeger-debug-id` without a trace gives a context that is invalid but sampled: a
/// parent-based sampler then keeps the new trace.
#[derive(Clone, Debug)]
pub struct JaegerPropagator {
    names: JaegerNames,
    fields: Vec<String>,
    /// HTTP headers carry baggage values form-encoded, text maps as they are.
    is_raw: bool,
}

impl JaegerPropagator {
    /// For HTTP headers: baggage values are percent-encoded, and read with a plus sign as blank.
    pub fn new() -> Self {
        Self::with_names(JaegerNames::default())
    }

    /// For HTTP headers of other names.
    pub fn with_names(names: JaegerNames) -> Self {
        let fields = vec![
            names.trace_id.clone(),
            names.baggage.clone(),
            names.debug_id.clone(),
        ];
        Self {
            names,
            fields,
            is_raw: false,
        }
    }

    /// For text maps: baggage values are written and read as they are, as Jaeger's clients do in that format.
    #[must_use]
    pub fn raw_values(self) -> Self {
        Self {
            is_raw: true,
            ..self
        }
    }

    fn encode(&self, value: &str) -> String {
        if self.is_raw {
            value.to_owned()
        } else {
            utf8_percent_encode(value, VALUE).to_string()
        }
    }

    fn decode<'a>(&self, value: &'a str) -> Cow<'a, str> {
        if self.is_raw {
            Cow::Borrowed(value)
        } else {
            form_decode(value)
        }
    }

    /// Items in headers of their own come first, those written by hand fill up.
    fn extract_baggage(&self, extractor: &dyn Extractor) -> Baggage {
        let mut baggage = Baggage::new();
        let mut keys = extractor.keys();
        keys.sort_unstable();
        keys.dedup();
        for name in keys {
            if let Some(key) = strip_prefix(name, &self.names.baggage_prefix)
                && let Some(value) = extractor.get(name)
            {
                baggage.insert(key.to_owned(), self.decode(value).into_owned());
            }
        }
        for header in extractor.get_all(&self.names.baggage).unwrap_or_default() {
            for pair in form_decode(header).split(',').map(str::trim) {
                if let Some((key, value)) = pair.split_once('=')
                    && !value.contains('=')
                    && baggage.get(key).is_none()
                {
                    baggage.insert(key.to_owned(), value.to_owned());
                }
            }
        }
        baggage
    }

    fn extract_span(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let mut headers = extractor.get_all(&self.names.trace_id).unwrap_or_default();
        headers.dedup();
        let reason = match headers[..] {
            [] => None,
            [header] => match parse(header) {
                Ok(context) => return found(cx, context),
                Err(reason) => Some(reason),
            },
            _ => Some("there are several that differ"),
        };
        if let Some(id) = extractor
            .get(&self.names.debug_id)
            .map(str::trim)
            .filter(|id| !id.is_empty())
        {
            let flags = TraceFlags::SAMPLED | DEBUG;
            let forced = SpanContext::new(
                TraceId::INVALID,
                SpanId::INVALID,
                flags,
                true,
                TraceState::NONE,
            );
            return found(cx, forced).with_value(DebugId(truncate(id)));
        }
        match reason {
            Some(reason) => corrupt(cx, self.names.trace_id.clone(), reason),
            None => cx.clone(),
        }
    }
}

impl Default for JaegerPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl TextMapPropagator for JaegerPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let context = span.span_context();
        if context.is_valid() {
            injector.set(&self.names.trace_id, header(context));
        }
        for (key, value, _) in sorted(cx.baggage()) {
            injector.set(
                &format!("{}{key}", self.names.baggage_prefix),
                self.encode(value),
            );
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let cx = self.extract_span(cx, extractor);
        let found = self.extract_baggage(extractor);
        if found.is_empty() {
            return cx;
        }
        // What is there already came from a `baggage` header or from the caller, and wins.
        let mut baggage = Baggage::new();
        for (key, (value, metadata)) in cx.baggage() {
            baggage.insert_with_metadata(key.clone(), value.clone(), metadata.clone());
        }
        for (key, (value, _)) in &found {
            if baggage.get(key).is_none() {
                baggage.insert(key.clone(), value.clone());
            }
        }
        cx.with_baggage(baggage)
    }

    /// The names known beforehand; those of baggage items are not among them.
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

/// `{trace}:{span}:{parent}:{flags}`. The parent is deprecated and unknown here. 64-bit ids go out as such, for receivers
/// that know no others.
fn header(context: &SpanContext) -> String {
    let trace_id = u128::from_be_bytes(context.trace_id().to_bytes());
    let width = if trace_id > u128::from(u64::MAX) {
        32
    } else {
        16
    };
    let is_debug = context.trace_flags() & DEBUG == DEBUG;
    let flags = match (context.is_sampled(), is_debug) {
        (true, true) => SAMPLED_BIT | DEBUG_BIT,
        (true, false) => SAMPLED_BIT,
        (false, _) => 0,
    };
    format!("{trace_id:0width$x}:{}:0:{flags}", context.span_id())
}

fn parse(header: &str) -> Result<SpanContext, &'static str> {
    let decoded = percent_decode_str(header.trim()).decode_utf8_lossy();
    let parts: Vec<&str> = decoded.split(':').take(5).collect();
    let [trace_id, span_id, parent_id, flags] = parts[..] else {
        return Err("not four parts");
    };
    let trace_id = hex::parse(trace_id, Digits::AnyCase).ok_or("no trace id")?;
    let span_id = hex::parse_u64(span_id, Digits::AnyCase).ok_or("no span id")?;
    hex::parse_u64(parent_id, Digits::AnyCase).ok_or("no parent id")?;
    let bits = hex::parse_u8(flags, Digits::AnyCase).ok_or("no flags")?;
    if trace_id == 0 || span_id == 0 {
        return Err("an id is zero");
    }
    let mut flags = TraceFlags::NOT_SAMPLED;
    if bits & DEBUG_BIT != 0 {
        flags = TraceFlags::SAMPLED | DEBUG;
    } else if bits & SAMPLED_BIT != 0 {
        flags = TraceFlags::SAMPLED;
    }
    Ok(SpanContext::new(
        trace_id.into(),
        span_id.into(),
        flags,
        true,
        TraceState::NONE,
    ))
}

/// Percent-decoding with a plus sign as blank, as the clients in Go and Java encode.
fn form_decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

fn strip_prefix<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, key) = name.split_at_checked(prefix.len())?;
    Some(key).filter(|key| !key.is_empty() && head.eq_ignore_ascii_case(prefix))
}

fn truncate(id: &str) -> Arc<str> {
    let end = (0..=id.len().min(MAX_DEBUG_ID))
        .rev()
        .find(|end| id.is_char_boundary(*end))
        .unwrap_or(0);
    id[..end].into()
}
