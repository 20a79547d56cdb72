//! The kit on the tracers of this workspace: `cargo test -p conformance --test kit` names each case on each of them.

use std::process::ExitCode;

use conformance::kit::{main as run, subjects};

fn main() -> ExitCode {
    run([
        ("noop", subjects::noop()),
        ("mock", subjects::mock()),
        ("sdk", subjects::sdk()),
        ("by_hand", subjects::by_hand()),
        ("api_noop", subjects::api_noop()),
        ("always_off", subjects::always_off()),
    ])
}
