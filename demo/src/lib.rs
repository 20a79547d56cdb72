//! The whole story in one command: a system of three services, a login through all of them, and the traces that it left.
//!
//! Reading order: `options` (the command line), `story` (what is shown), `fleet` (what is started), `walk` (what a person
//! does), `expect` (what that should leave), `verdict` (whether it did). [`fleets`] does all of this for every combination of
//! stages; [`runner`] does it for whoever presses a button on the viewer's page; `drill` does it many times over while a
//! service changes its stage; `side_by_side` holds what two fleets left against each other.

mod conditions;
mod drill;
mod expect;
mod fleet;
pub mod fleets;
pub mod mistakes;
mod options;
pub mod runner;
mod side_by_side;
mod story;
mod verdict;
mod walk;
mod web;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use crate::drill::Drill;
use crate::options::{Command, Options};

/// Does what the command line asks for. The exit code is the verdict.
#[must_use]
pub fn main() -> ExitCode {
    let options = Options::parse();
    let checked = match &options.command {
        Some(Command::Compare(arguments)) => arguments.check(),
        None => options.drill.check(options.stage),
    };
    if let Err(reason) = checked {
        Options::command()
            .error(ErrorKind::ArgumentConflict, reason)
            .exit();
    }
    // That keys are random and the gateway is an inbox is what a demo is; it needs no warning.
    logging::set_default_filter(
        if options.fleets || options.mistakes || options.command.is_some() {
            // In each fleet a request fails on purpose.
            "warn,sms::app=error,auth::config=error,auth::error=off,api::error=off"
        } else {
            "warn,sms::app=error,auth::config=error"
        },
    );
    let held = logging::install_log_bridge()
        .map_err(Into::into)
        .and_then(
            |()| match (&options.command, options.fleets, options.drill.drill) {
                (Some(Command::Compare(arguments)), ..) => side_by_side::run(arguments),
                (None, true, _) => show_fleets(),
                (None, ..) if options.mistakes => show_mistakes(),
                (None, false, Some(Drill::Rollback)) => drill::run(&options),
                (None, false, None) => story::tell(&options),
            },
        );
    match held {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error:#}");
            match options.command {
                // As with the command `trace-compare`: 1 would say that the two differ.
                Some(Command::Compare(_)) => ExitCode::from(2),
                None => ExitCode::FAILURE,
            }
        }
    }
}

/// Prints the page, or what is wrong. Returns whether nothing is.
fn show_fleets() -> anyhow::Result<bool> {
    let report = fleets::run()?;
    let wrong = report.wrong();
    if wrong.is_empty() {
        say(report.page().trim_end());
    }
    for sentence in &wrong {
        eprintln!("{sentence}");
    }
    Ok(wrong.is_empty())
}

/// Prints the page, or what is wrong. Returns whether nothing is.
fn show_mistakes() -> anyhow::Result<bool> {
    let report = mistakes::run()?;
    let wrong = report.wrong();
    if wrong.is_empty() {
        say(report.page().trim_end());
    }
    for sentence in wrong {
        eprintln!("{sentence}");
    }
    Ok(wrong.is_empty())
}

/// Progress and results go to standard output. A closed pipe ends nothing: the exit code still tells the verdict.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}
