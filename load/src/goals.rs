//! What was aimed at, and whether it was met.

use launcher::Stage;

use crate::cards::{Card, Report};
use crate::cell::{Cell, Sampling};
use crate::summary::Series;

/// A stage may lose less than this share of bare's throughput.
const LOSS: f64 = 10.0;
/// A stage may add less than this to bare's p99, in milliseconds.
const ADDED: f64 = 1.0;

/// Dropped spans below this share, in percent, are shown as none.
const NONE: f64 = 0.05;

/// How much may be measured.
#[derive(Clone, Copy, Debug)]
enum Bound {
    /// Less than this.
    Under(f64),
    /// This, or less.
    AtMost(f64),
}

/// Something that was aimed at.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    /// What is claimed.
    pub(crate) claim: String,
    /// What the numbers are.
    pub(crate) unit: &'static str,
    /// What was measured, by round.
    pub(crate) measured: Series,
    /// The share of the spans that were dropped while that was measured, in percent: who drops its spans is soon fast.
    pub(crate) dropped: f64,
    bound: Bound,
}

/// The goals that can be judged by what was measured. All of them are about keeping every trace.
#[must_use]
pub(crate) fn goals(report: &Report<'_>) -> Vec<Goal> {
    let card = |stage| report.card(Cell::new(stage, Sampling::ALL));
    let bare = report.bare();
    let mut goals = Vec::new();
    for stage in [Stage::Shim, Stage::Native] {
        let Some(card) = card(stage) else { continue };
        goals.push(Goal {
            claim: format!("{stage} loses under {LOSS:.0} % of bare's throughput"),
            unit: "% lost",
            measured: card
                .throughput()
                .against(&bare.throughput(), |it, bare| (1.0 - it / bare) * 100.0),
            dropped: card.dropped(),
            bound: Bound::Under(LOSS),
        });
    }
    for stage in [Stage::Shim, Stage::Native] {
        let Some(card) = card(stage) else { continue };
        let p99 = |card: &Card| card.quantile(0.99);
        goals.push(Goal {
            claim: format!("{stage} adds under {ADDED:.0} ms to bare's p99"),
            unit: "ms added",
            measured: p99(card).against(&p99(bare), |it, bare| it - bare),
            dropped: 0.0,
            bound: Bound::Under(ADDED),
        });
    }
    for other in [Stage::Native, Stage::Legacy] {
        let (Some(shim), Some(other)) = (card(Stage::Shim), card(other)) else {
            continue;
        };
        let cpu = |card: &Card| card.steady(|steady| steady.cpu);
        goals.push(Goal {
            claim: format!("shim is not dearer than {}", other.cell.stage),
            unit: "% more CPU",
            measured: cpu(shim).against(&cpu(other), |shim, other| (shim / other - 1.0) * 100.0),
            dropped: 0.0,
            bound: Bound::AtMost(0.0),
        });
    }
    goals
}

// === impl Goal ===

impl Goal {
    /// The verdict is on the median; where some rounds say otherwise, it says that too.
    #[must_use]
    pub(crate) fn verdict(&self) -> String {
        let met = |value: f64| match self.bound {
            Bound::Under(limit) => value < limit,
            Bound::AtMost(limit) => value <= limit,
        };
        let verdict = match (
            met(self.measured.median()),
            met(self.measured.max()),
            met(self.measured.min()),
        ) {
            (true, true, _) => "met",
            (true, false, _) => "met, but not in every round",
            (false, _, true) => "missed, but not in every round",
            (false, _, false) => "missed",
        };
        if self.dropped < NONE {
            verdict.to_owned()
        } else {
            format!("{verdict}, with {:.1} % of spans dropped", self.dropped)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(measured: &[f64], bound: Bound, dropped: f64) -> Goal {
        Goal {
            claim: String::new(),
            unit: "",
            measured: measured.iter().copied().collect(),
            dropped,
            bound,
        }
    }

    #[test]
    fn the_verdict_is_on_the_median_and_tells_of_the_rounds() {
        for (measured, expected) in [
            ([1.0, 2.0, 3.0], "met"),
            ([1.0, 2.0, 30.0], "met, but not in every round"),
            ([1.0, 20.0, 30.0], "missed, but not in every round"),
            ([11.0, 20.0, 30.0], "missed"),
        ] {
            let goal = goal(&measured, Bound::Under(10.0), 0.0);
            assert_eq!(goal.verdict(), expected, "{measured:?}");
        }
    }

    #[test]
    fn under_is_less_and_at_most_is_not_more() {
        assert_eq!(goal(&[10.0], Bound::Under(10.0), 0.0).verdict(), "missed");
        assert_eq!(goal(&[10.0], Bound::AtMost(10.0), 0.0).verdict(), "met");
    }

    #[test]
    fn a_goal_that_was_met_by_dropping_spans_says_so() {
        let verdict = |dropped| goal(&[1.0], Bound::Under(10.0), dropped).verdict();
        assert_eq!(verdict(0.04), "met");
        assert_eq!(verdict(12.34), "met, with 12.3 % of spans dropped");
    }
}
