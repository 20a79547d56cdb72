//! What a trace is, whoever stored it: the nouns of Jaeger's model, with the ids of the OpenTelemetry API.
//!
//! [`Tags`] hold everything as it was sent or shown; [`Span::kind`] and [`Span::status`] are read from the tags into which
//! Jaeger writes them. [`Trace`] answers the questions about structure: roots, orphans, children, edges.
//! Beside it stand the [`LogRecord`]s that belong to it, which Jaeger does not have.

mod record;
mod span;
mod tags;
mod trace;

pub use record::{LogRecord, Severity};
pub use span::{Kind, Log, Process, RefType, Reference, Span, Status};
pub use tags::{Tags, Value};
pub use trace::{Edge, Trace};

use opentelemetry::trace::{SpanId, TraceId};

/// Reads a trace id of 1 to 32 hexadecimal digits; a short one is the low end of a 128-bit id, as old clients wrote it.
pub fn parse_trace_id(text: &str) -> Option<TraceId> {
    digits(text, 32).and_then(|digits| TraceId::from_hex(digits).ok())
}

/// Reads a span id of 1 to 16 hexadecimal digits.
pub fn parse_span_id(text: &str) -> Option<SpanId> {
    digits(text, 16).and_then(|digits| SpanId::from_hex(digits).ok())
}

/// The API's own readers also take a sign in front and any number of zeros, which no id has.
fn digits(text: &str, longest: usize) -> Option<&str> {
    let valid =
        (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    valid.then_some(text)
}
