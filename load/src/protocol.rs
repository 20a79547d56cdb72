//! What driver and system say to each other: a word a line to the system, a JSON object a line back.

use std::iter::Sum;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Asks the system what it has used so far.
pub(crate) const USAGE: &str = "usage";
/// Tells the system to stop in order.
pub(crate) const STOP: &str = "stop";

/// The first line of a system: it listens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Started {
    /// The address of api.
    pub(crate) api: String,
}

/// What the process has used since its start, and how large it is.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Usage {
    /// The time of all its threads on a CPU.
    pub(crate) cpu: Duration,
    /// How often memory was asked for, growing included; 0 where nobody counts.
    pub(crate) allocations: u64,
    /// How much was asked for, in bytes, less what was given back by shrinking.
    pub(crate) allocated: u64,
    /// The most memory that it ever had, in bytes; `None` where the system does not say.
    pub(crate) peak: Option<u64>,
}

/// The last line of a system: it has stopped, and this became of its spans.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Ended {
    /// Spans that were to be exported.
    pub(crate) finished: u64,
    /// Spans that were.
    pub(crate) delivered: u64,
}

// === impl Ended ===

impl Ended {
    /// The share of the spans that were dropped on the way, in percent.
    #[must_use]
    pub(crate) fn lost(&self) -> f64 {
        if self.finished == 0 {
            return 0.0;
        }
        let lost = self.finished.saturating_sub(self.delivered);
        float(lost) / float(self.finished) * 100.0
    }
}

impl Sum for Ended {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            finished: sum.finished + one.finished,
            delivered: sum.delivered + one.delivered,
        })
    }
}

// === impl Usage ===

impl Usage {
    /// What was used since an earlier reading. The peak stays what it is.
    #[must_use]
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            allocations: self.allocations.saturating_sub(earlier.allocations),
            allocated: self.allocated.saturating_sub(earlier.allocated),
            peak: self.peak,
        }
    }
}

/// Counts as something to divide by.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a run of minutes are far below 2^53"
)]
#[must_use]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_delivered_was_dropped() {
        let ended = |finished, delivered| Ended {
            finished,
            delivered,
        };
        assert!(ended(0, 0).lost().abs() < f64::EPSILON);
        let both: Ended = [ended(100, 70), ended(300, 300)].into_iter().sum();
        assert!((both.lost() - 7.5).abs() < 1e-9);
    }
}
