//! Prints what was measured.

use super::callgrind::Counts;
use super::cases::{BAGGAGE, Cases, DIRECT, LINKS, SHIM, TAGS};
use super::clock::Times;
use super::contention::Contention;
use super::goals::{self, Verdict};

/// A table for each scenario, with the ratio to its first line behind each number. What was not measured is a dash.
pub(crate) fn print_tables(cases: &Cases, times: &Times, counts: Option<&Counts>) {
    let mut scenario = "";
    let mut reference = [None; 3];
    for case in cases.iter().filter(|case| case.is_timed) {
        let count = counts.and_then(|counts| counts.get(&case.key));
        let costs = [
            times.get(&case.key).copied(),
            count.map(|count| count.instructions),
            count.map(|count| count.allocations),
        ];
        if case.key.scenario != scenario {
            scenario = case.key.scenario;
            reference = costs;
            println!(
                "\n{scenario:24}{:>18}{:>18}{:>18}",
                "nanoseconds", "instructions", "allocations"
            );
        }
        let columns: String = costs
            .iter()
            .zip(reference)
            .zip([0, 0, 1])
            .map(|((cost, reference), digits)| {
                format!("{:>18}", with_ratio(*cost, reference, digits))
            })
            .collect();
        println!("  {:22}{columns}", case.key.subject);
    }
}

fn with_ratio(cost: Option<f64>, reference: Option<f64>, digits: usize) -> String {
    match (cost, reference) {
        (Some(cost), Some(reference)) if reference > 0.0 => {
            format!("{cost:.digits$}  x{:.2}", cost / reference)
        }
        (Some(cost), _) => format!("{cost:.digits$}       "),
        (None, _) => "-       ".to_owned(),
    }
}

/// What one more costs at each size.
pub(crate) fn print_slopes(counts: &Counts) {
    println!(
        "\ninstructions for each further one, from one size to the next, and the steepest exponent"
    );
    for scenario in [TAGS, BAGGAGE, LINKS] {
        for subject in [DIRECT, SHIM] {
            let sizes = goals::by_size(counts, scenario, subject);
            let slopes: String = sizes
                .windows(2)
                .map(|step| {
                    let slope = (step[1].1 - step[0].1) / (step[1].0 - step[0].0) as f64;
                    format!("{:>14}", format!("{}: {slope:.0}", step[1].0))
                })
                .collect();
            let steepest = goals::exponents(counts, scenario, subject)
                .into_iter()
                .fold(0.0, f64::max);
            println!("  {scenario:10}{subject:20}{slopes:56}{steepest:>8.2}");
        }
    }
}

pub(crate) fn print_contention(contention: &[Contention]) {
    if contention.is_empty() {
        println!("\ntwo threads: skipped, there is one processor");
        return;
    }
    println!("\nnanoseconds for a recorded span, on one thread and on each of two");
    for found in contention {
        println!(
            "  {:22}{:>10.0}{:>10.0}  {:+.0} %",
            found.subject,
            found.alone,
            found.together,
            -found.loss() * 100.0
        );
    }
}

pub(crate) fn print_verdicts(verdicts: &[Verdict]) {
    println!();
    for verdict in verdicts {
        let word = if verdict.holds { "holds" } else { "FAILS" };
        println!("{word}  {}: {}", verdict.goal, verdict.found);
    }
}
