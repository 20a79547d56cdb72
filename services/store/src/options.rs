//! The numbers that a store is built with.

use std::time::Duration;

use crate::Namespace;

/// How long things live, and how often a code may be tried. Every backend keeps to the same limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a code is accepted.
    pub lifetime: Duration,
    /// How long a phone waits between two codes.
    pub cooldown: Duration,
    /// How many attempts a phone has, over all of its codes.
    pub attempts: u32,
    /// How long after the last attempt the count of a phone is forgotten.
    pub failure_window: Duration,
}

/// How messages are queued and consumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueOptions {
    /// Whose keys these are, those of challenges and sessions included. The same for everyone who shares them.
    pub namespace: Namespace,
    /// Into how many parts phones are divided: one stream and one key tag for each.
    pub partitions: u16,
    /// The consumer group.
    pub group: String,
    /// This consumer's name in the group. It should survive a restart, so that the process finds its own unfinished
    /// work at once and no ghost stays behind.
    pub consumer: String,
    /// How many messages of a partition are worked on at once.
    pub concurrency: usize,
    /// How long one run of the handler may take. Longer runs are cut and retried.
    pub processing_timeout: Duration,
    /// After how long without progress a message counts as abandoned and is claimed by another consumer. Kept at twice
    /// [`processing_timeout`](Self::processing_timeout) or more, or two consumers would work on one message.
    pub min_idle: Duration,
    /// How often a message is delivered before it goes to the dead-letter stream.
    pub max_deliveries: u32,
    /// The wait before the first retry; it doubles with each further one.
    pub retry_after: Duration,
    /// The longest wait before a retry.
    pub retry_cap: Duration,
    /// How long a consumer that is told to stop waits for messages in work.
    pub drain_timeout: Duration,
    /// How long the mark of a finished message is kept, so that a late redelivery is recognised.
    pub done_for: Duration,
    /// How many messages may wait in a partition before new ones are refused.
    pub backlog_limit: u64,
    /// How many dead letters a partition keeps. The oldest go first.
    pub dead_limit: u64,
}

// === impl Limits ===

impl Default for Limits {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(300),
            cooldown: Duration::from_secs(60),
            attempts: 5,
            failure_window: Duration::from_secs(15 * 60),
        }
    }
}

// === impl QueueOptions ===

impl QueueOptions {
    /// [`min_idle`](Self::min_idle) with its lower bound applied.
    pub fn abandoned_after(&self) -> Duration {
        self.min_idle.max(self.processing_timeout * 2)
    }

    /// The wait before the retry that follows delivery number `deliveries`.
    pub fn backoff(&self, deliveries: u32) -> Duration {
        let doublings = deliveries.saturating_sub(1).min(16);
        self.retry_after
            .saturating_mul(1 << doublings)
            .min(self.retry_cap)
    }
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            namespace: Namespace::default(),
            partitions: 1,
            group: "sms".to_owned(),
            consumer: "sms-0".to_owned(),
            concurrency: 16,
            processing_timeout: Duration::from_secs(10),
            min_idle: Duration::from_secs(30),
            max_deliveries: 5,
            retry_after: Duration::from_millis(500),
            retry_cap: Duration::from_secs(15),
            drain_timeout: Duration::from_secs(3),
            done_for: Duration::from_secs(60 * 60),
            backlog_limit: 10_000,
            dead_limit: 1_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let options = QueueOptions::default();

        let waits: Vec<_> = (1..=7).map(|n| options.backoff(n).as_millis()).collect();

        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
        assert_eq!(options.backoff(u32::MAX), options.retry_cap);
    }

    #[test]
    fn a_message_in_work_is_never_called_abandoned() {
        let options = QueueOptions {
            min_idle: Duration::ZERO,
            ..QueueOptions::default()
        };

        assert_eq!(options.abandoned_after(), options.processing_timeout * 2);
    }
}
