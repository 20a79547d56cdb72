//! What the services ask of a store.
//!
//! [`Challenges`] and [`Sessions`] are auth's side, [`Queue`] is sms'. One backend implements all of them, because a
//! challenge and the message that carries its code must be committed together. Both backends pass one contract suite.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::{
    Attempt, Begun, Cause, ChallengeId, CodeMac, DeadLetter, Delivery, Issued, Message,
    NewChallenge, PhoneKey, QueueOptions, SessionKey, SessionRecord, StoreError,
};

/// What every port has.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync {
    /// What stands behind the port, as a span's `db.system` names it: `redis` or `memory`.
    fn system(&self) -> &'static str;

    /// The host and port of the server, for a backend that has one.
    fn peer(&self) -> Option<(&str, u16)>;

    /// Asks for a sign of life, and takes no longer than `within`.
    ///
    /// # Errors
    /// When there is none in time.
    async fn ping(&self, within: Duration) -> Result<(), StoreError>;

    /// Lets go of connections. Takes a bounded time, whatever state the store is in.
    async fn close(&self);
}

/// One-time codes.
///
/// A phone has at most one challenge; a new one replaces it. The count of attempts belongs to the phone and survives
/// that. It is forgotten a while after the last attempt, or by a success.
#[async_trait]
pub trait Challenges: Backend {
    /// The stream that messages to this phone go to.
    fn destination(&self, phone: &PhoneKey) -> String;

    /// Stores the challenge and queues the message: both or neither.
    ///
    /// # Errors
    /// Nothing was stored and the cooldown has not begun, except after [`StoreError::UnknownOutcome`]: then both or
    /// neither happened.
    async fn issue(&self, challenge: NewChallenge, message: Message) -> Result<Issued, StoreError>;

    /// Counts an attempt, then says what the code is to be compared with.
    ///
    /// Counting comes first, so that any number of parallel guesses gets the allowed number of comparisons. An attempt
    /// once counted is never given back. An attempt on a challenge that this phone does not have is not counted:
    /// it teaches a guesser nothing, and counting it would let anybody lock out any phone.
    ///
    /// # Errors
    /// The attempt may have been counted.
    async fn count_attempt(
        &self,
        id: &ChallengeId,
        phone: &PhoneKey,
    ) -> Result<Attempt, StoreError>;

    /// Uses up the challenge, if it still is the one that was compared. Of any number of callers one is told `true`.
    /// Forgets the phone's attempts.
    ///
    /// # Errors
    /// After [`StoreError::UnknownOutcome`] the challenge may be used up with nobody having won.
    async fn claim(
        &self,
        id: &ChallengeId,
        phone: &PhoneKey,
        mac: &CodeMac,
    ) -> Result<bool, StoreError>;
}

/// Sessions of those who have logged in.
#[async_trait]
pub trait Sessions: Backend {
    /// Stores a session. It disappears when it was not looked up for `idle`.
    ///
    /// # Errors
    /// The session may have been stored.
    async fn create(
        &self,
        key: &SessionKey,
        record: &SessionRecord,
        idle: Duration,
    ) -> Result<(), StoreError>;

    /// Looks a session up and lets it live for another `idle`, never past [`SessionRecord::expires`].
    ///
    /// # Errors
    /// Nobody knows whether there is such a session.
    async fn find(
        &self,
        key: &SessionKey,
        idle: Duration,
    ) -> Result<Option<SessionRecord>, StoreError>;

    /// Ends a session and says whether there was one.
    ///
    /// # Errors
    /// The session may have been ended.
    async fn revoke(&self, key: &SessionKey) -> Result<bool, StoreError>;
}

/// The consumer's side of the message queue.
///
/// Delivery is at least once: a message is handed out again until it is settled, dropped or dead. What makes its effect
/// happen once is [`begin`](Queue::begin) and the message's key.
#[async_trait]
pub trait Queue: Backend {
    /// The numbers that this queue was built with.
    fn options(&self) -> &QueueOptions;

    /// Opens a partition for reading.
    fn receiver(&self, partition: u16) -> Box<dyn Receiver>;

    /// Asks for leave to bring about the message's effect. Call it before, and act on every answer.
    ///
    /// # Errors
    /// Leave may have been given; it lapses by itself.
    async fn begin(&self, delivery: &Delivery) -> Result<Begun, StoreError>;

    /// The effect has happened: remembers that and removes the message, in one step.
    ///
    /// # Errors
    /// The message may come again. [`begin`](Queue::begin) will then say whether the mark was written.
    async fn settle(&self, delivery: &Delivery) -> Result<(), StoreError>;

    /// Gives back the leave that [`begin`](Queue::begin) gave, because the effect has not happened.
    ///
    /// # Errors
    /// The leave lapses by itself.
    async fn release(&self, delivery: &Delivery) -> Result<(), StoreError>;

    /// Takes a message again for another try, if nobody else has taken it in the meantime and it was left alone for
    /// `idle`.
    ///
    /// # Errors
    /// The message stays pending and is found by the next sweep.
    async fn retake(
        &self,
        delivery: &Delivery,
        idle: Duration,
    ) -> Result<Option<Delivery>, StoreError>;

    /// Removes the message and writes its obituary to the dead-letter stream, in one step. The payload is not kept.
    ///
    /// # Errors
    /// The message may come again.
    async fn dead_letter(&self, delivery: &Delivery, cause: &Cause) -> Result<(), StoreError>;

    /// Removes a message whose deadline has passed.
    ///
    /// # Errors
    /// The message may come again.
    async fn discard(&self, delivery: &Delivery) -> Result<(), StoreError>;

    /// How many messages are queued, delivered or not, over all partitions.
    ///
    /// # Errors
    /// Nobody knows.
    async fn backlog(&self) -> Result<u64, StoreError>;

    /// The latest dead letters of a partition, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn dead_letters(
        &self,
        partition: u16,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError>;
}

/// A whole backend. `Arc<dyn Store>` coerces to an `Arc` of any single port.
pub trait Store: Challenges + Sessions + Queue {}

impl<S: Challenges + Sessions + Queue> Store for S {}

/// What one look into a partition brought.
#[derive(Debug, Default)]
pub struct Batch {
    /// Messages, now in the hands of this consumer.
    pub deliveries: Vec<Delivery>,
    /// Entries that nobody could read. They are in the dead-letter stream now.
    pub unreadable: u64,
    /// Messages that were removed from the stream while they were still pending.
    pub lost: u64,
    /// How often the consumer group was missing and has been made anew.
    pub group_recreated: u64,
}

/// One partition, open for reading. First comes what this consumer had not finished, then what others abandoned, then
/// what is new. Dropping it lets go of its connection.
#[async_trait]
pub trait Receiver: fmt::Debug + Send {
    /// Waits for messages and takes up to `room` of them. Returns an empty batch now and then.
    ///
    /// Dropping the future loses nothing: what was handed out unseen stays pending and is delivered again.
    ///
    /// # Errors
    /// When the store cannot be read; the next call tries again.
    async fn receive(&mut self, room: usize) -> Result<Batch, StoreError>;
}
