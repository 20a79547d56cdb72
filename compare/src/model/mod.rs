//! What a capture holds: spans in OpenTelemetry's terms, whoever wrote them down.

mod id;
mod span;
mod value;

pub(crate) use id::{BadId, SpanId, TraceId};
pub(crate) use span::{Dialect, Event, Kind, Link, RefType, Span, Status, service};
pub(crate) use value::Value;
