//! A FollowsFrom reference became a link, and no parent.
//!
//! Service sms as in stage native; `telemetry.rs` alone is another one.

#[path = "../../../native/src/http.rs"]
pub mod http;
#[path = "../../../native/src/sms.rs"]
pub mod sms;
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
