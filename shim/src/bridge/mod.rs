//! The tracer over OpenTelemetry.
//!
//! The files have the names of those in `api/`, so that a pair reads as declaration and meaning: `tracer.rs` starts
//! spans, `span.rs` records them, `reference.rs` turns references into parent and links, `tag.rs` and `log.rs` values
//! into attributes and events, `carrier.rs` adapts carriers. `scope.rs` keeps the active span in OpenTelemetry's
//! `Context`; `native.rs` is what native code sees there, `foreign.rs` what we see of a span that native code put there.
//!
//! Only this module and [`propagation`](crate::propagation) name OpenTelemetry in their public signatures.

mod baggage;
mod builder;
mod carrier;
mod foreign;
mod log;
mod native;
mod reference;
mod scope;
mod span;
mod span_context;
mod tag;
mod teardown;
mod tracer;
mod tracers;

pub use builder::{SpanKindMapping, TracerShim, TracerShimBuilder};
pub(crate) use scope::with_live_baggage;
#[cfg(feature = "sdk")]
pub(crate) use {builder::SCOPE_NAME, tag::keep_last};
