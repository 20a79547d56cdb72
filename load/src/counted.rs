//! The system that is measured, under an allocator that counts, on all its threads. The driver starts it.

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Two or four atomic operations for each allocation: a few percent of a login, and more where there are more of them. So what
/// is timed is another binary.
#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    load::main()
}
