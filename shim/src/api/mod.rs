//! OpenTracing 1.1 as Rust values and traits. No OpenTelemetry in sight.
//!
//! Read in this order: [`Tracer`] starts everything, [`SpanBuilder`] describes a span, [`Span`] is the handle to it,
//! [`SpanContext`] is the part that travels. `tag.rs` and `log.rs` hold the values, `carrier.rs` and `format.rs` the
//! way across processes. [`backend`] lists the traits behind the handles, [`noop`] and [`mock`] implement them.

pub mod backend;
pub(crate) mod baggage;
mod carrier;
mod carrier_bytes;
mod carrier_http;
mod error;
mod finish;
mod format;
mod log;
pub mod mock;
pub mod noop;
mod reference;
mod span;
mod span_builder;
mod span_context;
mod tag;
mod tracer;

pub mod fields;
pub mod tags;

pub use baggage::{Baggage, BaggageItems};
pub use carrier::{ExtractCarrier, InjectCarrier, NoBytes, RefusedEntry};
pub use error::{CloseError, ExtractError, InjectError};
pub use finish::FinishOptions;
pub use format::Format;
pub use log::{ErrorObject, FieldValue, Fields, LogRecord};
pub use reference::{Reference, ReferenceType, Referent};
pub use span::Span;
pub use span_builder::{SpanBuilder, SpanStart};
pub use span_context::SpanContext;
pub use tag::TagValue;
pub use tracer::Tracer;
