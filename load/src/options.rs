//! What the command line says.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use launcher::Stage;

use crate::cell::{Cell, Sampling};

/// Measures what each stage of the migration costs.
#[derive(Debug, Parser)]
#[command(name = "load", version, max_term_width = 110)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Drives logins through every stage and prints what each costs, against no instrumentation
    ///
    /// With everything at its default, and in a release build, it also writes docs/cost.md, from the root of the repository. A
    /// login that fails fails the run.
    Cards(CardsOptions),
    /// The system that is measured, as `cards` starts it: api, auth and sms in one stage
    #[command(hide = true)]
    System(SystemOptions),
}

#[derive(Clone, Debug, PartialEq, Args)]
pub(crate) struct CardsOptions {
    /// How often each stage is measured, in turn with the others; an even number favours nobody
    #[arg(long, default_value_t = 4, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,

    /// How long one measurement takes where every trace is kept; half as long elsewhere
    #[arg(long, default_value = "4", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) seconds: Duration,

    /// How long people log in before a measurement begins
    #[arg(long, default_value = "1", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) warm_up: Duration,

    /// How many log in at the same time to find out what a stage can bear
    #[arg(long, default_value_t = 32, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) people: u16,

    /// Logins a second for the latencies [default: half of what the slowest stage can bear]
    #[arg(long, value_name = "NUMBER", value_parser = rate)]
    pub(crate) rate: Option<f64>,

    /// The stages to measure; bare is measured in any case
    #[arg(long, value_delimiter = ',', value_name = "STAGE,...", value_parser = stage, default_values = Stage::ALL.map(Stage::name))]
    pub(crate) stages: Vec<Stage>,

    /// The shares of the traces to keep, in percent
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "PERCENT,...",
        default_value = "100,10,0"
    )]
    pub(crate) sampling: Vec<Sampling>,

    /// Where challenges, sessions and messages are
    #[arg(long, value_enum, default_value_t = Place::Auto)]
    pub(crate) store: Place,

    /// Where to write the page
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Let the operating system choose who runs on which CPU
    #[arg(long)]
    pub(crate) no_pin: bool,

    /// Only show that it works: one short round. What it measures means nothing
    #[arg(long, conflicts_with_all = ["rounds", "seconds", "warm_up"])]
    pub(crate) quick: bool,
}

/// Where challenges, sessions and messages are.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Place {
    /// In a redis-server of this run, where one is installed; in the services' process otherwise
    Auto,
    /// In a redis-server of this run
    Redis,
    /// In the services' process
    Memory,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SystemOptions {
    /// The stage of all three
    #[arg(long, value_parser = stage)]
    pub(crate) stage: Stage,

    /// The CPU to stay on
    #[arg(long)]
    pub(crate) cpu: Option<usize>,

    /// The address of a Redis; without it the store is in this process
    #[arg(long)]
    pub(crate) redis: Option<String>,

    /// Where messages are posted to
    #[arg(long)]
    pub(crate) gateway: String,
}

impl CardsOptions {
    /// How often each stage is measured.
    #[must_use]
    pub(crate) fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    /// How long one measurement takes where every trace is kept.
    #[must_use]
    pub(crate) fn time(&self) -> Duration {
        if self.quick { QUICK } else { self.seconds }
    }

    /// How long one measurement of this cell takes. The goals are about keeping every trace, and the tail wants many logins.
    #[must_use]
    pub(crate) fn time_of(&self, cell: Cell) -> Duration {
        if cell.keeps_all() {
            self.time()
        } else {
            self.time() / 2
        }
    }

    /// How long people log in before.
    #[must_use]
    pub(crate) fn warm_up(&self) -> Duration {
        if self.quick { QUICK / 2 } else { self.warm_up }
    }

    /// How long all measurements will take.
    #[must_use]
    pub(crate) fn estimate(&self) -> Duration {
        let cells = Cell::all(&self.stages, &self.sampling);
        let one = |cell: &Cell| self.warm_up() + self.time_of(*cell) + AROUND;
        // At the limit and at the rate, and once for what is counted.
        cells.iter().map(one).sum::<Duration>() * (2 * self.rounds() + 1)
    }

    /// Whether this is what the page in the repository is made from: all is at its default, wherever the page goes.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        let Ok(defaults) = Options::try_parse_from(["load", "cards"]) else {
            return false;
        };
        let here = Self {
            output: None,
            ..self.clone()
        };
        matches!(defaults.task, Task::Cards(defaults) if defaults == here)
    }
}

