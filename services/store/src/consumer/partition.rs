//! The loop over one partition.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::time::DelayQueue;

use super::stats::{Counters, add};
use super::work::{PutOff, Work};
use crate::{Batch, Delivery, Failure, Queue, Receiver, StoreError};

/// More messages than this do not wait for their retry in this process; the rest wait in the store for a sweep.
const MAX_WAITING: usize = 1_024;

/// The first wait after a failed look into the queue, and the longest.
const READ_BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

type Read = (Box<dyn Receiver>, Result<Batch, StoreError>);

pub(super) struct Partition<H> {
    work: Work<H>,
    concurrency: usize,
    drain_timeout: Duration,
    receiver: Option<Box<dyn Receiver>>,
    /// The look into the queue that is under way. It owns the receiver and outlives a turn of the loop: ending it early
    /// would leave messages pending that the store has just handed out.
    reading: Option<BoxFuture<'static, Read>>,
    read_backoff: Duration,
    ready: VecDeque<Delivery>,
    due: VecDeque<PutOff>,
    waiting: DelayQueue<PutOff>,
    working: JoinSet<Option<PutOff>>,
}

impl<H, F> Partition<H>
where
    H: Fn(Delivery) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    pub(super) fn new(
        number: u16,
        queue: &Arc<dyn Queue>,
        counters: &Arc<Counters>,
        handler: H,
    ) -> Self {
        Self {
            work: Work {
                queue: Arc::clone(queue),
                counters: Arc::clone(counters),
                handler,
            },
            concurrency: queue.options().concurrency.max(1),
            drain_timeout: queue.options().drain_timeout,
            receiver: Some(queue.receiver(number)),
            reading: None,
            read_backoff: Duration::ZERO,
            ready: VecDeque::new(),
            due: VecDeque::new(),
            waiting: DelayQueue::new(),
            working: JoinSet::new(),
        }
    }

    pub(super) async fn run(mut self, drain: CancellationToken) {
        loop {
            self.start_work();
            self.start_reading();
            tokio::select! {
                biased;
                () = drain.cancelled() => break,
                Some(done) = self.working.join_next() => self.put_off(done.ok().flatten()),
                Some(due) = self.waiting.next() => self.due.push_back(due.into_inner()),
                Some(read) = poll(&mut self.reading) => self.take(read),
            }
        }
        self.finish().await;
    }

    /// Starts as many messages as there are free places, retries first: they are older.
    fn start_work(&mut self) {
        while self.working.len() < self.concurrency {
            let work = self.work.clone();
            if let Some(put_off) = self.due.pop_front() {
                self.working.spawn(work.again(put_off));
            } else if let Some(delivery) = self.ready.pop_front() {
                self.working.spawn(work.on(delivery));
            } else {
                break;
            }
        }
    }

    /// Looks for as many messages as there are free places.
    fn start_reading(&mut self) {
        let room = self.concurrency.saturating_sub(self.working.len());
        if room == 0 {
            return;
        }
        if let Some(mut receiver) = self.receiver.take() {
            let wait = self.read_backoff;
            self.reading = Some(Box::pin(async move {
                tokio::time::sleep(wait).await;
                let batch = receiver.receive(room).await;
                (receiver, batch)
            }));
        }
    }

    fn take(&mut self, (receiver, read): Read) {
        self.reading = None;
        self.receiver = Some(receiver);
        let counters = &self.work.counters;
        match read {
            Ok(batch) => {
                self.read_backoff = Duration::ZERO;
                add(&counters.dead, batch.unreadable);
                add(&counters.lost, batch.lost);
                add(&counters.group_recreated, batch.group_recreated);
                if batch.lost > 0 {
                    log::error!(
                        "{} pending messages had been removed from the stream",
                        batch.lost
                    );
                }
                if batch.group_recreated > 0 {
                    log::warn!("the consumer group was missing and was made anew");
                }
                self.ready.extend(batch.deliveries);
            }
            Err(error) => {
                let (first, longest) = READ_BACKOFF;
                self.read_backoff = (self.read_backoff * 2).clamp(first, longest);
                add(&counters.read_errors, 1);
                log::warn!(
                    "the queue could not be read and is asked again in {} ms: {error}",
                    self.read_backoff.as_millis()
                );
            }
        }
    }

    fn put_off(&mut self, put_off: Option<PutOff>) {
        if let Some(put_off) = put_off
            && self.waiting.len() < MAX_WAITING
        {
            let wait = put_off.wait;
            self.waiting.insert(put_off, wait);
        }
    }

    /// Lets what is in work come to an end. What is not started, put off or cut here stays pending.
    async fn finish(mut self) {
        self.reading = None;
        let working = &mut self.working;
        let all = async { while working.join_next().await.is_some() {} };
        if tokio::time::timeout(self.drain_timeout, all).await.is_err() {
            log::warn!(
                "{} messages were left unfinished and stay pending",
                self.working.len()
            );
            self.working.shutdown().await;
        }
    }
}

async fn poll(reading: &mut Option<BoxFuture<'static, Read>>) -> Option<Read> {
    match reading {
        Some(reading) => Some(reading.await),
        None => None,
    }
}
