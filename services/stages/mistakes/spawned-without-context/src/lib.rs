//! A task was spawned, and nothing took the context along.
//!
//! Service sms as in stage shim; `sms.rs` alone is another one.

#[path = "../../../shim/src/http.rs"]
pub mod http;
pub mod sms;
#[path = "../../../shim/src/telemetry.rs"]
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
