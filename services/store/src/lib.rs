//! Challenges, sessions and the message queue: ports, Redis and in-process.
//!
//! Read [`ports`] first: what the services may ask of a store, and what every answer promises. [`types`] holds the nouns
//! that cross a port, [`message`] what travels through the queue.

pub mod error;
pub mod message;
pub mod options;
pub mod ports;
pub mod types;

pub use error::StoreError;
pub use message::{Begun, Cause, Delivery, Failure, Message};
pub use options::{Limits, QueueOptions};
pub use ports::{Backend, Batch, Challenges, Queue, Receiver, Sessions};
pub use types::{
    Attempt, ChallengeId, CodeMac, Issued, NewChallenge, PhoneKey, SessionKey, SessionRecord,
};
