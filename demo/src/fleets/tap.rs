//! A store that can be listened to, and switched off.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use store::{
    Attempt, Backend, Begun, Cause, ChallengeId, Challenges, CodeMac, DeadLetter, Delivery, Issued,
    Limits, MemoryStore, Message, NewChallenge, PhoneKey, Queue, QueueOptions, Receiver,
    SessionKey, SessionRecord, Sessions, Store, StoreError,
};
use tokio::sync::watch;

/// The store of a fleet, in memory or in a Redis. What auth sends to sms passes here, whatever stage either is in.
#[derive(Debug)]
pub(crate) struct Tap {
    inner: Arc<dyn Store>,
    away: AtomicBool,
    headers: Mutex<Vec<HashMap<String, String>>>,
    settled: watch::Sender<usize>,
}

impl Tap {
    /// An empty store in memory.
    #[must_use]
    pub(crate) fn new() -> Self {
        let (limits, queue) = (Limits::default(), QueueOptions::default());
        Self::over(Arc::new(MemoryStore::new(limits, queue)))
    }

    /// This store, which ends when nobody holds it any more.
    #[must_use]
    pub(crate) fn over(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            away: AtomicBool::new(false),
            headers: Mutex::default(),
            settled: watch::Sender::new(0),
        }
    }

    /// From now on no session can be found, or can again.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// The headers of all messages so far.
    #[must_use]
    pub(crate) fn headers(&self) -> Vec<HashMap<String, String>> {
        let headers = self.headers.lock();
        headers.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hear(&self, message: &Message) {
        let headers = self.headers.lock();
        let mut headers = headers.unwrap_or_else(PoisonError::into_inner);
        headers.push(message.headers.clone());
    }

    /// Waits until sms is done with this many messages.
    ///
    /// # Errors
    ///
    /// If it is not in time.
    pub(crate) async fn settled(&self, messages: usize, within: Duration) -> anyhow::Result<()> {
        let mut settled = self.settled.subscribe();
        let done = settled.wait_for(|settled| *settled >= messages);
        let waited = tokio::time::timeout(within, done).await;
        anyhow::ensure!(waited.is_ok(), "sms did not get {messages} messages done");
        Ok(())
    }
}

#[async_trait]
impl Backend for Tap {
    fn system(&self) -> &'static str {
        self.inner.system()
    }

    fn peer(&self) -> Option<(&str, u16)> {
        self.inner.peer()
    }

    async fn ping(&self, within: Duration) -> Result<(), StoreError> {
        self.inner.ping(within).await
    }

    /// Does nothing: auth ends before sms, which is not done with the store by then.
    async fn close(&self) {}
}

#[async_trait]
impl Challenges for Tap {
    fn destination(&self, phone: &PhoneKey) -> String {
        self.inner.destination(phone)
    }

    async fn issue(&self, challenge: NewChallenge, message: Message) -> Result<Issued, StoreError> {
        self.hear(&message);
        self.inner.issue(challenge, message).await
    }

    async fn count_attempt(
        &self,
        id: &ChallengeId,
        phone: &PhoneKey,
    ) -> Result<Attempt, StoreError> {
        self.inner.count_attempt(id, phone).await
    }

    async fn claim(
        &self,
        id: &ChallengeId,
        phone: &PhoneKey,
        mac: &CodeMac,
    ) -> Result<bool, StoreError> {
        self.inner.claim(id, phone, mac).await
    }
}

#[async_trait]
impl Sessions for Tap {
    async fn create(
        &self,
        key: &SessionKey,
        record: &SessionRecord,
        idle: Duration,
    ) -> Result<(), StoreError> {
        self.inner.create(key, record, idle).await
    }

    async fn find(
        &self,
        key: &SessionKey,
        idle: Duration,
    ) -> Result<Option<SessionRecord>, StoreError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("switched off".to_owned()));
        }
        self.inner.find(key, idle).await
    }

    async fn revoke(&self, key: &SessionKey) -> Result<bool, StoreError> {
        self.inner.revoke(key).await
    }
}

#[async_trait]
impl Queue for Tap {
    fn options(&self) -> &QueueOptions {
        self.inner.options()
    }

    fn receiver(&self, partition: u16) -> Box<dyn Receiver> {
        self.inner.receiver(partition)
    }

    async fn begin(&self, delivery: &Delivery) -> Result<Begun, StoreError> {
        self.inner.begin(delivery).await
    }

    async fn settle(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let settled = self.inner.settle(delivery).await;
        self.settled.send_modify(|settled| *settled += 1);
        settled
    }

    async fn release(&self, delivery: &Delivery) -> Result<(), StoreError> {
        self.inner.release(delivery).await
    }

    async fn retake(
        &self,
        delivery: &Delivery,
        idle: Duration,
    ) -> Result<Option<Delivery>, StoreError> {
        self.inner.retake(delivery, idle).await
    }

    async fn dead_letter(&self, delivery: &Delivery, cause: &Cause) -> Result<(), StoreError> {
        self.inner.dead_letter(delivery, cause).await
    }

    async fn discard(&self, delivery: &Delivery) -> Result<(), StoreError> {
        self.inner.discard(delivery).await
    }

    async fn backlog(&self) -> Result<u64, StoreError> {
        self.inner.backlog().await
    }

    async fn dead_letters(
        &self,
        partition: u16,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.inner.dead_letters(partition, limit).await
    }
}
