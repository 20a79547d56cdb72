//! What the three services stand on, and nothing that belongs to one of them alone.
//!
//! In reading order:
//!
//! - [`phone`], [`code`], [`secret`]: the values that must never show up in a log, a span or a URL. Their `Debug` is
//!   redacted, and the clear text has to be asked for by name.
//! - [`sealed`]: the text message on its way through the queue, readable by nobody who has only the queue.
//! - [`fields`], [`body`], [`bearer`]: what comes in over HTTP.
//! - [`problem`]: what goes out when something is wrong, as `application/problem+json`.
//! - [`guard`], [`credential`], [`health`]: what stands around the routes of a service.
//! - [`server`], [`drain`]: the life of a listener, from accept to drain.
//! - [`client`], [`call`], [`query`]: a call over HTTP or on a store that stays open until it is sent, so that a span can
//!   be put around it and context into it.
//! - [`config`]: how durations and secrets are read from flags and variables.
//!
//! There is no tracing crate in this manifest. Instrumentation is what the stages add.

pub mod bearer;
pub mod body;
pub mod call;
pub mod client;
pub mod code;
pub mod config;
pub mod credential;
pub mod drain;
pub mod fields;
pub mod guard;
pub mod health;
pub mod phone;
pub mod problem;
pub mod query;
pub mod sealed;
pub mod secret;
pub mod server;

pub use bearer::Bearer;
pub use body::Body;
pub use call::{Call, CallError, Reply};
pub use client::{Client, Timeouts};
pub use code::Code;
pub use credential::Credential;
pub use drain::Drain;
pub use health::Readiness;
pub use phone::{Phone, Region};
pub use problem::Problem;
pub use query::Query;
pub use reqwest::Url;
