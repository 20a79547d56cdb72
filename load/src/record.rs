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

    /// Adds all of another's times.
    pub(crate) fn merge(&mut self, other: &Self) {
        let merged = self.0.add(&other.0);
        merged.expect("both have the same bounds");
    }

    /// How many there are.
    #[must_use]
    pub(crate) fn len(&self) -> u64 {
        self.0.len()
    }

    /// The same as [`at`](Self::at), in milliseconds.
    #[must_use]
    pub(crate) fn millis(&self, share: f64) -> f64 {
        self.at(share).as_secs_f64() * 1e3
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
    fn the_times_of_all_rounds_are_one_distribution() {
        // 1 of 100 is slow in the one, none in the other: of all of them it is 1 of 200.
        let mut merged = Latencies::new();
        for slow in [1, 0] {
            let mut round = Latencies::new();
            for number in 0..100 {
                let millis = if number < slow { 50 } else { 1 };
                round.record(Duration::from_millis(millis));
            }
            merged.merge(&round);
        }

        assert_eq!(merged.len(), 200);
        assert!(merged.at(0.99) < Duration::from_millis(2));
        assert!(merged.at(1.0) >= Duration::from_millis(50));
    }

    #[test]
    fn a_time_beyond_all_patience_counts_as_the_longest() {
        let mut times = Latencies::new();
        times.record(Duration::MAX);
        assert_eq!(times.len(), 1);
        assert!(times.at(1.0) >= Duration::from_secs(59));
    }
}
