//! What travels through the queue, and what can become of it.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use crate::StoreError;

/// A message about to be queued.
#[derive(Clone)]
pub struct Message {
    /// Headers for whoever handles it, such as a trace context. Not secret, not trusted.
    pub headers: HashMap<String, String>,
    /// The body, sealed by the caller. The store keeps it as it is and hands it out as it is.
    pub payload: Vec<u8>,
    /// After this moment the message is worth nothing and is dropped.
    pub deadline: SystemTime,
    /// Names the effect: whatever number of deliveries, the effect happens once for this key.
    pub key: String,
}

/// A message in the hands of a consumer.
#[derive(Clone)]
pub struct Delivery {
    pub(crate) message_id: String,
    pub(crate) partition: u16,
    pub(crate) destination: String,
    pub(crate) system: &'static str,
    pub(crate) message: Message,
    pub(crate) deliveries: u32,
    /// Distinguishes this delivery from every other of the same message: who set an in-progress mark may clear it.
    pub(crate) token: String,
}

/// Whether the effect of a message may be brought about now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Begun {
    /// Yes: this delivery holds the message's key.
    Started,
    /// It has happened already: only settle.
    AlreadyDone,
    /// Another delivery is at it. Return [`Failure::InProgress`] and leave it alone.
    InProgress,
    /// Too late. Return [`Failure::Expired`].
    Expired,
}

/// Why a handler did not finish a message, and thereby what happens to it next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Try again after a growing wait, as often as the limit allows; then to the dead-letter stream.
    Retry(Cause),
    /// No number of tries would help: to the dead-letter stream at once.
    Poison(Cause),
    /// The deadline has passed: drop and count.
    Expired,
    /// Another delivery works on it: leave it where it is.
    InProgress,
}

/// The reason of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// A name of low cardinality.
    pub reason: &'static str,
    /// The error in words. It is written to the log and to the dead-letter stream, so it must not quote the message.
    pub error: String,
}

// === impl Message ===

impl Message {
    /// A message without headers.
    pub fn new(key: impl Into<String>, payload: impl Into<Vec<u8>>, deadline: SystemTime) -> Self {
        Self {
            headers: HashMap::new(),
            payload: payload.into(),
            deadline,
            key: key.into(),
        }
    }

    /// Adds headers. One of the same name is replaced.
    #[must_use]
    pub fn headers(mut self, headers: impl IntoIterator<Item = (String, String)>) -> Self {
        self.headers.extend(headers);
        self
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values may be baggage, the payload is sealed for a reason: names and sizes only.
        f.debug_struct("Message")
            .field("key", &self.key)
            .field("headers", &self.headers.len())
            .field("payload", &self.payload.len())
            .field("deadline", &self.deadline)
            .finish()
    }
}

// === impl Delivery ===

impl Delivery {
    /// The queue's own id of the message.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// The name of the stream that it came from.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// What stands behind the queue: `redis` or `memory`.
    pub fn system(&self) -> &'static str {
        self.system
    }

    /// The partition that it came from.
    pub fn partition(&self) -> u16 {
        self.partition
    }

    /// The headers it was sent with. Parse them as hostile.
    pub fn headers(&self) -> &HashMap<String, String> {
        &self.message.headers
    }

    /// The sealed body.
    pub fn payload(&self) -> &[u8] {
        &self.message.payload
    }

    /// The key under which its effect happens once; send it on to whoever brings the effect about.
    pub fn key(&self) -> &str {
        &self.message.key
    }

    /// How often it has been delivered, this time included.
    pub fn deliveries(&self) -> u32 {
        self.deliveries
    }

    /// When it becomes worthless.
    pub fn deadline(&self) -> SystemTime {
        self.message.deadline
    }

    /// Whether its deadline will have passed after `wait`.
    pub fn expires_within(&self, wait: Duration) -> bool {
        SystemTime::now() + wait >= self.message.deadline
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("destination", &self.destination)
            .field("message_id", &self.message_id)
            .field("deliveries", &self.deliveries)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

// === impl Failure ===

impl Failure {
    /// A failure that may pass.
    pub fn retry(reason: &'static str, error: impl fmt::Display) -> Self {
        Self::Retry(Cause {
            reason,
            error: error.to_string(),
        })
    }

    /// A failure that will not pass.
    pub fn poison(reason: &'static str, error: impl fmt::Display) -> Self {
        Self::Poison(Cause {
            reason,
            error: error.to_string(),
        })
    }

    /// A name of low cardinality, fit for a span attribute or a metric label.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Retry(cause) | Self::Poison(cause) => cause.reason,
            Self::Expired => "expired",
            Self::InProgress => "in_progress",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry(cause) | Self::Poison(cause) => {
                write!(f, "{}: {}", cause.reason, cause.error)
            }
            Self::Expired => f.write_str("the message is past its deadline"),
            Self::InProgress => f.write_str("another delivery of the message is in progress"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::retry(error.kind(), error)
    }
}
