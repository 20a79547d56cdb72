//! Jaeger's headers: `uber-trace-id`, `uberctx-*`, `jaeger-baggage` and `jaeger-debug-id`.

mod names;
mod trace_id;

use std::borrow::Cow;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use super::baggage::{MAX_BYTES, VALUE, fill, sorted};
use super::outcome::{DebugId, Outcome, Read};
use super::trim;
use crate::bridge::with_live_baggage;

pub use names::JaegerNames;
pub(super) use trace_id::JaegerContext;

/// A debug id becomes a tag, and headers may be long.
const MAX_DEBUG_ID: usize = 256;

/// Speaks to services that still use a Jaeger client.
///
/// It reads ids of any length, which old clients send without leading zeros, and sends flags of one digit, which is all
/// that some receivers understand. `jaeger-debug-id` without a trace gives a context that is invalid but sampled: a
/// parent-based sampler then keeps the new trace.
///
/// Each baggage item is a header of its own, whose name loses its case on the way through HTTP: let keys be in lower
/// case. For the same reason [`fields`](TextMapPropagator::fields) cannot name these headers, so a carrier that is used
/// again has to be cleared of everything that begins with the prefix. All items together take 8192 bytes at most; those
/// beyond are left out.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
/// use opentracing_shim::propagation::JaegerPropagator;
///
/// let headers = HashMap::from([("uber-trace-id".to_owned(), "af7651916cd43dd8:b7ad6b7169203331:0:1".to_owned())]);
/// let cx = JaegerPropagator::new().extract_with_context(&Context::new(), &headers);
/// assert_eq!(cx.span().span_context().span_id().to_string(), "b7ad6b7169203331");
/// ```
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

    pub(super) fn inject_span(&self, context: &SpanContext, injector: &mut dyn Injector) {
        injector.set(&self.names.trace_id, trace_id::header(context));
    }

    pub(super) fn inject_baggage(&self, baggage: &Baggage, injector: &mut dyn Injector) {
        if baggage.is_empty() {
            return;
        }
        let mut name = self.names.baggage_prefix.clone();
        let mut bytes = 0;
        for (key, value, _) in sorted(baggage) {
            name.truncate(self.names.baggage_prefix.len());
            name.push_str(key);
            let value = self.encode(value);
            let length = name.len() + value.len();
            if bytes + length <= MAX_BYTES {
                bytes += length;
                injector.set(&name, value);
            }
        }
    }

    /// Reads `uber-trace-id`.
    pub(super) fn read_span(&self, extractor: &dyn Extractor) -> Read<JaegerContext> {
        let mut headers = extractor.get_all(&self.names.trace_id).unwrap_or_default();
        headers.dedup();
        let parsed = match headers[..] {
            [] => return Read::Absent,
            [header] => trace_id::parse(header),
            _ => Err("there are several that differ"),
        };
        match parsed {
            Ok(context) => Read::Valid(context),
            Err(reason) => {
                let header = self.names.trace_id.clone();
                Read::Nothing(Outcome::corrupt(header, reason))
            }
        }
    }

    /// Reads `jaeger-debug-id`.
    pub(super) fn read_debug_id(&self, extractor: &dyn Extractor) -> Option<DebugId> {
        let id = trim(extractor.get(&self.names.debug_id)?);
        let end = (0..=id.len().min(MAX_DEBUG_ID))
            .rev()
            .find(|end| id.is_char_boundary(*end))?;
        (end > 0).then(|| DebugId(id[..end].into()))
    }

    /// Adds the baggage that is not there yet, and says whether any came in. Items in headers of their own come first,
    /// those written by hand fill up.
    pub(super) fn read_baggage(&self, extractor: &dyn Extractor, baggage: &mut Baggage) -> bool {
        let is_item = |name: &&str| self.item_key(name).is_some();
        let mut names: Vec<&str> = extractor.keys().into_iter().filter(is_item).collect();
        names.sort_unstable();
        names.dedup();
        let mut came_in = !names.is_empty();
        for name in names {
            if let Some(key) = self.item_key(name)
                && baggage.get(key).is_none()
                && let Some(value) = extractor.get(name)
            {
                baggage.insert(key.to_owned(), self.decode(value).into_owned());
            }
        }
        for header in extractor.get_all(&self.names.baggage).unwrap_or_default() {
            for pair in form_decode(header).split(',').map(str::trim) {
                if let Some((key, value)) = pair.split_once('=')
                    && !value.contains('=')
                {
                    came_in = true;
                    if baggage.get(key).is_none() {
                        baggage.insert(key.to_owned(), value.to_owned());
                    }
                }
            }
        }
        came_in
    }

    /// The key of the item that a header of this name holds.
    fn item_key<'a>(&self, name: &'a str) -> Option<&'a str> {
        let prefix = &self.names.baggage_prefix;
        let (head, key) = name.split_at_checked(prefix.len())?;
        (!key.is_empty() && head.eq_ignore_ascii_case(prefix)).then_some(key)
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
            self.inject_span(context, injector);
        }
        with_live_baggage(cx, |baggage| self.inject_baggage(baggage, injector));
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let span = self.read_span(extractor).map(|found| found.context);
        let debug_id = match span {
            Read::Valid(_) => None,
            Read::Absent | Read::Nothing(_) => self.read_debug_id(extractor),
        };
        let cx = match debug_id {
            Some(id) => id.leave_in(cx),
            None => span.leave_in(cx),
        };
        // What is there already came from a `baggage` header or from the caller, and wins.
        let mut baggage = Baggage::new();
        fill(&mut baggage, cx.baggage());
        if self.read_baggage(extractor, &mut baggage) {
            cx.with_baggage(baggage)
        } else {
            cx
        }
    }

    /// The names known beforehand; those of baggage items are not among them.
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

/// Percent-decoding with a plus sign as blank, as the clients in Go and Java encode.
fn form_decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}
