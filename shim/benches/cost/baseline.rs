//! What the costs were when they were last looked at.
//!
//! The counts differ a little from one compiler, one C library and one processor to the next, the ratio of two subjects
//! hardly does; so the ratios are compared. The file keeps the counts as well, for people, and the goals that were not
//! reached: these are no news, any other goal that does not hold is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use super::Result;
use super::callgrind::Counts;
use super::cases::{DIRECT, Key, SHIM};
use super::goals::{self, Verdict};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/cost/baseline.json");

/// By how much a ratio may grow.
const MAX_GROWTH: f64 = 0.05;

/// What the file says.
pub(crate) struct Baseline {
    /// The ratios of the shim to the direct API, by the name of the case.
    ratios: BTreeMap<String, f64>,
    not_reached: BTreeSet<String>,
}

pub(crate) fn load() -> Result<Baseline> {
    let file: Value = serde_json::from_str(&fs::read_to_string(FILE)?)?;
    let (Some(cases), Some(goals)) = (file["cases"].as_object(), file["not_reached"].as_array())
    else {
        return Err("the baseline is not of the form that --save-baseline writes".into());
    };
    let ratio = |(name, case): (&String, &Value)| match case["ratio"].as_f64() {
        Some(ratio) => Ok((name.clone(), ratio)),
        None => Err(format!("the baseline has no ratio of {name}").into()),
    };
    Ok(Baseline {
        ratios: cases.iter().map(ratio).collect::<Result<_>>()?,
        not_reached: goals
            .iter()
            .filter_map(Value::as_str)
            .map(ToOwned::to_owned)
            .collect(),
    })
}

pub(crate) fn save(counts: &Counts) -> Result<()> {
    let cases: BTreeMap<String, Value> = ratios(counts)
        .map(|(key, ratio)| {
            let count = counts[&key];
            let case = json!({
                "ratio": (ratio * 1000.0).round() / 1000.0,
                "instructions": count.instructions.round(),
                "allocations": count.allocations.round(),
            });
            (key.to_string(), case)
        })
        .collect();
    let not_reached: Vec<String> = goals::of_counts(counts)
        .into_iter()
        .filter(|verdict| !verdict.holds)
        .map(|verdict| verdict.goal)
        .collect();
    println!(
        "the baseline: {} cases, {} goals not reached",
        cases.len(),
        not_reached.len()
    );
    let file = json!({ "cases": cases, "not_reached": not_reached });
    fs::write(FILE, serde_json::to_string_pretty(&file)? + "\n")?;
    Ok(())
}

impl Baseline {
    /// Whether it is news that this goal does not hold.
    pub(crate) fn is_news(&self, verdict: &Verdict) -> bool {
        !verdict.holds && !self.not_reached.contains(&verdict.goal)
    }

    /// One verdict for each case that either side knows.
    pub(crate) fn compare(&self, counts: &Counts) -> Vec<Verdict> {
        let mut unseen = self.ratios.clone();
        let mut verdicts: Vec<Verdict> = ratios(counts)
            .map(|(key, ratio)| {
                let name = key.to_string();
                let before = unseen.remove(&name);
                Verdict {
                    holds: before.is_some_and(|before| ratio <= before * (1.0 + MAX_GROWTH)),
                    found: match before {
                        Some(before) => format!("{ratio:.3} after {before:.3}"),
                        None => format!("{ratio:.3}, not in the baseline"),
                    },
                    goal: format!("{name}: no more than before"),
                }
            })
            .collect();
        verdicts.extend(unseen.into_keys().map(|name| Verdict {
            goal: format!("{name}: no more than before"),
            holds: false,
            found: "in the baseline alone".to_owned(),
        }));
        verdicts
    }
}

fn ratios(counts: &Counts) -> impl Iterator<Item = (Key, f64)> {
    counts
        .iter()
        .filter(|(key, _)| key.subject == SHIM)
        .map(|(key, count)| {
            let direct = Key {
                subject: DIRECT,
                ..*key
            };
            (*key, count.instructions / counts[&direct].instructions)
        })
}
