//! The value of `uber-trace-id`: `{trace}:{span}:{parent}:{flags}`.

use opentelemetry::trace::{SpanContext, SpanId, TraceState};
use percent_encoding::percent_decode_str;

use crate::propagation::hex::{self, Digits};
use crate::propagation::{flags, trim};

/// What the header says.
#[derive(Clone, Debug)]
pub(in crate::propagation) struct JaegerContext {
    pub(in crate::propagation) context: SpanContext,
    /// The parent of the span: deprecated, but a trace of who wrote the header. Zero if unknown.
    pub(in crate::propagation) parent: SpanId,
}

/// 64-bit ids go out as such, for receivers that know no others. The parent is not known here; zero stands for that.
pub(super) fn header(context: &SpanContext) -> String {
    let trace_id = hex::trace_id(context.trace_id());
    let width = if trace_id > u128::from(u64::MAX) {
        32
    } else {
        16
    };
    let mut header = String::with_capacity(32 + 16 + 5);
    hex::push(&mut header, trace_id, width);
    header.push(':');
    hex::push(&mut header, hex::span_id(context.span_id()), 16);
    header.push_str(":0:");
    let flags = flags::to_jaeger(context.trace_flags());
    hex::push(&mut header, flags.into(), 1);
    header
}

/// Ids of any length, since old clients send no leading zeros, and colons that somebody has percent-encoded.
pub(super) fn parse(header: &str) -> Result<JaegerContext, &'static str> {
    let decoded = percent_decode_str(trim(header)).decode_utf8_lossy();
    let mut parts = decoded.split(':');
    let mut part = || parts.next();
    let (Some(trace_id), Some(span_id), Some(parent), Some(flags), None) =
        (part(), part(), part(), part(), part())
    else {
        return Err("not four parts");
    };
    let trace_id = hex::parse(trace_id, Digits::AnyCase).ok_or("no trace id")?;
    let span_id = hex::parse_u64(span_id, Digits::AnyCase).ok_or("no span id")?;
    let parent = hex::parse_u64(parent, Digits::AnyCase).ok_or("no parent id")?;
    let bits = hex::parse_u8(flags, Digits::AnyCase).ok_or("no flags")?;
    if trace_id == 0 || span_id == 0 {
        return Err("an id is zero");
    }
    let context = SpanContext::new(
        trace_id.into(),
        span_id.into(),
        flags::from_jaeger(bits),
        true,
        TraceState::NONE,
    );
    Ok(JaegerContext {
        context,
        parent: parent.into(),
    })
}
