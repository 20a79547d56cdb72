//! What the command line says.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use launcher::Stage;

use crate::cell::Sampling;

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

#[derive(Clone, Debug, Args)]
pub(crate) struct CardsOptions {
    /// How often each stage is measured, in turn with the others
    #[arg(long, default_value_t = 5, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,

    /// How long one measurement takes
    #[arg(long, default_value = "3", value_name = "SECONDS", value_parser = seconds)]
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

    /// How long one measurement takes.
    #[must_use]
    pub(crate) fn time(&self) -> Duration {
        if self.quick { QUICK } else { self.seconds }
    }

    /// How long people log in before.
    #[must_use]
    pub(crate) fn warm_up(&self) -> Duration {
        if self.quick { QUICK / 2 } else { self.warm_up }
    }

    /// Whether this is what the page in the repository is made from.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        !self.quick
            && self.rate.is_none()
            && Stage::ALL.iter().all(|stage| self.stages.contains(stage))
            && self.sampling.contains(&Sampling::ALL)
    }
}

/// For one measurement, where it means nothing.
const QUICK: Duration = Duration::from_millis(300);

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
            &["--quick"][..],
            &["--stages", "bare,shim"],
            &["--sampling", "10"],
            &["--rate", "100"],
        ] {
            assert!(!cards(arguments).unwrap().is_whole(), "{arguments:?}");
        }
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
