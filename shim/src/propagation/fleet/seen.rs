//! What the hook is told.

use super::Verdict;
use crate::propagation::outcome::Read;

/// The formats that one carrier held.
///
/// Count them by [`Verdict::as_str`]: as long as [`is_from_old_service`](Self::is_from_old_service) is ever true, there
/// are services left that speak Jaeger alone. Those that only get called do not show here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// What the headers of both dialects say together.
    pub verdict: Verdict,
    /// The state of `traceparent`; absent if the dialect is not read.
    pub traceparent: Header,
    /// The state of `uber-trace-id`; absent if the dialect is not read.
    pub uber_trace_id: Header,
    /// Whether a `baggage` header held items.
    pub baggage: bool,
    /// Whether `uberctx-*` or `jaeger-baggage` held items.
    pub uberctx: bool,
    /// Whether a `jaeger-debug-id` forces a trace.
    pub debug_id: bool,
}

impl Seen {
    pub(super) const fn nothing() -> Self {
        Self {
            verdict: Verdict::Nothing,
            traceparent: Header::Absent,
            uber_trace_id: Header::Absent,
            baggage: false,
            uberctx: false,
            debug_id: false,
        }
    }

    /// Whether a service that writes Jaeger alone had the request after the last one that writes both.
    pub fn is_from_old_service(&self) -> bool {
        match self.verdict {
            Verdict::JaegerOnly | Verdict::JaegerLater | Verdict::Undecided | Verdict::Conflict => {
                true
            }
            Verdict::Nothing => self.uberctx || self.uber_trace_id == Header::Corrupt,
            Verdict::W3cOnly | Verdict::Same | Verdict::W3cLater => false,
        }
    }
}

/// The state of one header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Header {
    /// It is not there, or not read.
    Absent,
    /// It is there, and refused.
    Corrupt,
    /// It holds a context.
    Valid,
}

impl Header {
    pub(super) fn of<T>(read: &Read<T>) -> Self {
        match read {
            Read::Absent => Self::Absent,
            Read::Nothing(outcome) if outcome.is_silent() => Self::Absent,
            Read::Nothing(_) => Self::Corrupt,
            Read::Valid(_) => Self::Valid,
        }
    }
}
