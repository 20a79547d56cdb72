//! The three services with `tracing` and OpenTelemetry.
//!
//! [`api`], [`auth`] and [`sms`] are the bare stage's files with tokens added and none changed. [`telemetry`] holds what the
//! added lines call: set-up, `inject`, `extract` and how an error is recorded. [`http`] is the server span around a request.

pub mod api;
pub mod auth;
pub mod http;
pub mod sms;
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
