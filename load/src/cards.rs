//! The run: every cell round by round, at its limit first and then at one rate for all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::cell::Cell;
use crate::ground::{self, Ground};
use crate::machine::Machine;
use crate::measure::{Bench, Counted, Limit, Steady};
use crate::options::CardsOptions;
use crate::page;
use crate::protocol::Ended;
use crate::record::Latencies;
use crate::summary::Series;
use crate::twin::Twins;

/// Where the page of the repository is, from its root.
const PAGE: &str = "docs/cost.md";

/// All that was measured of a cell, a round each.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// What was measured.
    pub(crate) cell: Cell,
    /// At its limit.
    pub(crate) limits: Vec<Limit>,
    /// At the rate.
    pub(crate) steady: Vec<Steady>,
    /// At the rate too, in one round.
    pub(crate) counted: Vec<Counted>,
}

/// All that was measured, and how.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    /// What was asked for.
    pub(crate) options: &'a CardsOptions,
    /// The same, as it was written.
    pub(crate) command: String,
    /// Where.
    pub(crate) machine: Machine,
    /// What the store was.
    pub(crate) store: String,
    /// Whether the system had a CPU to itself.
    pub(crate) pinned: bool,
    /// Logins a second, for everything that is not measured at a limit.
    pub(crate) rate: f64,
    /// A card for each cell, bare first.
    pub(crate) cards: Vec<Card>,
}

/// Measures, prints, and writes the page.
///
/// # Errors
///
/// If a login fails, a part of the system does, or the page has no place.
pub(crate) fn run(options: &CardsOptions) -> anyhow::Result<()> {
    let output = output(options, cfg!(debug_assertions))?;
    let machine = Machine::here();
    let twins = Twins::find()?;
    let division = ground::divide(options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(
            division
                .as_ref()
                .map_or(machine.cpus, |division| division.rest.len()),
        )
        .enable_all()
        .build()
        .context("the runtime could not be started")?;
    let ground = Ground::prepare(runtime.handle(), options, division)?;
    let bench = Bench {
        runtime: runtime.handle().clone(),
        ground: &ground,
        twins,
        warm_up: options.warm_up(),
        people: usize::from(options.people),
    };
    let minutes = options.estimate().as_secs_f64() / 60.0;
    eprintln!("This takes about {minutes:.1} minutes.");
    let (rate, cards) = measure(options, &bench)?;
    let report = Report {
        options,
        command: command(std::env::args().skip(1)),
        machine,
        store: ground.store(),
        pinned: ground.division.is_some(),
        rate,
        cards,
    };
    let page = page::render(&report);
    // A closed pipe ends nothing: the page may still have to be written.
    let _ = writeln!(std::io::stdout(), "{}", page.trim_end());
    match output {
        Some(file) => {
            std::fs::write(&file, page)
                .with_context(|| format!("{} cannot be written", file.display()))?;
            eprintln!("Written to {}.", file.display());
        }
        None => eprintln!(
            "Not written to {PAGE}: that takes a release build and everything at its default."
        ),
    }
    Ok(())
}

fn measure(options: &CardsOptions, bench: &Bench<'_>) -> anyhow::Result<(f64, Vec<Card>)> {
    let mut cards: Vec<Card> = Cell::all(&options.stages, &options.sampling)
        .into_iter()
        .map(|cell| Card {
            cell,
            limits: Vec::new(),
            steady: Vec::new(),
            counted: Vec::new(),
        })
        .collect();
    let rounds = options.rounds();
    in_rounds(rounds, &mut cards, |round, card| {
        let limit = bench.limit(card.cell, options.time_of(card.cell))?;
        eprintln!(
            "At the limit, round {round} of {rounds}: {}: {:.0} logins/s",
            card.cell, limit.throughput
        );
        card.limits.push(limit);
        Ok(())
    })?;
    let slowest = cards
        .iter()
        .map(|card| card.throughput().median())
        .fold(f64::INFINITY, f64::min);
    let rate = options
        .rate
        .unwrap_or_else(|| (slowest / 2.0).floor().max(1.0));
    ensure!(
        rate < slowest,
        "{rate:.0} logins a second are more than the slowest stage can bear, which is {slowest:.0}"
    );
    in_rounds(rounds, &mut cards, |round, card| {
        let steady = bench.steady(card.cell, rate, options.time_of(card.cell))?;
        eprintln!(
            "At {rate:.0} logins/s, round {round} of {rounds}: {}: p99 {:.2} ms, {:.0} us of CPU",
            card.cell,
            steady.latencies.millis(0.99),
            steady.cpu
        );
        card.steady.push(steady);
        Ok(())
    })?;
    in_rounds(1, &mut cards, |_, card| {
        let counted = bench.counted(card.cell, rate, options.time_of(card.cell))?;
        eprintln!(
            "Counted: {}: {:.0} allocations",
            card.cell, counted.allocations
        );
        card.counted.push(counted);
        Ok(())
    })?;
    Ok((rate, cards))
}

fn in_rounds(
    rounds: u32,
    cards: &mut [Card],
    mut measure: impl FnMut(u32, &mut Card) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for round in 0..rounds {
        for index in Cell::order(cards.len(), round) {
            let card = &mut cards[index];
            let cell = card.cell;
            measure(round + 1, card).with_context(|| format!("stage {cell}"))?;
        }
    }
    Ok(())
}

/// The command that does it again, wherever it writes the page.
fn command(arguments: impl Iterator<Item = String>) -> String {
    let release = if cfg!(debug_assertions) {
        ""
    } else {
        " --release"
    };
    let mut command = format!("cargo run{release} -p load --");
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        if argument == "--output" {
            arguments.next();
        } else if !argument.starts_with("--output=") {
            command.push(' ');
            command.push_str(&argument);
        }
    }
    command
}

