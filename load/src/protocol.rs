//! What driver and system say to each other: a word a line to the system, a JSON object a line back.

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
