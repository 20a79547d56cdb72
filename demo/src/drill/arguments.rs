//! What the command line says about a drill.

use clap::{Args, ValueEnum};
use launcher::Stage;

use super::BEFORE;
use crate::options::Stages;

/// Which drill, and how hard.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Arguments {
    /// Run a drill in place of the story, and end after its verdict
    #[arg(long, value_enum, value_name = "DRILL", conflicts_with = "phone")]
    pub(crate) drill: Option<Drill>,

    /// How many people begin to log in each second of a drill
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 30,
        requires = "drill",
        value_parser = clap::value_parser!(u32).range(1..=200)
    )]
    pub(crate) rate: u32,

    /// How many log in before, between and after the moves of a drill. During a move they go on
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 30,
        requires = "drill",
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub(crate) logins: u32,
}

/// What can be tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Drill {
    /// auth goes back to stage legacy and forward again while people log in
    Rollback,
}

impl Arguments {
    /// Whether a fleet in these stages can be drilled.
    ///
    /// # Errors
    ///
    /// The reason why not.
    pub(crate) fn check(self, stages: Stages) -> Result<(), String> {
        if self.drill.is_none() {
            Ok(())
        } else if stages.auth == BEFORE {
            Err(format!(
                "auth cannot go back to stage {BEFORE} from stage {BEFORE}"
            ))
        } else if stages.all().contains(&Stage::Bare) {
            Err("a drill is judged by its traces, and stage bare leaves none".to_owned())
        } else {
            Ok(())
        }
    }
}
