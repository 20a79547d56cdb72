//! What each stage of the migration costs: see `cargo run -p load -- cards --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    load::main()
}