/// For one measurement, where it means nothing.
const QUICK: Duration = Duration::from_millis(300);
/// What a measurement takes beside what it measures: a process starts, and stops in order.
const AROUND: Duration = Duration::from_millis(750);

/// One of the six. What is a mistake is no way to do it, and needs no price.
fn stage(text: &str) -> Result<Stage, String> {
    match text.trim().parse() {
        Ok(Stage::Mistake(_)) => {
            let names = Stage::ALL.map(Stage::name).join(", ");
            Err(format!("a mistake has no price; expected one of {names}"))
        }
        Ok(stage) => Ok(stage),
        Err(error) => Err(error.to_string()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "expected seconds, from 0.1 to 600".to_owned();
    let number: f64 = text.trim().parse().map_err(|_| wrong())?;
    if (0.1..=600.0).contains(&number) {
        Ok(Duration::from_secs_f64(number))
    } else {
        Err(wrong())
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let wrong = || "expected logins a second, from 1 to 1000000".to_owned();
    let number: f64 = text.trim().parse().map_err(|_| wrong())?;
    if (1.0..=1_000_000.0).contains(&number) {
        Ok(number)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cards(arguments: &[&str]) -> Result<CardsOptions, clap::Error> {
        let all = ["load", "cards"]
            .into_iter()
            .chain(arguments.iter().copied());
        match Options::try_parse_from(all)?.task {
            Task::Cards(cards) => Ok(cards),
            Task::System(_) => unreachable!("it was told to be cards"),
        }
    }

    #[test]
    fn everything_has_a_default() {
        let cards = cards(&[]).unwrap();

        assert_eq!(cards.stages, Stage::ALL);
        assert_eq!(cards.sampling.len(), 3);
        assert!(cards.is_whole());
    }

    #[test]
    fn a_part_is_not_the_whole() {
        for arguments in [
            &["--rounds", "1"][..],
            &["--seconds", "0.1"],
            &["--warm-up", "0.1"],
            &["--people", "1"],
            &["--rate", "100"],
            &["--stages", "bare,shim"],
            &["--sampling", "10"],
            &["--sampling", "100"],
            &["--store", "memory"],
            &["--no-pin"],
            &["--quick"],
        ] {
            assert!(!cards(arguments).unwrap().is_whole(), "{arguments:?}");
        }
    }

    #[test]
    fn the_whole_is_the_whole_wherever_its_page_goes() {
        assert!(cards(&["--output", "elsewhere.md"]).unwrap().is_whole());
        assert!(cards(&["--rounds", "4"]).unwrap().is_whole());
    }

    #[test]
    fn the_whole_is_even_and_takes_less_than_twelve_minutes() {
        let cards = cards(&[]).unwrap();

        assert_eq!(cards.rounds() % 2, 0);
        assert!(cards.estimate() < Duration::from_secs(12 * 60));
        assert!(cards.estimate() > Duration::from_secs(5 * 60));
    }

    #[test]
    fn what_does_not_keep_all_traces_is_measured_for_half_as_long() {
        let cards = cards(&["--seconds", "6"]).unwrap();
        let shim = |share: &str| Cell::new(Stage::Shim, share.parse().unwrap());

        assert_eq!(cards.time_of(Cell::BARE), Duration::from_secs(6));
        assert_eq!(cards.time_of(shim("100")), Duration::from_secs(6));
        assert_eq!(cards.time_of(shim("10")), Duration::from_secs(3));
    }

    #[test]
    fn quick_is_one_short_round() {
        let quick = cards(&["--quick"]).unwrap();
        assert_eq!(quick.rounds(), 1);
        assert!(quick.time() < Duration::from_secs(1));
        assert!(quick.warm_up() < quick.time());
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        for (arguments, expected) in [
            (&["--rounds", "0"][..], "1..=100"),
            (&["--seconds", "NaN"], "from 0.1 to 600"),
            (&["--seconds", "soon"], "from 0.1 to 600"),
            (&["--rate", "0"], "from 1 to"),
            (&["--rate", "inf"], "from 1 to"),
            (&["--people", "0"], "1..=1024"),
            (&["--stages", "bare,shiny"], "expected one of bare, legacy"),
            (
                &["--stages", "mistake:names-with-ids"],
                "a mistake has no price",
            ),
            (&["--sampling", "200"], "from 0 to 100"),
            (&["--store", "disk"], "auto, redis, memory"),
            (&["--quick", "--rounds", "3"], "cannot be used with"),
        ] {
            let error = cards(arguments).unwrap_err().to_string();
            assert!(error.contains(expected), "{arguments:?}: {error}");
        }
    }
}
