//! Which of two valid headers to believe.

use opentelemetry::trace::{SpanContext, SpanId, TraceState};

use crate::propagation::flags::{self, DEBUG, RANDOM};
use crate::propagation::hex::{self, Digits};
use crate::propagation::jaeger::JaegerContext;

/// One of the two languages that a fleet speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `traceparent`, `tracestate` and `baggage`.
    #[default]
    W3c,
    /// `uber-trace-id` and `uberctx-*`.
    Jaeger,
}

impl Dialect {
    /// `w3c` or `jaeger`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::W3c => "w3c",
            Self::Jaeger => "jaeger",
        }
    }
}

/// What `traceparent` and `uber-trace-id` together say about the way that a request took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// No header is valid.
    Nothing,
    /// `traceparent` is the only valid one.
    W3cOnly,
    /// `uber-trace-id` is the only valid one: an old service called.
    JaegerOnly,
    /// Both name the same span: a service that speaks both called.
    Same,
    /// Two spans of one trace, and Jaeger's is the later one: an old service handed on what it did not understand.
    JaegerLater,
    /// Two spans of one trace, and W3C's is the later one.
    W3cLater,
    /// Two spans of one trace, and nobody can tell which one is later. The preferred one is taken.
    Undecided,
    /// Two traces. The preferred one is taken, the other becomes a link.
    Conflict,
}

impl Verdict {
    /// A name of few letters, for a metric.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::W3cOnly => "w3c_only",
            Self::JaegerOnly => "jaeger_only",
            Self::Same => "same",
            Self::JaegerLater => "jaeger_later",
            Self::W3cLater => "w3c_later",
            Self::Undecided => "undecided",
            Self::Conflict => "conflict",
        }
    }

    /// On two valid contexts.
    pub(super) fn of(w3c: &SpanContext, jaeger: &JaegerContext, marker: &str) -> Self {
        if w3c.trace_id() != jaeger.context.trace_id() {
            return Self::Conflict;
        }
        let (w3c_span, jaeger_span) = (w3c.span_id(), jaeger.context.span_id());
        if w3c_span == jaeger_span {
            return Self::Same;
        }
        // Who speaks both writes its span under the marker as well. Whichever header still names that span was not
        // written since.
        let marked = marked(w3c.trace_state(), marker);
        if marked == Some(w3c_span) {
            Self::JaegerLater
        } else if marked == Some(jaeger_span) {
            Self::W3cLater
        } else if jaeger.parent == w3c_span {
            // One old hop after one that speaks both and leaves no marker.
            Self::JaegerLater
        } else {
            Self::Undecided
        }
    }

    /// Whom to believe.
    pub(super) fn dialect(self, preferred: Dialect) -> Dialect {
        match self {
            Self::W3cOnly | Self::Same | Self::W3cLater => Dialect::W3c,
            Self::JaegerOnly | Self::JaegerLater => Dialect::Jaeger,
            Self::Nothing | Self::Undecided | Self::Conflict => preferred,
        }
    }
}

/// The span id that a hop left in the marker.
fn marked(state: &TraceState, marker: &str) -> Option<SpanId> {
    let text = state.get(marker).filter(|text| text.len() == 16)?;
    hex::parse_u64(text, Digits::Lower).map(SpanId::from)
}

/// Two contexts of one trace as one: the span of the dialect, the tracestate of W3C, and of the flags whatever one of
/// them says. A trace of which one half is recorded is worse than one that is recorded unasked.
pub(super) fn merge(w3c: SpanContext, jaeger: &SpanContext, dialect: Dialect) -> SpanContext {
    let span_id = match dialect {
        Dialect::W3c => w3c.span_id(),
        Dialect::Jaeger => jaeger.span_id(),
    };
    let mut flags =
        (w3c.trace_flags() & RANDOM).with_sampled(w3c.is_sampled() || jaeger.is_sampled());
    if flags::is_debug(jaeger.trace_flags()) {
        flags = flags | DEBUG;
    }
    if (span_id, flags) == (w3c.span_id(), w3c.trace_flags()) {
        // The usual case, and the one that need not copy the tracestate.
        return w3c;
    }
    let state = w3c.trace_state().clone();
    SpanContext::new(w3c.trace_id(), span_id, flags, true, state)
}
