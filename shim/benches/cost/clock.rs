//! Nanoseconds, by criterion.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use criterion::Criterion;
use serde_json::Value;

use super::Result;
use super::cases::{Cases, Key};

/// The mean time of a round, in nanoseconds.
pub(crate) type Times = BTreeMap<Key, f64>;

pub(crate) fn measure(cases: &Cases) -> Result<Times> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let mut criterion = Criterion::default()
        .output_directory(&folder)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(50)
        .without_plots();
    let mut times = Times::new();
    for case in cases.iter().filter(|case| case.is_timed) {
        let name = case.key.to_string();
        let mut work = (case.prepare)();
        criterion.bench_function(&name, |bencher| bencher.iter(&mut work));
        times.insert(case.key, mean(&folder.join(name))?);
    }
    Ok(times)
}

/// Criterion leaves its results in files, and offers no other way to them.
fn mean(folder: &Path) -> Result<f64> {
    let path = folder.join("new/estimates.json");
    let estimates: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
    let mean = estimates["mean"]["point_estimate"].as_f64();
    Ok(mean.ok_or_else(|| format!("{} has no mean", path.display()))?)
}
