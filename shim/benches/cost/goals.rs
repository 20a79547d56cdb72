//! What the shim may cost.

use super::callgrind::{Count, Counts};
use super::cases::{
    BAGGAGE, DIRECT, EXTRACT_FLEET, EXTRACT_W3C, INJECT_FLEET, INJECT_W3C, Key, LINKS, NOOP,
    RECORDED, RECORDED_LATER, RUSTRACING, SHIM, SIZES, TAGS, UNSAMPLED, UNSAMPLED_LATER,
};
use super::clock::Times;
use super::contention::Contention;

/// How much each scenario may cost of the same by hand, in instructions.
const MAX_RATIOS: [(&str, f64); 8] = [
    (RECORDED, 1.15),
    // Held until the end and written then, each key once: the SDK would export both values of a key that is set twice.
    (RECORDED_LATER, 1.30),
    (UNSAMPLED, 1.10),
    (UNSAMPLED_LATER, 1.10),
    (INJECT_W3C, 1.25),
    (EXTRACT_W3C, 1.25),
    (INJECT_FLEET, 1.25),
    (EXTRACT_FLEET, 1.25),
];
/// How many allocations more than by hand a recorded span may need.
const MAX_ALLOCATIONS: f64 = 1.0;
/// Twice the number costs twice as much if the cost is linear, an exponent of 1; quadratic would be 2.
const MAX_EXPONENT: f64 = 1.4;
/// How much of its speed each of two threads may lose.
const MAX_LOSS: f64 = 0.20;

/// A goal and whether it holds.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) goal: String,
    pub(crate) holds: bool,
    pub(crate) found: String,
}

/// The goals that can be judged anywhere.
pub(crate) fn of_counts(counts: &Counts) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (scenario, limit) in MAX_RATIOS {
        let [shim, direct] = both(counts, scenario).map(|count| count.instructions);
        verdicts.push(Verdict {
            goal: format!("{scenario}: at most {limit:.2} of the direct instructions"),
            holds: shim <= direct * limit,
            found: format!("{:.2}", shim / direct),
        });
    }
    for scenario in [RECORDED, RECORDED_LATER] {
        let [shim, direct] = both(counts, scenario).map(|count| count.allocations);
        verdicts.push(Verdict {
            goal: format!("{scenario}: at most {MAX_ALLOCATIONS} allocation more"),
            holds: shim <= direct + MAX_ALLOCATIONS,
            found: format!("{:+.2}", shim - direct),
        });
    }
    let noop = counts[&Key::new(NOOP, SHIM)].allocations;
    verdicts.push(Verdict {
        goal: format!("{NOOP}, {SHIM}: no allocation"),
        holds: noop == 0.0,
        found: format!("{noop:.2}"),
    });
    for scenario in [TAGS, BAGGAGE, LINKS] {
        let steepest = exponents(counts, scenario, SHIM)
            .into_iter()
            .fold(0.0, f64::max);
        verdicts.push(Verdict {
            goal: format!(
                "{scenario}: cost is linear in their number, exponent at most {MAX_EXPONENT}"
            ),
            holds: steepest <= MAX_EXPONENT,
            found: format!("{steepest:.2}"),
        });
    }
    verdicts
}

fn both(counts: &Counts, scenario: &'static str) -> [Count; 2] {
    [SHIM, DIRECT].map(|subject| counts[&Key::new(scenario, subject)])
}

/// The goals that are about time.
pub(crate) fn of_times(times: &Times, contention: &[Contention]) -> Vec<Verdict> {
    let [shim, rustracing] = [SHIM, RUSTRACING].map(|subject| times[&Key::new(RECORDED, subject)]);
    let mut verdicts = vec![Verdict {
        goal: format!("{RECORDED}, {SHIM}: less time than {RUSTRACING}"),
        holds: shim < rustracing,
        found: format!("{:.2} of it", shim / rustracing),
    }];
    for contention in contention.iter().filter(|found| found.subject == SHIM) {
        verdicts.push(Verdict {
            goal: format!(
                "two threads: each loses less than {:.0} %",
                MAX_LOSS * 100.0
            ),
            holds: contention.loss() < MAX_LOSS,
            found: format!("{:.0} %", contention.loss() * 100.0),
        });
    }
    verdicts
}

/// The instructions that the sizes cost, in their order.
pub(crate) fn by_size(
    counts: &Counts,
    scenario: &'static str,
    subject: &'static str,
) -> Vec<(usize, f64)> {
    SIZES
        .into_iter()
        .filter_map(|size| {
            let count = counts.get(&Key::sized(scenario, size, subject))?;
            Some((size, count.instructions))
        })
        .collect()
}

/// How the cost of one more grows when the number doubles: what the second half of a step costs, against the whole step
/// before, which had as many. In a linear cost both are equal but for the number.
pub(crate) fn exponents(
    counts: &Counts,
    scenario: &'static str,
    subject: &'static str,
) -> Vec<f64> {
    by_size(counts, scenario, subject)
        .windows(3)
        .map(|steps| {
            let [(_, small), (_, middle), (_, large)] = steps else {
                unreachable!("windows of three have three");
            };
            ((large - middle) / (middle - small)).log2()
        })
        .collect()
}
