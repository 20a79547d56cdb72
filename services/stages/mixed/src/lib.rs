//! The three services in the middle of their migration: OpenTracing calls and native spans in one process.
//!
//! The long stretch between two ends, as it looks when code moves where somebody works on it. Whichever API starts a span,
//! its parent is the current one, and baggage is seen by both:
//!
//! - Of [`http`], the public edge is native already; the server span of the internal services is OpenTracing's.
//! - The calls in [`api`] are OpenTracing's, inside the native span of the edge.
//! - What [`auth`] sends and asks of its store, and what [`sms`] asks of queue and gateway, is native, inside OpenTracing's
//!   spans for the request and the message.
//!
//! [`api`], [`auth`] and [`sms`] are the bare stage's files with tokens added and none changed. What the added lines call is
//! in [`opentracing`] and [`native`], a module for each API; [`telemetry`] sets both up over one provider.

pub mod api;
pub mod auth;
pub mod http;
pub mod native;
pub mod opentracing;
pub mod sms;
pub mod telemetry;

pub use telemetry::{Instrumentation, Telemetry};
