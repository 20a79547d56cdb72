//! How long things took.

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest time that is told apart, in nanoseconds. Nobody waits for longer.
const LONGEST: u64 = 60_000_000_000;
/// To so many digits a time is right.
const DIGITS: u8 = 3;

/// Times, and how often each was seen.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

// === impl Latencies ===

impl Latencies {
    /// None yet.
    #[must_use]
    pub(crate) fn new() -> Self {
        let times = Histogram::new_with_bounds(1, LONGEST, DIGITS);
        Self(times.expect("the bounds are in order, and three digits are few"))
    }

    /// Adds a time.
    pub(crate) fn record(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(LONGEST);
        self.0.saturating_record(nanos);
    }

    /// How many there are.
    #[must_use]
    pub(crate) fn len(&self) -> u64 {
        self.0.len()
    }

    /// The time within which this share of them was done.
    #[must_use]
    pub(crate) fn at(&self, share: f64) -> Duration {
        Duration::from_nanos(self.0.value_at_quantile(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_times_lies_within_its_quantile() {
        let mut times = Latencies::new();
        for millis in 1..=1000 {
            times.record(Duration::from_millis(millis));
        }

        assert_eq!(times.len(), 1000);
        for (share, expected) in [(0.5, 500), (0.99, 990), (0.999, 999)] {
            let found = times.at(share).as_secs_f64() * 1000.0;
            let expected = f64::from(expected);
            assert!(
                (found - expected).abs() < expected * 0.002,
                "{share}: {found} ms"
            );
        }
    }

    #[test]
    fn a_time_beyond_all_patience_counts_as_the_longest() {
        let mut times = Latencies::new();
        times.record(Duration::MAX);
        assert_eq!(times.len(), 1);
        assert!(times.at(1.0) >= Duration::from_secs(59));
    }
}
