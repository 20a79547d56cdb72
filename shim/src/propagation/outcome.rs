//! What a propagator leaves in the context: the span context if it found one, else why it found none.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::flags::DEBUG;

/// What a format's headers came to.
#[derive(Clone, Debug)]
pub(super) enum Read<T> {
    /// None of them was there.
    Absent,
    /// They were there and made nothing.
    Nothing(Outcome),
    /// They can be used.
    Valid(T),
}

impl<T> Read<T> {
    pub(super) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Read<U> {
        match self {
            Self::Absent => Read::Absent,
            Self::Nothing(outcome) => Read::Nothing(outcome),
            Self::Valid(value) => Read::Valid(convert(value)),
        }
    }
}

impl Read<SpanContext> {
    /// `cx` with what came of it.
    pub(super) fn leave_in(self, cx: &Context) -> Context {
        match self {
            Self::Absent => cx.clone(),
            Self::Nothing(outcome) => outcome.leave_in(cx),
            Self::Valid(context) => found(cx, context),
        }
    }
}

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

impl Outcome {
    pub(super) fn corrupt(header: impl Into<Cow<'static, str>>, reason: &'static str) -> Self {
        Self::Corrupt {
            header: header.into(),
            reason,
        }
    }

    pub(super) fn is_silent(&self) -> bool {
        matches!(self, Self::Silent)
    }

    pub(super) fn leave_in(self, cx: &Context) -> Context {
        // An error that another propagator left tells more than silence.
        if self.is_silent() && cx.get::<Self>().is_some() {
            cx.clone()
        } else {
            cx.with_value(self)
        }
    }
}

/// The text of `jaeger-debug-id`, which the span that starts from here gets as a tag.
#[derive(Clone, Debug)]
pub(crate) struct DebugId(pub(crate) Arc<str>);

impl DebugId {
    /// `cx` with a context that names no span and is sampled, which makes a parent-based sampler keep the new trace.
    pub(super) fn leave_in(self, cx: &Context) -> Context {
        found(cx, without_ids(TraceFlags::SAMPLED | DEBUG)).with_value(self)
    }
}

/// A remote context that says nothing but its flags.
pub(super) fn without_ids(flags: TraceFlags) -> SpanContext {
    SpanContext::new(
        TraceId::INVALID,
        SpanId::INVALID,
        flags,
        true,
        TraceState::NONE,
    )
}

/// `cx` with a context that came in. What is valid stays unless another valid one replaces it.
pub(super) fn found(cx: &Context, context: SpanContext) -> Context {
    if context.is_valid() || !cx.span().span_context().is_valid() {
        cx.with_remote_span_context(context)
    } else {
        cx.clone()
    }
}
