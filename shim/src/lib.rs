//! OpenTracing 1.1 for Rust, bridged to the OpenTelemetry API.

pub mod api;
pub mod scope;

pub use api::{
    Baggage, BaggageItems, CloseError, ErrorObject, ExtractCarrier, ExtractError, FieldValue,
    Fields, FinishOptions, Format, InjectCarrier, InjectError, LogRecord, Reference, ReferenceType,
    Referent, RefusedEntry, Span, SpanBuilder, SpanContext, TagValue, Tracer, fields, tags,
};
pub use scope::{InSpan, Scope, ScopeManager, SpanFuture};
