//! One message, from the handler's answer to what follows from it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;

use super::stats::{Counters, add};
use crate::{Cause, Delivery, Failure, Queue, StoreError};

/// A message put off: it stays pending, and is taken again after the wait.
#[derive(Debug)]
pub(super) struct PutOff {
    pub(super) delivery: Delivery,
    pub(super) wait: Duration,
}

#[derive(Clone)]
pub(super) struct Work<H> {
    pub(super) queue: Arc<dyn Queue>,
    pub(super) counters: Arc<Counters>,
    pub(super) handler: H,
}

impl<H, F> Work<H>
where
    H: Fn(Delivery) -> F,
    F: Future<Output = Result<(), Failure>>,
{
    /// Takes a message again that was put off, and works on it, unless somebody else has it by now.
    pub(super) async fn again(self, put_off: PutOff) -> Option<PutOff> {
        let PutOff { delivery, wait } = put_off;
        match self.queue.retake(&delivery, wait).await {
            Ok(Some(delivery)) => self.on(delivery).await,
            Ok(None) => None,
            Err(error) => {
                left_pending(&delivery, &error);
                None
            }
        }
    }

    /// Works on a message. The answer is what to try again later, if anything.
    pub(super) async fn on(self, delivery: Delivery) -> Option<PutOff> {
        if delivery.deliveries() > self.queue.options().max_deliveries {
            // Its earlier deliveries ended without an answer, most likely with the process.
            let cause = Cause {
                reason: "abandoned",
                error: "no delivery ever came to an end".to_owned(),
            };
            self.bury(&delivery, &cause).await;
            return None;
        }
        match self.handle(delivery.clone()).await {
            Ok(()) => {
                add(&self.counters.handled, 1);
                None
            }
            Err(Failure::Retry(cause)) => self.put_off(delivery, &cause).await,
            Err(Failure::Poison(cause)) => {
                self.bury(&delivery, &cause).await;
                None
            }
            Err(Failure::Expired) => {
                self.drop_expired(&delivery).await;
                None
            }
            Err(Failure::InProgress) => {
                add(&self.counters.in_progress, 1);
                None
            }
        }
    }

    async fn handle(&self, delivery: Delivery) -> Result<(), Failure> {
        let limit = self.queue.options().processing_timeout;
        let handled = AssertUnwindSafe(async { (self.handler)(delivery).await }).catch_unwind();
        match tokio::time::timeout(limit, handled).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Failure::retry("panic", "the handler panicked")),
            Err(_) => Err(Failure::retry("timeout", "the handler took too long")),
        }
    }

    async fn put_off(&self, delivery: Delivery, cause: &Cause) -> Option<PutOff> {
        let options = self.queue.options();
        if delivery.deliveries() >= options.max_deliveries {
            self.bury(&delivery, cause).await;
            return None;
        }
        // A sweep must not find it before its time.
        let wait = options
            .backoff(delivery.deliveries())
            .min(options.abandoned_after() / 2);
        if delivery.expires_within(wait) {
            self.drop_expired(&delivery).await;
            return None;
        }
        if let Err(error) = self.queue.release(&delivery).await {
            left_pending(&delivery, &error);
            return None;
        }
        log::warn!(
            "message {} failed with {} and is tried again in {} ms",
            delivery.message_id(),
            cause.reason,
            wait.as_millis()
        );
        add(&self.counters.retried, 1);
        Some(PutOff { delivery, wait })
    }

    async fn bury(&self, delivery: &Delivery, cause: &Cause) {
        match self.queue.dead_letter(delivery, cause).await {
            Ok(()) => {
                log::error!(
                    "message {} was given up after {} deliveries: {}",
                    delivery.message_id(),
                    delivery.deliveries(),
                    cause.reason
                );
                add(&self.counters.dead, 1);
            }
            Err(error) => left_pending(delivery, &error),
        }
    }

    async fn drop_expired(&self, delivery: &Delivery) {
        match self.queue.discard(delivery).await {
            Ok(()) => {
                log::warn!(
                    "message {} was dropped past its deadline",
                    delivery.message_id()
                );
                add(&self.counters.expired, 1);
            }
            Err(error) => left_pending(delivery, &error),
        }
    }
}

fn left_pending(delivery: &Delivery, error: &StoreError) {
    log::warn!(
        "message {} stays pending until the next sweep: {error}",
        delivery.message_id()
    );
}