/// Where the page goes, if anywhere. Found out before anything is measured, so that nobody waits in vain.
fn output(options: &CardsOptions, debug: bool) -> anyhow::Result<Option<PathBuf>> {
    let file = match &options.output {
        Some(_) if debug => {
            bail!("what a debug build measures is worth no page: use cargo run --release")
        }
        Some(file) => file.clone(),
        None if debug || !options.is_whole() => return Ok(None),
        None => PathBuf::from(PAGE),
    };
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    ensure!(
        folder.is_dir(),
        "there is no folder {} here for the page",
        folder.display()
    );
    Ok(Some(file))
}

// === impl Card ===

impl Card {
    /// Logins a second at the limit.
    #[must_use]
    pub(crate) fn throughput(&self) -> Series {
        self.limits.iter().map(|limit| limit.throughput).collect()
    }

    /// The share of the spans that were dropped at the limit, in percent.
    #[must_use]
    pub(crate) fn dropped(&self) -> f64 {
        let ended: Ended = self.limits.iter().map(|limit| limit.ended).sum();
        ended.lost()
    }

    /// The milliseconds within which this share of a round's logins was done.
    #[must_use]
    pub(crate) fn quantile(&self, share: f64) -> Series {
        self.steady(|steady| steady.latencies.millis(share))
    }

    /// How long the logins of all rounds took.
    #[must_use]
    pub(crate) fn latencies(&self) -> Latencies {
        let mut all = Latencies::new();
        for steady in &self.steady {
            all.merge(&steady.latencies);
        }
        all
    }

    /// Something at the rate.
    #[must_use]
    pub(crate) fn steady(&self, of: impl Fn(&Steady) -> f64) -> Series {
        self.steady.iter().map(of).collect()
    }

    /// Something that was counted.
    #[must_use]
    pub(crate) fn counted(&self, of: impl Fn(&Counted) -> f64) -> Series {
        self.counted.iter().map(of).collect()
    }
}

impl Report<'_> {
    /// The zero line.
    #[must_use]
    pub(crate) fn bare(&self) -> &Card {
        self.cards
            .first()
            .expect("bare is always measured, and first")
    }

    /// The card of a cell, if it was measured.
    #[must_use]
    pub(crate) fn card(&self, cell: Cell) -> Option<&Card> {
        self.cards.iter().find(|card| card.cell == cell)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::options::{Options, Task};

    fn options(arguments: &[&str]) -> CardsOptions {
        let all = ["load", "cards"]
            .into_iter()
            .chain(arguments.iter().copied());
        match Options::parse_from(all).task {
            Task::Cards(cards) => cards,
            Task::System(_) => unreachable!("it was told to be cards"),
        }
    }

    #[test]
    fn the_page_of_the_repository_takes_a_release_build_and_the_whole_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.md");
        let elsewhere = file.to_str().unwrap();

        assert_eq!(output(&options(&[]), true).unwrap(), None);
        assert_eq!(output(&options(&["--quick"]), false).unwrap(), None);
        let quick = options(&["--quick", "--output", elsewhere]);
        assert_eq!(output(&quick, false).unwrap(), Some(file.clone()));
        let error = output(&quick, true).unwrap_err().to_string();
        assert!(error.contains("--release"), "{error}");
    }

    #[test]
    fn a_page_without_a_place_is_refused_before_anything_is_measured() {
        let nowhere = options(&["--output", "no/such/folder/page.md"]);
        let error = output(&nowhere, false).unwrap_err().to_string();
        assert_eq!(error, "there is no folder no/such/folder here for the page");
    }

    #[test]
    fn the_command_is_shown_without_the_place_of_the_page() {
        let shown = |text: &str| command(text.split(' ').map(str::to_owned));

        assert!(shown("cards --rounds 3").ends_with("-p load -- cards --rounds 3"));
        assert!(shown("cards --output a.md --quick").ends_with(" cards --quick"));
        assert!(shown("cards --output=a.md --quick").ends_with(" cards --quick"));
    }
}
