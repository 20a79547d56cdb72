//! The page that tells it, as markdown.

#[cfg(test)]
mod tests;

use crate::cards::{Card, Report};
use crate::cell::{Cell, Sampling};
use crate::goals::goals;
use crate::measure::Steady;
use crate::record::Latencies;
use crate::summary::Series;

/// What it is about, in words that are true of every run.
const OPENING: &str = include_str!("page/opening.txt");
/// How it was measured, in such words too.
const METHOD: &str = include_str!("page/method.txt");

/// The services are the bottleneck where their CPU is busy for this much of the time, in percent.
const BOTTLENECK: f64 = 95.0;
/// Of fewer logins, one of a thousand is a handful.
const ENOUGH: u64 = 10_000;

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
        "Spans dropped, %",
        "Services' CPU busy, %",
        "Busiest other CPU, %",
    ]);
    for card in cards {
        let spans: Series = card.limits.iter().map(|limit| limit.spans).collect();
        let (system, rest) = busy(card).unzip();
        page.row(&[
            card.cell.stage.to_string(),
            card.throughput().to_string(),
            zero_or(card, || percent(&card.throughput(), &bare)),
            format!("{:.1}", spans.median()),
            format!("{:.1}", card.dropped()),
            known(system),
            known(rest),
        ]);
    }
    for card in cards {
        let Some((system, rest)) = busy(card).filter(|(system, _)| *system < BOTTLENECK) else {
            continue;
        };
        let cell = card.cell;
        page.blank();
        page.line(&format!(
            "Of {cell}, the services' CPU was busy {system:.0} % and the busiest other {rest:.0} %: this is not the limit of \
             the services."
        ));
    }
    page.blank();
}

/// The percent of the time in which the services' CPU was busy at the limit, and the busiest of the others. That the services
/// were the bottleneck has to be shown: a generator at its own limit measures itself.
fn busy(card: &Card) -> Option<(f64, f64)> {
    let shares: Option<Vec<(f64, f64)>> = card.limits.iter().map(|limit| limit.busy).collect();
    let (system, rest): (Vec<f64>, Vec<f64>) = shares?.into_iter().unzip();
    let percent = |shares: Vec<f64>| {
        let shares: Series = shares.into_iter().collect();
        shares.median() * 100.0
    };
    Some((percent(system), percent(rest)))
}

fn known(number: Option<f64>) -> String {
    number.map_or_else(|| "unknown".to_owned(), |number| format!("{number:.0}"))
}

fn latencies(page: &mut Page, report: &Report<'_>, cards: &[&Card]) {
    let bare = report.bare().quantile(0.99);
    let rate = report.rate;
    page.line(&format!(
        "How long a login takes at {rate:.0} a second, in ms:"
    ));
    page.table(&[
        "Stage",
        "Logins",
        "p50",
        "p99",
        "p99.9",
        "p99 more than bare",
    ]);
    for card in cards {
        let all = card.latencies();
        page.row(&[
            card.cell.stage.to_string(),
            all.len().to_string(),
            quantile(card, &all, 0.5),
            quantile(card, &all, 0.99),
            if all.len() < ENOUGH {
                "-".to_owned()
            } else {
                format!("{:.2}", all.millis(0.999))
            },
            zero_or(card, || {
                let p99 = card.quantile(0.99);
                format!("{:+.2}", p99.against(&bare, |it, bare| it - bare))
            }),
        ]);
    }
    page.blank();
}

/// Of all logins, and in brackets of the rounds.
fn quantile(card: &Card, all: &Latencies, share: f64) -> String {
    let all = all.millis(share);
    card.quantile(share).spread().map_or_else(
        || format!("{all:.2}"),
        |(min, max)| format!("{all:.2} ({min:.2} to {max:.2})"),
    )
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
                "{time} s where every trace is kept, else {} s; after {} s of warming up",
                time / 2.0,
                options.warm_up().as_secs_f64()
            ),
        ),
        (
            "People at the limit",
            format!("{} at a time", options.people),
        ),
        (
            "Load average before",
            machine.load.clone().unwrap_or_else(|| "unknown".to_owned()),
        ),
    ] {
        page.row(&[name.to_owned(), value]);
    }
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

    /// One blank line, however often.
    fn blank(&mut self) {
        if !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
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
