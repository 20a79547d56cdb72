//! The sampler does not ask whether the caller keeps the trace.
//!
//! Service auth as in stage shim; `telemetry.rs` alone is another one.

#[path = "../../../shim/src/auth.rs"]
pub mod auth;
#[path = "../../../shim/src/http.rs"]
pub mod http;
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
