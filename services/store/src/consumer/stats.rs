//! Counts of what became of messages.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// What has become of the messages of one consumer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConsumerStats {
    /// The handler returned `Ok`.
    pub handled: u64,
    /// Put off for another try.
    pub retried: u64,
    /// Dropped past their deadline.
    pub expired: u64,
    /// Moved to the dead-letter stream, unreadable ones included.
    pub dead: u64,
    /// Left alone because another delivery was in progress.
    pub in_progress: u64,
    /// Removed from the stream by somebody while they were pending.
    pub lost: u64,
    /// How often the consumer group had to be made anew.
    pub group_recreated: u64,
    /// Failed looks into the queue.
    pub read_errors: u64,
}

impl fmt::Display for ConsumerStats {
    /// One line, fit for a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} handled, {} retried, {} expired, {} dead, {} in progress elsewhere, {} removed by others, group made \
             anew {} times, {} failed looks",
            self.handled,
            self.retried,
            self.expired,
            self.dead,
            self.in_progress,
            self.lost,
            self.group_recreated,
            self.read_errors
        )
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) handled: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) expired: AtomicU64,
    pub(super) dead: AtomicU64,
    pub(super) in_progress: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) group_recreated: AtomicU64,
    pub(super) read_errors: AtomicU64,
}

pub(super) fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

impl Counters {
    pub(super) fn snapshot(&self) -> ConsumerStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ConsumerStats {
            handled: read(&self.handled),
            retried: read(&self.retried),
            expired: read(&self.expired),
            dead: read(&self.dead),
            in_progress: read(&self.in_progress),
            lost: read(&self.lost),
            group_recreated: read(&self.group_recreated),
            read_errors: read(&self.read_errors),
        }
    }
}
