//! The three services without instrumentation: the text that every other stage is measured against.
//!
//! [`api`], [`auth`] and [`sms`] are the flows: routes, handlers, and one small function for each step that another stage
//! puts a span around. What a handler reads, asks and answers is in the service crates of the same names; the steps call on
//! `app` for it. A call stays open until it is sent, and a message until it is stored, so that a stage can add headers
//! without changing a line.

pub mod api;
pub mod auth;
pub mod sms;
