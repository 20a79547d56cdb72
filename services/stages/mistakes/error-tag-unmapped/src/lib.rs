//! The tag `error` became an attribute, where the status of the span belongs.
//!
//! Service auth as in stage native; `telemetry.rs` alone is another one.

#[path = "../../../native/src/auth.rs"]
pub mod auth;
#[path = "../../../native/src/http.rs"]
pub mod http;
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
