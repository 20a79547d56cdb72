//! The three services with the published `rustracing` and `rustracing_jaeger`: what a migration begins with.
//!
//! [`api`], [`auth`] and [`sms`] are the bare stage's files with tokens added and none changed. There is no current span: a
//! request's [`SpanHandle`](rustracing_jaeger::span::SpanHandle) travels as an argument, from the handler to every step.
//! [`telemetry`] holds what the added lines call, [`http`] is the server span around a request, [`settings`] says where
//! spans go and which are kept, and [`reporter`] is the thread that sends them.
//!
//! What the libraries cannot do is kept as it is, since it is what people have:
//!
//! - A span that is not kept has no context, and so no header goes out: the next service decides anew, and a trace that is
//!   kept by one may begin in the middle. A header that says "not sampled" is not believed either.
//! - Baggage stays within its service.
//! - A full channel drops spans, and nobody counts them.
//! - One batch is one datagram: where it is lost, nobody hears of it.

pub mod api;
pub mod auth;
pub mod http;
pub mod reporter;
pub mod settings;
pub mod sms;
pub mod telemetry;

pub use settings::Settings;
pub use telemetry::{Instrumentation, Telemetry};
