//! What a span, a header or a tag costs through the shim, against the OpenTelemetry API called directly.
//!
//! ```text
//! cargo bench -p opentracing-shim                          nanoseconds, instructions, allocations, and the goals
//! cargo bench -p opentracing-shim -- --check               instructions and allocations alone, against the baseline
//! cargo bench -p opentracing-shim -- --save-baseline       writes that baseline, benches/cost/baseline.json
//! ```
//!
//! In the order of reading: `cases/` is the work that is measured, `callgrind.rs`, `clock.rs` and `contention.rs` measure
//! it, `goals.rs` says what it may cost, `report.rs` prints.
//!
//! Time is only shown, for it depends on the machine and on who else uses it. What is judged is counted: instructions
//! and calls of the allocator, by valgrind's callgrind. The program starts itself once more under valgrind, where each
//! case runs inside one function that callgrind watches; so nothing but valgrind has to be installed, and all subjects of
//! a table are counted in one process, by one build. `--check` fails if a goal that rests on counts and was reached in
//! the baseline does not hold any more, or if the ratio of the shim to the direct API has grown over the baseline.
//! Without valgrind nothing can be counted, which is said, and is a failure where `CI` is `true`.
//!
//! One goal is out of reach: a recorded span takes more time than one of rustracing_jaeger, and so does the API called by
//! hand, even without the link and the context (the row `OpenTelemetry API, bare`). What the SDK does for a span is more
//! than that crate does, and the shim cannot take it away.

mod baseline;
mod callgrind;
mod cases;
mod clock;
mod contention;
mod goals;
mod report;

use std::env;
use std::process::ExitCode;

use cases::Cases;

/// A failed measurement is the end of the program, and its text is all that matters then.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    // `cargo bench` passes `--bench`, `cargo test --benches` does not.
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_bench = arguments.iter().any(|argument| argument == "--bench");
    let chosen: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| *argument != "--bench")
        .collect();
    let outcome = match chosen[..] {
        [callgrind::COUNTED] => {
            callgrind::run_counted(&cases::all());
            Ok(ExitCode::SUCCESS)
        }
        ["--check"] => check(),
        ["--save-baseline"] => save_baseline(),
        [] if is_bench => bench(),
        [] => {
            cases::all().run_once();
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(format!(
            "expected --check, --save-baseline or nothing, not {}",
            chosen.join(" ")
        )
        .into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

/// Everything, for a reader.
fn bench() -> Result<ExitCode> {
    let cases: Cases = cases::all();
    let times = clock::measure(&cases)?;
    let contention = contention::measure();
    let counts = counts(&cases)?;
    report::print_tables(&cases, &times, counts.as_ref());
    report::print_contention(&contention);
    if let Some(counts) = &counts {
        report::print_slopes(counts);
        report::print_verdicts(&goals::of_counts(counts));
    }
    report::print_verdicts(&goals::of_times(&times, &contention));
    Ok(ExitCode::SUCCESS)
}

/// What may be judged, for a machine.
fn check() -> Result<ExitCode> {
    let cases = cases::all();
    let Some(counts) = counts(&cases)? else {
        return Ok(ExitCode::SUCCESS);
    };
    report::print_tables(&cases, &clock::Times::new(), Some(&counts));
    report::print_slopes(&counts);
    let baseline = baseline::load()?;
    let mut verdicts = goals::of_counts(&counts);
    verdicts.extend(baseline.compare(&counts));
    report::print_verdicts(&verdicts);
    Ok(
        if verdicts.iter().any(|verdict| baseline.is_news(verdict)) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        },
    )
}

fn save_baseline() -> Result<ExitCode> {
    match counts(&cases::all())? {
        Some(counts) => baseline::save(&counts)?,
        None => return Ok(ExitCode::FAILURE),
    }
    Ok(ExitCode::SUCCESS)
}

/// The counts of all cases; `None`, and a line that says so, if there is no valgrind and nobody insists on it.
fn counts(cases: &Cases) -> Result<Option<callgrind::Counts>> {
    if callgrind::is_installed() {
        return callgrind::count(cases).map(Some);
    }
    if env::var("CI").is_ok_and(|value| value == "true") {
        return Err("nothing can be counted: valgrind is not installed".into());
    }
    eprintln!("instructions and allocations: skipped, valgrind is not installed");
    Ok(None)
}
