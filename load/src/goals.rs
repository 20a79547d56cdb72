//! What was aimed at, and whether it was met.

use launcher::Stage;

use crate::cards::{Card, Report};
use crate::cell::{Cell, Sampling};
use crate::summary::Series;

/// A stage may lose less than this share of bare's throughput.
const LOSS: f64 = 10.0;
/// A stage may add less than this to bare's p99, in milliseconds.
const ADDED: f64 = 1.0;

/// Something that was aimed at, in numbers of which none may be above the limit.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    /// What is claimed.
    pub(crate) claim: String,
    /// What the numbers are.
    pub(crate) unit: &'static str,
    /// What was measured, by round.
    pub(crate) measured: Series,
    limit: f64,
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
            limit: LOSS,
        });
    }
    for stage in [Stage::Shim, Stage::Native] {
        let Some(card) = card(stage) else { continue };
        let p99 = |card: &Card| card.steady(|steady| steady.p99);
        goals.push(Goal {
            claim: format!("{stage} adds under {ADDED:.0} ms to bare's p99"),
            unit: "ms added",
            measured: p99(card).against(&p99(bare), |it, bare| it - bare),
            limit: ADDED,
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
            limit: 0.0,
        });
    }
    goals
}

// === impl Goal ===

impl Goal {
    /// The verdict is on the median; where some rounds say otherwise, it says that too.
    #[must_use]
    pub(crate) fn verdict(&self) -> &'static str {
        let met = |value: f64| value <= self.limit;
        match (
            met(self.measured.median()),
            met(self.measured.max()),
            met(self.measured.min()),
        ) {
            (true, true, _) => "met",
            (true, false, _) => "met, but not in every round",
            (false, _, true) => "missed, but not in every round",
            (false, _, false) => "missed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_is_on_the_median_and_tells_of_the_rounds() {
        for (measured, expected) in [
            ([1.0, 2.0, 3.0], "met"),
            ([1.0, 2.0, 30.0], "met, but not in every round"),
            ([1.0, 20.0, 30.0], "missed, but not in every round"),
            ([11.0, 20.0, 30.0], "missed"),
        ] {
            let goal = Goal {
                claim: String::new(),
                unit: "",
                measured: measured.into_iter().collect(),
                limit: 10.0,
            };
            assert_eq!(goal.verdict(), expected, "{measured:?}");
        }
    }
}
