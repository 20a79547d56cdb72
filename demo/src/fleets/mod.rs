//! Every fleet that a migration can pass through: three services in five stages, 125 combinations.
//!
//! What each should leave is computed from its stages, in `whole` (the trees of its requests, errors, headers and baggage)
//! and `sampled` (which traces are kept). `system` starts a fleet and takes what it left, over the store in `tap`;
//! `captured` makes a capture of it; `page` writes what was seen.

pub(crate) mod captured;
mod page;
mod sampled;
pub(crate) mod system;
pub(crate) mod tap;
pub(crate) mod whole;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use launcher::Stage;
use platform::Phone;
use tokio::runtime::{Handle, Runtime};
use viewer::Viewer;

use crate::fleet::Receivers;
use crate::options::Stages;
use sampled::Sampled;
use whole::Whole;

/// The stages that trace, in the order of a migration.
const STAGES: [Stage; 5] = [
    Stage::Legacy,
    Stage::Dropin,
    Stage::Shim,
    Stage::Mixed,
    Stage::Native,
];
/// How many fleets run at the same time. Much of a fleet's life is waiting.
const AT_ONCE: usize = 6;
/// For what should take milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Whose phones get codes. One has to wait before it gets another.
const FIRST_PHONE: u64 = 8_613_800_138_000;

/// What was seen of each fleet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    rows: Vec<Row>,
}

/// What was seen of one.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Row {
    stages: Stages,
    whole: Whole,
    sampled: Sampled,
}

impl Report {
    /// All that is not as the stages say, in sentences that name the fleet. Empty, if all is well.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let of_row = |row: &Row| {
            let wrong = row.whole.wrong.iter().chain(&row.sampled.wrong);
            let named = wrong.map(|sentence| format!("{}: {sentence}", name(row.stages)));
            named.collect::<Vec<_>>()
        };
        self.rows.iter().flat_map(of_row).collect()
    }

    /// How many fleets were run.
    #[must_use]
    pub fn fleets(&self) -> usize {
        self.rows.len()
    }

    /// What was seen, as a page. It has neither times nor ids, so a second run writes the same one.
    #[must_use]
    pub fn page(&self) -> String {
        page::render(&self.rows)
    }
}

/// All of them, in the order of a migration: the last service moves first.
fn all() -> impl Iterator<Item = Stages> {
    STAGES.into_iter().flat_map(|api| {
        STAGES
            .into_iter()
            .flat_map(move |auth| STAGES.into_iter().map(move |sms| Stages { api, auth, sms }))
    })
}

/// Ten of them, in which every stage is in every place twice, and no two stages are in the same two places twice.
fn sample() -> impl Iterator<Item = Stages> {
    let stage = |place: usize| STAGES[place % STAGES.len()];
    [1, 2].into_iter().flat_map(move |step| {
        (0..STAGES.len()).map(move |first| Stages {
            api: stage(first),
            auth: stage(first + step),
            sms: stage(first + 2 * step),
        })
    })
}

/// As the command line takes it.
fn name(stages: Stages) -> String {
    let Stages { api, auth, sms } = stages;
    format!("api={api},auth={auth},sms={sms}")
}

/// Ten stages for the demo's option `--stage`, in which every stage is in every place twice.
#[must_use]
pub fn sample_names() -> Vec<String> {
    sample().map(name).collect()
}

/// Runs every fleet, with a receiver and stores in this process, and says what was seen.
///
/// # Errors
///
/// If the receiver or a fleet cannot be run, or something came to the receiver that no fleet had finished.
pub fn run() -> anyhow::Result<Report> {
    let runtime = Runtime::new()?;
    let viewer = runtime
        .block_on(Viewer::builder().start())
        .context("the receiver cannot be started")?;
    let receivers = Receivers::of(&viewer)?;
    let phones = phones()?;
    let fleets: Vec<Stages> = all().collect();

    let next = AtomicUsize::new(0);
    let work = || {
        let mut rows = Vec::new();
        while let Some(stages) = fleets.get(next.fetch_add(1, Ordering::Relaxed)) {
            let row = observe(runtime.handle(), &viewer, &receivers, *stages, &phones);
            rows.push(row.with_context(|| name(*stages))?);
        }
        anyhow::Ok(rows)
    };
    let rows = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.collect::<anyhow::Result<Vec<_>>>()
    })?;
    let mut rows: Vec<Row> = rows.into_iter().flatten().collect();
    rows.sort_by_key(|row| row.stages.all());

    let stats = viewer.store().stats();
    runtime.block_on(viewer.shutdown());
    ensure!(
        stats.dropped_spans
            + stats.rejected_spans
            + stats.refused_requests
            + stats.dropped_datagrams
            == 0,
        "not all that came to the receiver was taken: {stats:?}"
    );
    Ok(Report { rows })
}

fn observe(
    runtime: &Handle,
    viewer: &Viewer,
    receivers: &Receivers,
    stages: Stages,
    phones: &[Phone],
) -> anyhow::Result<Row> {
    Ok(Row {
        stages,
        whole: whole::observe(runtime, viewer, receivers, stages, phones[0].clone())?,
        sampled: sampled::observe(runtime, viewer, receivers, stages, phones)?,
    })
}

fn phones() -> anyhow::Result<Vec<Phone>> {
    let numbers = FIRST_PHONE..FIRST_PHONE + 100;
    let phones = numbers.map(|number| Phone::parse(&format!("+{number}"), None));
    Ok(phones.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fleets_are_there_once() {
        let mut all: Vec<_> = all().map(Stages::all).collect();
        assert!(all.is_sorted());
        all.dedup();
        assert_eq!(all.len(), 125);
    }

    #[test]
    fn a_sample_has_each_stage_twice_in_each_place_and_no_pair_twice() {
        let sample: Vec<[Stage; 3]> = sample().map(Stages::all).collect();
        assert_eq!(sample.len(), 10);
        for place in 0..3 {
            for stage in STAGES {
                let times = sample.iter().filter(|stages| stages[place] == stage);
                assert_eq!(times.count(), 2, "{stage} in place {place}");
            }
        }
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let mut pairs: Vec<_> = sample
                .iter()
                .map(|stages| (stages[one], stages[other]))
                .collect();
            pairs.sort_unstable();
            pairs.dedup();
            assert_eq!(pairs.len(), 10, "places {one} and {other}");
        }
    }
}
