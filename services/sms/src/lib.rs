//! The consumer that turns queued messages into text messages, without the flow that ties its parts together.
//!
//! The flow is in the stages, one text for each: `services/stages/bare/src/sms.rs` is the plain one. In reading order:
//!
//! - [`gateway`]: whoever sends text messages, over HTTP or into the demo's inbox.
//! - [`queue`]: the calls on the queue, open until they are sent.
//! - [`App`] is what the consumer and the routes share, [`Config`] what an operator sets.

pub mod app;
pub mod config;
pub mod gateway;
pub mod inbox_route;
pub mod queue;

pub use app::App;
pub use config::Config;
pub use gateway::{Gateway, GatewayCall, GatewayError, Inbox, Receipt, Sms};
pub use queue::QueueCalls;
pub use store::{Begun, Delivery, Failure};
