//! Jaeger's headers in the style of the SDK's propagators, as a reference. The SDK itself has no propagator for them.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Key, KeyValue, StringValue};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

const TRACE: &str = "uber-trace-id";
const ITEM: &str = "uberctx-";

#[derive(Debug)]
pub(super) struct PlainJaeger([String; 1]);

impl PlainJaeger {
    pub(super) fn new() -> Self {
        Self([TRACE.to_owned()])
    }
}

impl TextMapPropagator for PlainJaeger {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let context = span.span_context();
        if context.is_valid() {
            let flags = u8::from(context.is_sampled());
            let header = format!("{}:{}:0:{flags}", context.trace_id(), context.span_id());
            injector.set(TRACE, header);
        }
        for (key, (value, _)) in cx.baggage() {
            let value = utf8_percent_encode(value.as_str(), NON_ALPHANUMERIC).to_string();
            injector.set(&format!("{ITEM}{key}"), value);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let context = extractor.get(TRACE).and_then(parse);
        let mut cx = context.map_or_else(|| cx.clone(), |found| cx.with_remote_span_context(found));
        let mut items = Vec::new();
        for name in extractor.keys() {
            if let Some(key) = name.strip_prefix(ITEM)
                && let Some(value) = extractor.get(name)
                && let Ok(value) = percent_decode_str(value).decode_utf8()
            {
                let value = StringValue::from(value.into_owned());
                items.push(KeyValue::new(Key::from(key.to_owned()), value));
            }
        }
        if !items.is_empty() {
            cx = cx.with_baggage(items);
        }
        cx
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

fn parse(header: &str) -> Option<SpanContext> {
    let parts: Vec<&str> = header.split(':').collect();
    let [trace_id, span_id, _, flags] = parts[..] else {
        return None;
    };
    let trace_id = TraceId::from_hex(trace_id).ok()?;
    let span_id = SpanId::from_hex(span_id).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()? & 1);
    Some(SpanContext::new(
        trace_id,
        span_id,
        flags,
        true,
        TraceState::NONE,
    ))
}
