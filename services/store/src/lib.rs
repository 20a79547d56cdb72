//! Challenges, sessions and the message queue: ports, Redis and in-process.
//!
//! Read [`ports`] first: what the services may ask of a store, and what every answer promises. [`types`] and
//! [`message`] hold the nouns that cross a port, [`consumer`] the loop that feeds messages to a handler. Then come the
//! two backends: [`memory`], short and plain, and `redis`, which does the same in scripts. One contract suite
//! (`tests/contract`) runs against both.
//!
//! # Examples
//!
//! A code is issued together with the message that carries it, and a consumer delivers the message:
//!
//! ```
//! use std::sync::Arc;
//! use std::time::{Duration, SystemTime};
//!
//! use store::{
//!     Begun, ChallengeId, Challenges, CodeMac, Consumer, Delivery, Failure, Issued, Limits, MemoryStore, Message,
//!     NewChallenge, PhoneKey, Queue, QueueOptions,
//! };
//! use tokio_util::sync::CancellationToken;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), store::StoreError> {
//! let store = Arc::new(MemoryStore::new(Limits::default(), QueueOptions::default()));
//! let challenge = NewChallenge {
//!     id: ChallengeId::from_bytes([1; 16]),
//!     phone: PhoneKey::from_bytes([2; 32]),
//!     mac: CodeMac::from_bytes([3; 32]),
//! };
//! let deadline = SystemTime::now() + Duration::from_secs(300);
//! let message = Message::new(challenge.id.to_string(), b"sealed", deadline);
//! assert!(matches!(store.issue(challenge, message).await?, Issued::Queued { .. }));
//!
//! let drain = CancellationToken::new();
//! let queue: Arc<dyn Queue> = store.clone();
//! let handler = {
//!     let (queue, drain) = (queue.clone(), drain.clone());
//!     move |delivery: Delivery| {
//!         let (queue, drain) = (queue.clone(), drain.clone());
//!         async move {
//!             match queue.begin(&delivery).await? {
//!                 Begun::Started => println!("{} bytes are sent", delivery.payload().len()),
//!                 Begun::AlreadyDone => {}
//!                 Begun::InProgress => return Err(Failure::InProgress),
//!                 Begun::Expired => return Err(Failure::Expired),
//!             }
//!             queue.settle(&delivery).await?;
//!             drain.cancel();
//!             Ok(())
//!         }
//!     }
//! };
//! Consumer::new(queue).run(drain, handler).await;
//! assert_eq!(store.backlog().await?, 0);
//! # Ok(())
//! # }
//! ```

pub mod consumer;
pub mod dead_letter;
pub mod error;
pub mod memory;
pub mod message;
mod names;
pub mod namespace;
pub mod options;
pub mod ports;
pub mod redis;
pub mod types;

pub use consumer::{Consumer, ConsumerStats};
pub use dead_letter::DeadLetter;
pub use error::StoreError;
pub use memory::MemoryStore;
pub use message::{Begun, Cause, Delivery, Failure, Message};
pub use namespace::{Namespace, NotANamespace};
pub use options::{Limits, QueueOptions};
pub use ports::{Backend, Batch, Challenges, Queue, Receiver, Sessions, Store};
pub use redis::RedisStore;
pub use types::{
    Attempt, ChallengeId, CodeMac, Issued, MalformedChallengeId, NewChallenge, PhoneKey,
    SessionKey, SessionRecord,
};
