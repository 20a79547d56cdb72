//! The page that tells it, as markdown.

#[cfg(test)]
mod tests;

use crate::cards::{Card, Report};
use crate::cell::{Cell, Sampling};
use crate::goals::goals;
use crate::measure::Steady;
use crate::summary::Series;

/// What it is about, in words that are true of every run.
const OPENING: &str = include_str!("page/opening.txt");
/// How it was measured, in such words too.
const METHOD: &str = include_str!("page/method.txt");

/// The whole page.
#[must_use]
pub(crate) fn render(report: &Report<'_>) -> String {
    let mut page = Page(OPENING.to_owned());
    page.blank();
    page.line("```console");
    page.line(&format!("$ {}", report.command));
    page.line("```");
    verdicts(&mut page, report);
    for sampling in &report.options.sampling {
        let cards = cards(report, *sampling);
        page.heading(&format!("Keeping {sampling} of the traces"));
        limits(&mut page, report, &cards);
        latencies(&mut page, report, &cards);
        expenses(&mut page, report, &cards);
    }
    conditions(&mut page, report);
    page.blank();
    page.0.push_str(METHOD);
    page.0
}

/// The zero line, and the stages that were measured at this sampling.
fn cards<'a>(report: &'a Report<'_>, sampling: Sampling) -> Vec<&'a Card> {
    let stages = report.options.stages.iter();
    let cells = stages.map(|stage| Cell::new(*stage, sampling));
    let others = cells.filter(|cell| *cell != Cell::BARE);
    let others = others.filter_map(|cell| report.card(cell));
    std::iter::once(report.bare()).chain(others).collect()
}

fn verdicts(page: &mut Page, report: &Report<'_>) {
    let goals = goals(report);
    if goals.is_empty() {
        return;
    }
    page.heading("Goals");
    page.line("All of them are about keeping every trace.");
    page.table(&["Goal", "Measured", "Verdict"]);
    for goal in goals {
        let measured = format!("{:.2} {}", goal.measured, goal.unit);
        page.row(&[goal.claim.clone(), measured, goal.verdict().to_owned()]);
    }
}

fn limits(page: &mut Page, report: &Report<'_>, cards: &[&Card]) {
    let bare = report.bare().throughput();
    page.line("At the limit:");
    page.table(&[
        "Stage",
        "Logins a second",
        "Against bare, %",
        "Spans sent a login",
    ]);
    for card in cards {
        let spans: Series = card.limits.iter().map(|limit| limit.spans).collect();
        page.row(&[
            card.cell.stage.to_string(),
            card.throughput().to_string(),
            zero_or(card, || percent(&card.throughput(), &bare)),
            format!("{:.1}", spans.median()),
        ]);
    }
    page.blank();
}

fn latencies(page: &mut Page, report: &Report<'_>, cards: &[&Card]) {
    let p99 = |card: &Card| card.steady(|steady| steady.p99);
    let bare = p99(report.bare());
    let rate = report.rate;
    page.line(&format!(
        "How long a login takes at {rate:.0} a second, in ms:"
    ));
    page.table(&["Stage", "p50", "p99", "p99.9", "p99 more than bare"]);
    for card in cards {
        page.row(&[
            card.cell.stage.to_string(),
            format!("{:.2}", card.steady(|steady| steady.p50)),
            format!("{:.2}", p99(card)),
            format!("{:.2}", card.steady(|steady| steady.p999)),
            zero_or(card, || {
                format!("{:+.2}", p99(card).against(&bare, |it, bare| it - bare))
            }),
        ]);
    }
    page.blank();
}

