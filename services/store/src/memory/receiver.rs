//! Reading a partition in memory: own history and abandoned messages first, then new ones.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Pending, Shared};
use crate::{Batch, Delivery, QueueOptions, Receiver, StoreError};

/// One partition, open for one consumer.
pub(super) struct MemoryReceiver {
    pub(super) shared: Arc<Shared>,
    pub(super) partition: u16,
    pub(super) options: QueueOptions,
    /// How far this consumer's own unfinished work has been handed out again; nothing, when all of it has.
    pub(super) history: Option<u64>,
}

impl fmt::Debug for MemoryReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReceiver")
            .field("partition", &self.partition)
            .finish_non_exhaustive()
    }
}

impl MemoryReceiver {
    /// Takes what there is, and says when the next pending entry will count as abandoned.
    fn take(&mut self, room: usize) -> (Vec<Delivery>, Option<Instant>) {
        let mut state = self.shared.state();
        let partition = &mut state.partitions[usize::from(self.partition)];

        let history = self.history;
        let mut taken: Vec<_> = partition
            .pending
            .iter_mut()
            .filter(|(id, pending)| {
                let own = history
                    .is_some_and(|seen| **id > seen && pending.consumer == self.options.consumer);
                own || pending.since.elapsed() >= self.options.abandoned_after()
            })
            .take(room)
            .map(|(id, pending)| (*id, pending.deliver(self.partition, &self.options)))
            .collect();
        self.history = history
            .and(taken.last().map(|(id, _)| *id))
            .filter(|_| taken.len() == room);

        while taken.len() < room {
            let Some(entry) = partition.ready.pop_front() else {
                break;
            };
            let id = entry.id;
            let mut pending = Pending::new(entry);
            taken.push((id, pending.deliver(self.partition, &self.options)));
            partition.pending.insert(id, pending);
        }
        let next = partition
            .pending
            .values()
            .map(|pending| pending.since + self.options.abandoned_after())
            .min();
        (
            taken.into_iter().map(|(_, delivery)| delivery).collect(),
            next,
        )
    }
}

#[async_trait]
impl Receiver for MemoryReceiver {
    async fn receive(&mut self, room: usize) -> Result<Batch, StoreError> {
        let shared = Arc::clone(&self.shared);
        loop {
            // Armed before the look, so that a message arriving in between still rings.
            let arrived = shared.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();

            let (deliveries, next) = self.take(room);
            if !deliveries.is_empty() {
                return Ok(Batch {
                    deliveries,
                    ..Batch::default()
                });
            }
            match next {
                Some(next) => {
                    let _ = tokio::time::timeout_at(next, arrived).await;
                }
                None => arrived.await,
            }
        }
    }
}
