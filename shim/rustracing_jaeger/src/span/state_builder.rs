//! States that a program makes itself.

use opentelemetry::trace::TraceState;

use super::state::{DEBUG, SAMPLED};
use super::{SpanContextState, TraceId};

/// Makes a [`SpanContextState`], for example from a carrier of the program's own.
#[derive(Debug, Clone)]
pub struct SpanContextStateBuilder {
    trace_id: Option<TraceId>,
    span_id: Option<u64>,
    flags: u8,
    debug_id: String,
}

impl SpanContextStateBuilder {
    /// Begins with random ids, and the flag for sampled.
    pub fn new() -> Self {
        Self {
            trace_id: None,
            span_id: None,
            flags: SAMPLED,
            debug_id: String::new(),
        }
    }

    /// Sets the id of the trace.
    pub fn trace_id(mut self, trace_id: TraceId) -> Self {
        self.trace_id = Some(trace_id);
        self
    }

    /// Sets the id of the span.
    pub fn span_id(mut self, span_id: u64) -> Self {
        self.span_id = Some(span_id);
        self
    }

    /// Sets the debug id, and the flag for debug, unless the id is empty.
    pub fn debug_id(mut self, debug_id: String) -> Self {
        if !debug_id.is_empty() {
            self.flags |= DEBUG;
            self.debug_id = debug_id;
        }
        self
    }

    /// Makes the state.
    pub fn finish(self) -> SpanContextState {
        SpanContextState {
            trace_id: self.trace_id.unwrap_or_default(),
            span_id: self.span_id.unwrap_or_else(rand::random),
            flags: self.flags,
            debug_id: self.debug_id,
            // The program may mean either. This one claims less.
            is_remote: false,
            trace_state: TraceState::NONE,
        }
    }
}

impl Default for SpanContextStateBuilder {
    fn default() -> Self {
        Self::new()
    }
}
