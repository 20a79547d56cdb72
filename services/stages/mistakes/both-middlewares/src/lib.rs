//! The new middleware was put in, and the old one left.
//!
//! Service auth as in stage mixed; `http.rs` alone is another one.

#[path = "../../../mixed/src/auth.rs"]
pub mod auth;
pub mod http;
#[path = "../../../mixed/src/native.rs"]
pub mod native;
#[path = "../../../mixed/src/opentracing.rs"]
pub mod opentracing;
#[path = "../../../mixed/src/telemetry.rs"]
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
