//! The whole story in one command: see `cargo run -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    demo::main()
}
