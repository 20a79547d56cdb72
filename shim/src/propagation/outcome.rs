//! What a propagator leaves in the context: the span context if it found one, else why it found none.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags};

/// Why one of our propagators made no context of headers that were there. The bridge reads it.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The header says that there is nothing.
    Silent,
    /// The header cannot be understood.
    Corrupt {
        /// Its name.
        header: Cow<'static, str>,
        /// What is wrong.
        reason: &'static str,
    },
}

/// The text of `jaeger-debug-id`, which the span that starts from here gets as a tag.
#[derive(Clone, Debug)]
pub(crate) struct DebugId(pub(crate) Arc<str>);

/// Jaeger's and B3's wish that a trace be kept by all means. A private bit of the trace flags: sampled children inherit
/// it in the SDK, and the W3C header never shows it.
pub(super) const DEBUG: TraceFlags = TraceFlags::new(0x04);

/// B3 without a sampling decision, which is not a refusal.
pub(super) const DEFERRED: TraceFlags = TraceFlags::new(0x08);

/// `cx` with a context that came in. What is valid stays unless another valid one replaces it.
pub(super) fn found(cx: &Context, context: SpanContext) -> Context {
    if context.is_valid() || !cx.span().span_context().is_valid() {
        cx.with_remote_span_context(context)
    } else {
        cx.clone()
    }
}

pub(super) fn corrupt(
    cx: &Context,
    header: impl Into<Cow<'static, str>>,
    reason: &'static str,
) -> Context {
    cx.with_value(Outcome::Corrupt {
        header: header.into(),
        reason,
    })
}

pub(super) fn silent(cx: &Context) -> Context {
    // An error that another propagator left tells more than silence.
    if cx.get::<Outcome>().is_some() {
        cx.clone()
    } else {
        cx.with_value(Outcome::Silent)
    }
}
