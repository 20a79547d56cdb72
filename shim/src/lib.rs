//! OpenTracing 1.1 for Rust, bridged to the OpenTelemetry API.

pub mod api;
pub mod bridge;
pub mod propagation;
pub mod scope;

pub use api::{
    Baggage, BaggageItems, CloseError, ErrorObject, ExtractCarrier, ExtractError, FieldValue,
    Fields, FinishOptions, Format, InjectCarrier, InjectError, LogRecord, Reference, ReferenceType,
    Referent, RefusedEntry, Span, SpanBuilder, SpanContext, TagValue, Tracer, fields, tags,
};
pub use bridge::{SpanKindMapping, TracerShim};
pub use scope::{InSpan, Scope, ScopeManager, SpanFuture};

/// The version of this crate, which is also the version of the instrumentation scope of its spans.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
