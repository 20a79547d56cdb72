//! The loop: every message once, so many at a time, until it is told to stop.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use store::{Begun, Consumer, ConsumerStats, Failure, QueueOptions};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;

/// A consumer at work, and what its handler has seen.
pub(crate) struct Running {
    store: Arc<dyn Store>,
    consumer: Consumer,
    drain: CancellationToken,
    task: JoinHandle<()>,
    seen: Arc<Mutex<HashMap<String, u32>>>,
}

/// Runs a consumer whose handler does what `effect` says between leave and settlement.
pub(crate) fn run<E, F>(store: &Arc<dyn Store>, effect: E) -> Running
where
    E: Fn(Delivery) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let consumer = Consumer::new(Arc::clone(store) as _);
    let drain = CancellationToken::new();
    let seen = Arc::new(Mutex::new(HashMap::new()));
    let task = {
        let (consumer, drain) = (consumer.clone(), drain.clone());
        let (store, seen) = (Arc::clone(store), Arc::clone(&seen));
        tokio::spawn(async move {
            let handler = move |delivery: Delivery| {
                let (store, seen, effect) = (Arc::clone(&store), Arc::clone(&seen), effect.clone());
                async move {
                    *seen
                        .lock()
                        .unwrap()
                        .entry(delivery.key().to_owned())
                        .or_insert(0) += 1;
                    match store.begin(&delivery).await? {
                        Begun::Started => effect(delivery.clone()).await?,
                        Begun::AlreadyDone => {}
                        Begun::InProgress => return Err(Failure::InProgress),
                        Begun::Expired => return Err(Failure::Expired),
                    }
                    Ok(store.settle(&delivery).await?)
                }
            };
            consumer.run(drain, handler).await;
        })
    };
    Running {
        store: Arc::clone(store),
        consumer,
        drain,
        task,
        seen,
    }
}

impl Running {
    pub(crate) fn seen(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.seen.lock().unwrap()
    }

    pub(crate) async fn until(&self, what: &str, condition: impl Fn(ConsumerStats) -> bool) {
        eventually(what, || async { condition(self.consumer.stats()) }).await;
    }

    /// Ends the consumer and returns what it counted.
    pub(crate) async fn stop(self) -> ConsumerStats {
        self.drain.cancel();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .expect("it ends")
            .unwrap();
        self.consumer.stats()
    }
}

pub(crate) async fn succeed(_: Delivery) -> Result<(), Failure> {
    Ok(())
}

pub(crate) async fn every_message_is_handled_once_and_so_many_at_a_time(bed: &dyn Bed) {
    let store = bed.open(
        limits(),
        QueueOptions {
            concurrency: 4,
            ..options()
        },
    );
    for n in 0..40 {
        issue(&store, n).await;
    }
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));

    let running = run(&store, {
        let most = Arc::clone(&most);
        move |_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        }
    });
    running
        .until("all are handled", |stats| stats.handled == 40)
        .await;

    assert_eq!(running.seen().len(), 40);
    assert!(running.seen().values().all(|times| *times == 1));
    assert_eq!(most.load(Ordering::SeqCst), 4);
    assert_eq!(store.backlog().await, Ok(0));
    let counted = ConsumerStats {
        handled: 40,
        ..ConsumerStats::default()
    };
    assert_eq!(running.stop().await, counted);
}

pub(crate) async fn every_partition_is_consumed(bed: &dyn Bed) {
    let store = bed.open(
        limits(),
        QueueOptions {
            partitions: 3,
            ..options()
        },
    );
    let destinations: std::collections::BTreeSet<_> =
        (0..9).map(|n| store.destination(&phone(n))).collect();
    assert_eq!(destinations.len(), 3);
    for n in 0..9 {
        issue(&store, n).await;
    }

    let running = run(&store, succeed);
    running
        .until("all are handled", |stats| stats.handled == 9)
        .await;

    assert_eq!(store.backlog().await, Ok(0));
    running.stop().await;
}

pub(crate) async fn draining_finishes_what_is_in_work_and_takes_nothing_new(bed: &dyn Bed) {
    let store = bed.open(
        limits(),
        QueueOptions {
            concurrency: 1,
            ..options()
        },
    );
    for n in 1..=3 {
        issue(&store, n).await;
    }
    let gate = Arc::new(tokio::sync::Semaphore::new(0));

    let running = run(&store, {
        let gate = Arc::clone(&gate);
        move |_| {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await.expect("it is open").forget();
                Ok(())
            }
        }
    });
    eventually("the first is in work", || async {
        running.seen().len() == 1
    })
    .await;
    running.drain.cancel();
    gate.add_permits(3);

    let seen = Arc::clone(&running.seen);
    assert_eq!(running.stop().await.handled, 1);
    assert_eq!(seen.lock().unwrap().len(), 1);
    assert_eq!(store.backlog().await, Ok(2));
}

pub(crate) async fn draining_does_not_wait_for_a_handler_that_hangs(bed: &dyn Bed) {
    let drain_timeout = Duration::from_millis(100);
    let store = bed.open(
        limits(),
        QueueOptions {
            drain_timeout,
            ..options()
        },
    );
    issue(&store, 1).await;

    let running = run(&store, |_| std::future::pending());
    eventually("it is in work", || async { running.seen().len() == 1 }).await;
    let (store, started) = (Arc::clone(&running.store), Instant::now());
    assert_eq!(running.stop().await.handled, 0);

    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(store.backlog().await, Ok(1));
}
