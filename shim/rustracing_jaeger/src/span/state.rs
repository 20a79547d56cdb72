//! What identifies a span to Jaeger.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::TraceState;
use opentracing_shim_legacy::Ids;
use trackable::{track, track_assert_some};

use super::{CandidateSpan, TraceId};
use crate::{Error, ErrorKind, Result, error};

pub(super) const SAMPLED: u8 = 0b01;
pub(super) const DEBUG: u8 = 0b10;

/// The ids of a span, with Jaeger's flags.
///
/// Its text is that of the header `uber-trace-id`.
#[derive(Clone)]
pub struct SpanContextState {
    pub(super) trace_id: TraceId,
    pub(super) span_id: u64,
    pub(super) flags: u8,
    /// Empty if there is none.
    pub(super) debug_id: String,
    /// It came from outside. The original does not know; OpenTelemetry's spans say it of their parent.
    pub(super) is_remote: bool,
    /// What other tracers want to have passed on. Empty unless the headers of W3C are read.
    pub(super) trace_state: TraceState,
}

impl SpanContextState {
    /// The id of the trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The id of the span.
    pub fn span_id(&self) -> u64 {
        self.span_id
    }

    /// Whether the span is recorded where it comes from.
    pub fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// The name under which somebody asked for the trace, in the header `jaeger-debug-id`.
    pub fn debug_id(&self) -> Option<&str> {
        (!self.debug_id.is_empty()).then_some(self.debug_id.as_str())
    }

    /// The flags: 1 is sampled, 2 is debug.
    pub fn flags(&self) -> u8 {
        self.flags
    }

    /// The state of a context that has no ids, only a debug id.
    pub(super) fn debug_only(debug_id: String) -> Self {
        Self {
            trace_id: TraceId { high: 0, low: 0 },
            span_id: 0,
            flags: DEBUG,
            debug_id,
            is_remote: true,
            trace_state: TraceState::NONE,
        }
    }

    /// The state of a new span in a new trace.
    pub(crate) fn root() -> Self {
        Self::in_trace(TraceId::default())
    }

    /// The state of a new span in this trace.
    fn in_trace(trace_id: TraceId) -> Self {
        Self {
            trace_id,
            span_id: rand::random(),
            flags: SAMPLED,
            debug_id: String::new(),
            is_remote: false,
            trace_state: TraceState::NONE,
        }
    }

    pub(super) fn with_debug_id(mut self, debug_id: String) -> Self {
        if !debug_id.is_empty() {
            self.flags |= DEBUG;
            self.debug_id = debug_id;
        }
        self
    }

    pub(crate) fn is_remote(&self) -> bool {
        self.is_remote
    }

    pub(crate) fn ids(&self) -> Ids {
        Ids {
            trace_high: self.trace_id.high,
            trace_low: self.trace_id.low,
            span_id: self.span_id,
            flags: self.flags,
        }
    }

    /// The state of a span that came from elsewhere in OpenTelemetry's form.
    pub(crate) fn foreign(ids: Ids, trace_state: TraceState, is_remote: bool) -> Self {
        Self {
            trace_id: TraceId {
                high: ids.trace_high,
                low: ids.trace_low,
            },
            span_id: ids.span_id,
            flags: ids.flags,
            debug_id: String::new(),
            is_remote,
            trace_state,
        }
    }
}

/// The text of `uber-trace-id`: the ids of trace and span, a zero where the parent's once was, the flags.
impl fmt::Display for SpanContextState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:x}:0:{:x}", self.trace_id, self.span_id, self.flags)
    }
}

impl FromStr for SpanContextState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.splitn(4, ':');
        let mut part = || Ok::<_, Error>(track_assert_some!(parts.next(), ErrorKind::InvalidInput));
        let trace_id = track!(track!(part())?.parse())?;
        let span_id = track!(number(track!(part())?))?;
        let _parent_id = track!(number(track!(part())?))?;
        let flags = track!(u8::from_str_radix(track!(part())?, 16).map_err(error::invalid))?;
        Ok(Self {
            trace_id,
            span_id,
            flags,
            debug_id: String::new(),
            is_remote: true,
            trace_state: TraceState::NONE,
        })
    }
}

fn number(digits: &str) -> Result<u64> {
    track!(u64::from_str_radix(digits, 16).map_err(error::invalid))
}

/// The state of a new span: in the trace of its first reference, or in one of its own.
///
/// A reference without a trace is a request for debugging, or broken. The span begins a trace, and carries the debug id.
impl<'a> From<CandidateSpan<'a>> for SpanContextState {
    fn from(span: CandidateSpan<'a>) -> Self {
        let Some(first) = span.references().first() else {
            return Self::root();
        };
        let first = first.span();
        if first.trace_id.is_valid() {
            return Self {
                trace_state: first.trace_state.clone(),
                ..Self::in_trace(first.trace_id)
            };
        }
        Self::root().with_debug_id(first.debug_id.clone())
    }
}

/// With the fields of the original.
impl fmt::Debug for SpanContextState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanContextState")
            .field("trace_id", &self.trace_id)
            .field("span_id", &self.span_id)
            .field("flags", &self.flags)
            .field("debug_id", &self.debug_id)
            .finish()
    }
}
