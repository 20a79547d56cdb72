//! The in-process backend: everything under one lock, nothing survives the process.
//!
//! It keeps every promise of the ports that does not need a second process, and the contract suite holds it to that.
//! A waiting receiver is woken by the message that it waits for; nothing polls.

mod challenges;
mod expiring;
mod queue;
mod receiver;
mod sessions;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;

use self::expiring::Expiring;
use crate::{
    Backend, ChallengeId, CodeMac, DeadLetter, Limits, Message, PhoneKey, QueueOptions, SessionKey,
    SessionRecord, StoreError,
};

/// What a span calls this backend.
const SYSTEM: &str = "memory";

/// Challenges, sessions and the queue in this process' memory.
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    limits: Limits,
    options: QueueOptions,
}

struct Shared {
    state: Mutex<State>,
    /// Rung whenever a message arrives in any partition.
    arrived: Notify,
}

struct State {
    challenges: Expiring<PhoneKey, Challenge>,
    failures: Expiring<PhoneKey, u32>,
    cooldowns: Expiring<PhoneKey, ()>,
    sessions: Expiring<SessionKey, SessionRecord>,
    marks: Expiring<String, Mark>,
    partitions: Vec<Partition>,
    last_id: u64,
}

struct Challenge {
    id: ChallengeId,
    mac: CodeMac,
    attempts: u32,
}

/// What is known about the effect of a message.
enum Mark {
    InProgress { token: String },
    Done,
}

#[derive(Default)]
struct Partition {
    ready: VecDeque<Entry>,
    pending: BTreeMap<u64, Pending>,
    dead: VecDeque<DeadLetter>,
}

struct Entry {
    id: u64,
    queued: SystemTime,
    message: Message,
}

struct Pending {
    entry: Entry,
    consumer: String,
    since: Instant,
    deliveries: u32,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(limits: Limits, options: QueueOptions) -> Self {
        let state = State {
            challenges: Expiring::new(),
            failures: Expiring::new(),
            cooldowns: Expiring::new(),
            sessions: Expiring::new(),
            marks: Expiring::new(),
            partitions: (0..options.partitions.max(1))
                .map(|_| Partition::default())
                .collect(),
            last_id: 0,
        };
        let shared = Shared {
            state: Mutex::new(state),
            arrived: Notify::new(),
        };
        Self {
            shared: Arc::new(shared),
            limits,
            options,
        }
    }

    /// The same store in the eyes of another consumer.
    #[must_use]
    pub fn as_consumer(&self, consumer: impl Into<String>) -> Self {
        let mut other = self.clone();
        other.options.consumer = consumer.into();
        other
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the lock")
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("limits", &self.limits)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for MemoryStore {
    fn system(&self) -> &'static str {
        SYSTEM
    }

    fn peer(&self) -> Option<(&str, u16)> {
        None
    }

    async fn ping(&self, _within: Duration) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) {}
}
