//! The queue in memory: ready entries, pending entries and dead letters for each partition.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::time::Instant;

use super::receiver::MemoryReceiver;
use super::{Entry, Mark, MemoryStore, Partition, Pending, State};
use crate::names;
use crate::{
    Begun, Cause, DeadLetter, Delivery, Message, Queue, QueueOptions, Receiver, StoreError,
};

#[async_trait]
impl Queue for MemoryStore {
    fn options(&self) -> &QueueOptions {
        &self.options
    }

    fn receiver(&self, partition: u16) -> Box<dyn Receiver> {
        Box::new(MemoryReceiver {
            shared: Arc::clone(&self.shared),
            partition,
            options: self.options.clone(),
            history: Some(0),
        })
    }

    async fn begin(&self, delivery: &Delivery) -> Result<Begun, StoreError> {
        if delivery.expires_within(Duration::ZERO) {
            return Ok(Begun::Expired);
        }
        let mut state = self.state();
        match state.marks.get(&delivery.message.key) {
            Some(Mark::Done) => return Ok(Begun::AlreadyDone),
            Some(Mark::InProgress { token }) if *token != delivery.token => {
                return Ok(Begun::InProgress);
            }
            _ => {}
        }
        let mark = Mark::InProgress {
            token: delivery.token.clone(),
        };
        state.marks.insert(
            delivery.message.key.clone(),
            mark,
            self.options.processing_timeout,
        );
        Ok(Begun::Started)
    }

    async fn settle(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let mut state = self.state();
        state.marks.insert(
            delivery.message.key.clone(),
            Mark::Done,
            self.options.done_for,
        );
        state.take_pending(delivery);
        Ok(())
    }

    async fn release(&self, delivery: &Delivery) -> Result<(), StoreError> {
        self.state().release(delivery);
        Ok(())
    }

    async fn retake(
        &self,
        delivery: &Delivery,
        idle: Duration,
    ) -> Result<Option<Delivery>, StoreError> {
        let mut state = self.state();
        let partition = &mut state.partitions[usize::from(delivery.partition)];
        let id = Entry::parse_name(&delivery.message_id)?;
        let taken = partition
            .pending
            .get_mut(&id)
            .filter(|pending| pending.since.elapsed() >= idle)
            .map(|pending| pending.deliver(delivery.partition, &self.options));
        Ok(taken)
    }

    async fn dead_letter(&self, delivery: &Delivery, cause: &Cause) -> Result<(), StoreError> {
        let mut state = self.state();
        state.release(delivery);
        // Whoever finds the entry gone has lost it to another consumer, whose word counts.
        let Some(pending) = state.take_pending(delivery) else {
            return Ok(());
        };
        let letter = DeadLetter::new(delivery, cause, pending.entry.queued);
        let dead = &mut state.partitions[usize::from(delivery.partition)].dead;
        dead.push_back(letter);
        while dead.len() as u64 > self.options.dead_limit {
            dead.pop_front();
        }
        Ok(())
    }

    async fn discard(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let mut state = self.state();
        state.release(delivery);
        state.take_pending(delivery);
        Ok(())
    }

    async fn backlog(&self) -> Result<u64, StoreError> {
        Ok(self.state().partitions.iter().map(Partition::backlog).sum())
    }

    async fn dead_letters(
        &self,
        partition: u16,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let state = self.state();
        Ok(state.partitions[usize::from(partition)]
            .dead
            .iter()
            .rev()
            .take(limit)
            .cloned()
            .collect())
    }
}

// === impl State ===

impl State {
    fn take_pending(&mut self, delivery: &Delivery) -> Option<Pending> {
        let id = Entry::parse_name(&delivery.message_id).ok()?;
        self.partitions[usize::from(delivery.partition)]
            .pending
            .remove(&id)
    }

    fn release(&mut self, delivery: &Delivery) {
        let key = &delivery.message.key;
        let held = self.marks.get(key);
        if matches!(held, Some(Mark::InProgress { token }) if *token == delivery.token) {
            self.marks.remove(key);
        }
    }
}

// === impl Partition ===

impl Partition {
    pub(super) fn backlog(&self) -> u64 {
        (self.ready.len() + self.pending.len()) as u64
    }
}

// === impl Entry ===

impl Entry {
    pub(super) fn new(id: u64, message: Message) -> Self {
        Self {
            id,
            queued: SystemTime::now(),
            message,
        }
    }

    pub(super) fn name(&self) -> String {
        format!("0-{}", self.id)
    }

    fn parse_name(name: &str) -> Result<u64, StoreError> {
        let number = name
            .strip_prefix("0-")
            .and_then(|number| number.parse().ok());
        number.ok_or(StoreError::Corrupt("message id"))
    }
}

// === impl Pending ===

impl Pending {
    pub(super) fn new(entry: Entry) -> Self {
        Self {
            entry,
            consumer: String::new(),
            since: Instant::now(),
            deliveries: 0,
        }
    }

    pub(super) fn deliver(&mut self, partition: u16, options: &QueueOptions) -> Delivery {
        options.consumer.clone_into(&mut self.consumer);
        self.since = Instant::now();
        self.deliveries += 1;
        Delivery {
            message_id: self.entry.name(),
            partition,
            destination: names::destination(&options.namespace, partition),
            system: super::SYSTEM,
            message: self.entry.message.clone(),
            deliveries: self.deliveries,
            token: names::token(),
        }
    }
}
