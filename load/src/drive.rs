//! How people come: at a constant rate, or each as soon as the one before has gone.
//!
//! At a constant rate nobody waits for an answer before the next one comes, and a time counts from when a person was *meant*
//! to come. Otherwise a server that stalls would hold up the very people who would have met the stall, and the tail would look
//! as if they had never wanted to come: coordinated omission.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::record::Latencies;

/// When people are meant to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Schedule {
    /// How many a second.
    rate: f64,
    /// For how long.
    time: Duration,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Driven<E> {
    /// Of those who got what they wanted.
    pub(crate) latencies: Latencies,
    /// Why the others did not.
    pub(crate) failures: Vec<E>,
}

// === impl Schedule ===

impl Schedule {
    /// So many people a second, for a time.
    #[must_use]
    pub(crate) fn new(rate: f64, time: Duration) -> Self {
        Self { rate, time }
    }

    /// After which time each is meant to come.
    fn offsets(self) -> impl Iterator<Item = Duration> {
        // From their number each time, so that no error adds up.
        (0_u32..)
            .map(move |number| Duration::from_secs_f64(f64::from(number) / self.rate))
            .take_while(move |offset| *offset < self.time)
    }

    /// Lets people come as scheduled, and waits until all have gone. Blocks; not for a runtime's thread.
    pub(crate) fn drive<E, F>(self, runtime: &Handle, mut task: impl FnMut() -> F) -> Driven<E>
    where
        E: Send + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let (sender, ended) = mpsc::channel();
        let start = Instant::now();
        for offset in self.offsets() {
            let meant = start + offset;
            // This thread sleeps to some fifty microseconds; the runtime's clock ticks in milliseconds.
            std::thread::sleep(meant.saturating_duration_since(Instant::now()));
            let (sender, task) = (sender.clone(), task());
            runtime.spawn(async move {
                let done = task.await;
                // The receiver is there until the last sender has gone.
                let _ = sender.send((meant.elapsed(), done));
            });
        }
        drop(sender);
        Driven::of(ended)
    }
}

/// Keeps so many people coming for a time, each as soon as the one before has gone, and waits until all have gone. Blocks; not
/// for a runtime's thread.
pub(crate) fn saturate<E, F>(
    runtime: &Handle,
    people: usize,
    time: Duration,
    task: impl Fn() -> F + Clone + Send + 'static,
) -> Driven<E>
where
    E: Display + Send + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
{
    let (sender, ended) = mpsc::channel();
    let failed = Arc::new(AtomicBool::new(false));
    let end = Instant::now() + time;
    for _ in 0..people {
        let (sender, task, failed) = (sender.clone(), task.clone(), Arc::clone(&failed));
        runtime.spawn(async move {
            // One failure fails the run: nobody needs thousands of them.
            while !failed.load(Ordering::Relaxed) {
                let came = Instant::now();
                let done = task().await;
                if done.is_err() {
                    failed.store(true, Ordering::Relaxed);
                }
                let _ = sender.send((came.elapsed(), done));
                if Instant::now() >= end {
                    break;
                }
            }
        });
    }
    drop(sender);
    Driven::of(ended)
}

// === impl Driven ===

impl<E> Driven<E> {
    fn of(ended: mpsc::Receiver<(Duration, Result<(), E>)>) -> Self {
        let mut driven = Self {
            latencies: Latencies::new(),
            failures: Vec::new(),
        };
        for (time, done) in ended {
            match done {
                Ok(()) => driven.latencies.record(time),
                Err(failure) => driven.failures.push(failure),
            }
        }
        driven
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Runtime;
    use tokio::sync::Mutex;

    use super::*;

    /// Serves one after another, each at once, but for one that takes its time.
    fn with_a_stall(stall: Duration) -> impl Fn() -> ServedInTurn + Clone + Send + 'static {
        let served = Arc::new(Mutex::new(0));
        move || {
            let served = Arc::clone(&served);
            Box::pin(async move {
                let mut served = served.lock().await;
                *served += 1;
                if *served == 20 {
                    tokio::time::sleep(stall).await;
                }
                Ok(())
            })
        }
    }

    type ServedInTurn = std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

    #[test]
    fn the_schedule_does_not_drift() {
        let schedule = Schedule::new(3.0, Duration::from_secs(2));
        let offsets: Vec<u128> = schedule
            .offsets()
            .map(|offset| offset.as_millis())
            .collect();
        assert_eq!(offsets, [0, 333, 666, 1000, 1333, 1666]);
    }

    #[test]
    fn a_stall_of_the_server_is_met_by_all_who_were_meant_to_come() {
        let runtime = Runtime::new().unwrap();
        let stall = Duration::from_millis(300);

        let schedule = Schedule::new(400.0, Duration::from_secs(1));
        let driven = schedule.drive(runtime.handle(), with_a_stall(stall));

        assert!(driven.failures.is_empty());
        assert_eq!(driven.latencies.len(), 400);
        // 120 of the 400 were meant to come while the server stood still, and 60 of them in the first half of that.
        assert!(
            driven.latencies.at(0.90) > stall / 3,
            "{:?}",
            driven.latencies.at(0.90)
        );
    }

    #[test]
    fn one_by_one_the_same_stall_would_hide() {
        let runtime = Runtime::new().unwrap();
        let stall = Duration::from_millis(300);
        let task = with_a_stall(stall);

        let driven = saturate(runtime.handle(), 1, Duration::from_secs(1), move || {
            let served = task();
            async move {
                tokio::time::sleep(Duration::from_millis(2)).await;
                served.await
            }
        });

        assert!(
            driven.latencies.len() > 20,
            "{} came",
            driven.latencies.len()
        );
        assert!(driven.latencies.at(0.90) < stall / 3, "one of many met it");
    }

    #[test]
    fn who_does_not_get_what_they_want_is_told_of() {
        let runtime = Runtime::new().unwrap();
        let refused = || async { Err::<(), _>("refused".to_owned()) };

        let schedule = Schedule::new(100.0, Duration::from_millis(50));
        assert_eq!(schedule.drive(runtime.handle(), refused).failures.len(), 5);

        let driven = saturate(runtime.handle(), 4, Duration::from_secs(60), refused);
        assert!(
            (1..=4).contains(&driven.failures.len()),
            "the first failure is the end"
        );
    }
}