fn expenses(page: &mut Page, report: &Report<'_>, cards: &[&Card]) {
    let cpu = |card: &Card| card.steady(|steady| steady.cpu);
    let bare = cpu(report.bare());
    page.line(&format!(
        "What a login takes at {:.0} a second:",
        report.rate
    ));
    page.table(&[
        "Stage",
        "CPU, µs",
        "Against bare, %",
        "Allocations",
        "Allocated, KiB",
        "Spans sent",
        "Bytes sent",
        "Most memory, MiB",
    ]);
    for card in cards {
        let median = |of: fn(&Steady) -> f64| card.steady(of).median();
        page.row(&[
            card.cell.stage.to_string(),
            cpu(card).to_string(),
            zero_or(card, || percent(&cpu(card), &bare)),
            format!(
                "{:.0}",
                card.counted(|counted| counted.allocations).median()
            ),
            format!("{:.1}", card.counted(|counted| counted.allocated).median()),
            format!("{:.1}", median(|steady| steady.spans)),
            format!("{:.0}", median(|steady| steady.exported)),
            memory(card),
        ]);
    }
    for card in cards {
        let dropped: u64 = card.steady.iter().map(|steady| steady.dropped).sum();
        if dropped > 0 {
            let cell = card.cell;
            page.blank();
            page.line(&format!(
                "Of {cell}, {dropped} datagrams came when the receiver had no room: their bytes are missing."
            ));
        }
    }
}

/// Not every operating system tells.
fn memory(card: &Card) -> String {
    let peaks: Option<Series> = card.steady.iter().map(|steady| steady.peak).collect();
    peaks.map_or_else(
        || "unknown".to_owned(),
        |peaks| format!("{:.1}", peaks.median()),
    )
}

fn conditions(page: &mut Page, report: &Report<'_>) {
    let (machine, options) = (&report.machine, report.options);
    let cpus = if report.pinned {
        "one for the services, the others for all else"
    } else {
        "shared, as the operating system chose"
    };
    let profile = if cfg!(debug_assertions) {
        "debug, so that no time means anything"
    } else {
        "release"
    };
    let time = options.time().as_secs_f64();
    page.heading("Where, when and how often");
    page.table(&["What", "Which"]);
    for (name, value) in [
        ("Date", machine.date.clone()),
        (
            "CPU",
            format!("{} of {}; {cpus}", machine.cpus, machine.cpu),
        ),
        ("Kernel", machine.kernel.clone()),
        ("Compiler", format!("rustc {}; {profile}", machine.rustc)),
        ("Store", report.store.clone()),
        (
            "Rounds",
            format!(
                "{} at the limit and {} at the rate",
                options.rounds(),
                options.rounds()
            ),
        ),
        (
            "Length of each",
            format!(
                "{time} s, after {} s of warming up",
                options.warm_up().as_secs_f64()
            ),
        ),
        (
            "People at the limit",
            format!("{} at a time", options.people),
        ),
        (
            "Busy at the limit",
            busy(report).unwrap_or_else(|| "unknown".to_owned()),
        ),
        (
            "Load average before",
            machine.load.clone().unwrap_or_else(|| "unknown".to_owned()),
        ),
    ] {
        page.row(&[name.to_owned(), value]);
    }
}

/// That the system was the bottleneck has to be shown: a generator at its own limit measures itself.
fn busy(report: &Report<'_>) -> Option<String> {
    let limits = report.cards.iter().flat_map(|card| &card.limits);
    let shares: Option<Vec<(f64, f64)>> = limits.map(|limit| limit.busy).collect();
    let shares = shares?;
    let system: Series = shares.iter().map(|(system, _)| system * 100.0).collect();
    let rest: Series = shares.iter().map(|(_, rest)| rest * 100.0).collect();
    Some(format!(
        "the CPU of the services {system} %, the others {rest} %"
    ))
}

fn zero_or(card: &Card, text: impl FnOnce() -> String) -> String {
    if card.cell == Cell::BARE {
        "0".to_owned()
    } else {
        text()
    }
}

fn percent(it: &Series, bare: &Series) -> String {
    format!(
        "{:+.1}",
        it.against(bare, |it, bare| (it / bare - 1.0) * 100.0)
    )
}

/// Markdown, line by line.
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn blank(&mut self) {
        self.0.push('\n');
    }

    fn heading(&mut self, text: &str) {
        self.blank();
        self.line(&format!("## {text}"));
        self.blank();
    }

    /// The head of a table: names to the left, numbers to the right.
    fn table(&mut self, columns: &[&str]) {
        self.blank();
        self.line(&format!("| {} |", columns.join(" | ")));
        let numbers = "--:|".repeat(columns.len().saturating_sub(1));
        self.line(&format!("|---|{numbers}"));
    }

    fn row(&mut self, values: &[String]) {
        self.line(&format!("| {} |", values.join(" | ")));
    }
}
