//! A scope was open when a future was made, and closed when it ran.
//!
//! Service auth as in stage shim; `http.rs` alone is another one.

#[path = "../../../shim/src/auth.rs"]
pub mod auth;
pub mod http;
#[path = "../../../shim/src/telemetry.rs"]
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
