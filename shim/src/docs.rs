//! Pages to learn from; nothing here is code.
//!
//! - [`scopes`]: active spans on threads and in futures.
//! - [`baggage`]: items that travel with a trace, and how late they may be.
//! - [`propagation`](crate::propagation): the wire formats, and a fleet that speaks two dialects.
//! - [`mixing`]: OpenTracing, OpenTelemetry and `tracing` in one process.
//! - [`errors`]: calls that fail, and spans that report a failure.
//! - [`migrating`]: the names of Java, Go and Python.

#[doc = include_str!("../docs/baggage.md")]
pub mod baggage {}

#[doc = include_str!("../docs/errors.md")]
pub mod errors {}

#[doc = include_str!("../docs/migrating.md")]
pub mod migrating {}

#[doc = include_str!("../docs/mixing.md")]
pub mod mixing {}

#[doc = include_str!("../docs/scopes.md")]
pub mod scopes {}
