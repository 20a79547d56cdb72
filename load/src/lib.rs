//! What each stage of the migration costs: see `cargo run -p load -- cards --help`.
//!
//! One binary is two kinds of processes. The *driver* has the people, the SMS gateway, the receiver of spans and the Redis; the
//! *system* has api, auth and sms in one stage, and nothing else, so that what it uses is what the stage costs. The driver
//! starts a fresh one for each measurement. Where allocations are counted, the system is the binary `load-counted`, which is this
//! library under an allocator that counts, and is not timed.
//!
//! Reading order: `options` (what is asked for), `cards` (the run), `measure` (one measurement), `drive` (how people come),
//! `person` (what one does), `record` (how long it took), `ground` (what stands around the system), `child` and `protocol` (how
//! driver and system talk), `system` (what is measured), `summary`, `goals` and `page` (what comes of it).

mod cards;
mod cell;
mod child;
mod cpu;
mod drive;
mod gateway;
mod goals;
mod ground;
mod http;
mod machine;
mod measure;
mod options;
mod page;
mod person;
mod protocol;
mod record;
mod sink;
mod summary;
mod system;
mod twin;

use std::process::ExitCode;

use clap::Parser as _;

use crate::options::{Options, Task};

/// Does what the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let done = match Options::parse().task {
        Task::Cards(cards) => cards::run(&cards),
        Task::System(system) => system::run(&system),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}
