//! Challenges, sessions and the message queue: ports, Redis and in-process.
//!
//! Read [`ports`] first: what the services may ask of a store, and what every answer promises. [`types`] and
//! [`message`] hold the nouns that cross a port, [`consumer`] the loop that feeds messages to a handler. Then come the
//! two backends: [`memory`], short and plain, and `redis`, which does the same in scripts. One contract suite
//! (`tests/contract`) runs against both.

pub mod consumer;
pub mod dead_letter;
pub mod error;
pub mod memory;
pub mod message;
mod names;
pub mod options;
pub mod ports;
pub mod redis;
pub mod types;

pub use consumer::{Consumer, ConsumerStats};
pub use dead_letter::DeadLetter;
pub use error::StoreError;
pub use memory::MemoryStore;
pub use message::{Begun, Cause, Delivery, Failure, Message};
pub use options::{Limits, QueueOptions};
pub use ports::{Backend, Batch, Challenges, Queue, Receiver, Sessions, Store};
pub use redis::RedisStore;
pub use types::{
    Attempt, ChallengeId, CodeMac, Issued, MalformedChallengeId, NewChallenge, PhoneKey,
    SessionKey, SessionRecord,
};
