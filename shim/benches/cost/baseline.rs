//! What the costs were when they were last looked at.
//!
//! The counts differ a little from one compiler, one C library and one processor to the next, the ratio of two subjects
//! hardly does; so the ratios are compared. The file keeps the counts as well, for people.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Result;
use super::callgrind::Counts;
use super::cases::{DIRECT, Key, SHIM, SHIM_LATER};
use super::goals::Verdict;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/cost/baseline.json");

/// By how much a ratio may grow.
const MAX_GROWTH: f64 = 0.03;

/// The ratios of the shim to the direct API, by the name of the case.
pub(crate) struct Baseline(BTreeMap<String, f64>);

pub(crate) fn load() -> Result<Baseline> {
    let text = fs::read_to_string(Path::new(FILE))?;
    let cases: BTreeMap<String, Value> = serde_json::from_str(&text)?;
    let ratio = |(name, case): (String, Value)| match case["ratio"].as_f64() {
        Some(ratio) => Ok((name, ratio)),
        None => Err(format!("the baseline has no ratio of {name}").into()),
    };
    Ok(Baseline(
        cases.into_iter().map(ratio).collect::<Result<_>>()?,
    ))
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
    fs::write(FILE, serde_json::to_string_pretty(&cases)? + "\n")?;
    println!("the baseline of {} cases is written", cases.len());
    Ok(())
}

impl Baseline {
    /// One verdict for each case that either side knows.
    pub(crate) fn compare(&self, counts: &Counts) -> Vec<Verdict> {
        let mut unseen = self.0.clone();
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
        .filter(|(key, _)| [SHIM, SHIM_LATER].contains(&key.subject))
        .map(|(key, count)| {
            let direct = Key {
                subject: DIRECT,
                ..*key
            };
            (*key, count.instructions / counts[&direct].instructions)
        })
}
