//! The path stands in a span's name, where the template of the route belongs.
//!
//! Service sms as in stage shim; `http.rs` alone is another one.

pub mod http;
#[path = "../../../shim/src/sms.rs"]
pub mod sms;
#[path = "../../../shim/src/telemetry.rs"]
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
