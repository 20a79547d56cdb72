//! Ids are written into headers without their leading zeros.
//!
//! Service api as in stage native; `telemetry.rs` alone is another one.

#[path = "../../../native/src/api.rs"]
pub mod api;
#[path = "../../../native/src/http.rs"]
pub mod http;
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
