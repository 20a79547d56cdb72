//! What a trace is, whoever stored it: the nouns of Jaeger's model, with the ids of the OpenTelemetry API.
//!
//! [`Tags`] hold everything as it was sent or shown; [`Span::kind`] and [`Span::status`] are read from the tags into which
//! Jaeger writes them. [`Trace`] answers the questions about structure: roots, orphans, children, edges.

mod span;
mod tags;
mod trace;

pub use span::{Kind, Log, Process, RefType, Reference, Span, Status};
pub use tags::{Tags, Value};
pub use trace::{Edge, Trace};

use opentelemetry::trace::TraceId;

/// Reads a trace id of 1 to 32 hexadecimal digits; a short one is the low end of a 128-bit id, as old clients wrote it.
///
/// `TraceId::from_hex` also takes a leading sign, which no id has.
pub fn parse_trace_id(text: &str) -> Option<TraceId> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits {
        TraceId::from_hex(text).ok()
    } else {
        None
    }
}

/// Reads a span id of 1 to 16 hexadecimal digits.
pub fn parse_span_id(text: &str) -> Option<opentelemetry::trace::SpanId> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits {
        opentelemetry::trace::SpanId::from_hex(text).ok()
    } else {
        None
    }
}
