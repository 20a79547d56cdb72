//! Developer commands: `cargo xtask --help`.

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum as _};
use xtask::check::{self, Check};
use xtask::pages::{self, Outcome};
use xtask::workspace;
use xtask::{conformance, fuzz, public_api};

/// Developer commands of the workspace
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run what continuous integration runs besides the tests
    Check {
        /// Only these, in this order
        checks: Vec<Check>,
    },
    /// Write the generated parts of the documentation
    Pages {
        /// Only say whether they are fresh
        #[arg(long)]
        check: bool,
    },
    /// Fuzz every reader for a short time; needs cargo-fuzz and a nightly toolchain
    Fuzz {
        /// For each target
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Check { checks } if checks.is_empty() => check::run(Check::value_variants()),
        Task::Check { checks } => check::run(&checks),
        Task::Pages { check: true } => {
            pages::check(&workspace::root())?;
            conformance::check(&workspace::root())?;
            public_api::check(&workspace::root())
        }
        Task::Pages { check: false } => {
            let root = workspace::root();
            let written = [
                pages::write(&root)? == Outcome::Written,
                public_api::write(&root)?,
                conformance::write(&root)?,
            ];
            if written.contains(&true) {
                println!("pages written: see git diff");
            } else {
                println!("all pages are fresh");
            }
            Ok(())
        }
        Task::Fuzz { seconds } => fuzz::run(seconds),
    }
}
