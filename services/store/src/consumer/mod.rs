//! The loop that takes messages from a queue and sees each of them through.
//!
//! A handler brings about the effect and settles; whatever else can become of a message is decided here, from what
//! the handler returns. Nothing is lost by ending the loop at any point: an unsettled message is delivered again.

mod partition;
mod stats;
mod work;

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use self::partition::Partition;
pub use self::stats::ConsumerStats;
use self::stats::Counters;
use crate::{Delivery, Failure, Queue};

/// How long the store may take to say how much is left. Nothing depends on the answer.
const BACKLOG: Duration = Duration::from_millis(300);

/// Consumes a queue.
#[derive(Clone, Debug)]
pub struct Consumer {
    queue: Arc<dyn Queue>,
    counters: Arc<Counters>,
}

impl Consumer {
    /// A consumer of every partition of `queue`.
    pub fn new(queue: Arc<dyn Queue>) -> Self {
        Self {
            queue,
            counters: Arc::default(),
        }
    }

    /// What has become of the messages so far.
    pub fn stats(&self) -> ConsumerStats {
        self.counters.snapshot()
    }

    /// Hands messages to `handler` until `drain` is cancelled, then waits a bounded time for what is in work.
    ///
    /// The handler calls [`Queue::begin`] before the effect and [`Queue::settle`] after it. It runs in a task of its
    /// own, on the runtime that polls this future, [`QueueOptions::concurrency`](crate::QueueOptions::concurrency) at
    /// once for each partition and no longer than
    /// [`QueueOptions::processing_timeout`](crate::QueueOptions::processing_timeout). A panic in it counts as a failure
    /// that may pass.
    pub async fn run<H, F>(&self, drain: CancellationToken, handler: H)
    where
        H: Fn(Delivery) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let partitions = (0..self.queue.options().partitions.max(1)).map(|number| {
            let partition = Partition::new(number, &self.queue, &self.counters, handler.clone());
            partition.run(drain.clone())
        });
        join_all(partitions).await;
        self.take_stock().await;
    }

    /// Leaves the counts in the log: the process is about to end, and they with it.
    async fn take_stock(&self) {
        let stats = self.stats();
        match tokio::time::timeout(BACKLOG, self.queue.backlog()).await {
            Ok(Ok(left)) => log::info!("the consumer has ended: {stats}; {left} still queued"),
            _ => {
                log::info!("the consumer has ended: {stats}; how many are still queued is unknown")
            }
        }
    }
}
