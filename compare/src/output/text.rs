//! Side by side in a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use super::escape::{cut, plain};
use super::{Mark, count};
use crate::doctor::Finding;
use crate::report::{Difference, Group, Report, Row, Summary};

/// How text is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// How many characters a line may have.
    pub width: usize,
    /// Whether lines have colours.
    pub colors: bool,
}

impl Style {
    /// For standard output: as wide as `COLUMNS` says, in colours if that is a terminal and `NO_COLOR` is not set.
    #[must_use]
    pub fn for_stdout() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS").ok();
        let columns = columns.and_then(|columns| columns.parse().ok());
        Self {
            width: columns.unwrap_or(Self::default().width),
            colors: !refused && io::stdout().is_terminal(),
        }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 120,
            colors: false,
        }
    }
}

const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const CYAN: &str = "36";
const BOLD: &str = "1";
const DIM: &str = "2";

/// A report as text.
///
/// Groups without a difference are one line. In the others, spans stand side by side; what a rule explains is counted at the
/// end, and everything else told below its span.
#[must_use]
pub fn text(report: &Report, style: Style) -> String {
    let mut out = Text {
        out: String::new(),
        style,
    };
    out.summary("left ", &report.left);
    out.summary("right", &report.right);
    for group in &report.groups {
        out.group(group);
    }
    out.rules(report);
    out.verdict(report);
    out.out
}

/// Findings as text.
#[must_use]
pub fn findings(findings: &[Finding], style: Style) -> String {
    let mut out = Text {
        out: String::new(),
        style,
    };
    for finding in findings {
        let head = format!("{}  {}", finding.problem, plain(&finding.edge.to_string()));
        let head = out.paint(BOLD, &head);
        out.line(&format!("{head}  ({})", count(finding.count, "time")));
        out.line(&format!(
            "  {}: {}",
            plain(&finding.span),
            plain(&finding.detail)
        ));
        out.line(&format!("  likely: {}", finding.cause));
        out.line(&format!("  trace {}, {}", finding.trace_id, finding.page));
        out.line("");
    }
    let meant = findings.iter().filter(|finding| finding.may_be_meant);
    let verdict = match (findings.len(), meant.count()) {
        (0, _) => "Verdict: healthy. Nothing was found.".to_owned(),
        (number, 0) => format!("Verdict: {}.", count(number, "finding")),
        (number, meant) if meant == number => format!(
            "Verdict: healthy, if {} by design.",
            if meant == 1 { "this is" } else { "these are" }
        ),
        (number, meant) => format!(
            "Verdict: {}, of which {meant} may be by design.",
            count(number, "finding")
        ),
    };
    let verdict = out.paint(BOLD, &verdict);
    out.line(&verdict);
    out.out
}

struct Text {
    out: String,
    style: Style,
}

impl Text {
    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn paint(&self, color: &str, text: &str) -> String {
        if self.style.colors {
            format!("\u{1b}[{color}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn summary(&mut self, side: &str, summary: &Summary) {
        let traces = count(summary.traces, "trace");
        let spans = count(summary.spans, "span");
        self.line(&format!(
            "{side}  {}: {traces}, {spans}",
            plain(&summary.source)
        ));
    }

    fn group(&mut self, group: &Group) {
        let marks: Vec<_> = group.rows.iter().map(Mark::of).collect();
        let is_same = marks.iter().all(|mark| *mark == Mark::Same);
        let is_explained = marks
            .iter()
            .all(|mark| matches!(mark, Mark::Same | Mark::ByRule));
        let verdict = match (is_same, is_explained, group.left, group.right) {
            (true, ..) => "the same",
            (_, true, ..) => "the same by rule",
            (.., 0) => "lost",
            (.., 0, _) => "added",
            _ => "different",
        };
        let operation = self.paint(BOLD, &plain(&group.operation));
        let traces = count(group.left, "trace");
        self.line("");
        self.line(&format!(
            "{operation}  {traces} against {}: {verdict}",
            group.right
        ));
        if is_explained {
            return;
        }
        // Long stretches in which nothing happens are told by their length.
        const WORTH_FOLDING: usize = 8;
        let mut at = 0;
        while at < group.rows.len() {
            let quiet = marks[at..]
                .iter()
                .take_while(|mark| matches!(mark, Mark::Same | Mark::ByRule))
                .count();
            if quiet > WORTH_FOLDING {
                self.row(&group.rows[at], marks[at]);
                let folded = format!("  … {} alike …", count(quiet - 2, "span"));
                let folded = self.paint(DIM, &folded);
                self.line(&folded);
                self.row(&group.rows[at + quiet - 1], marks[at + quiet - 1]);
                at += quiet;
                continue;
            }
            self.row(&group.rows[at], marks[at]);
            at += 1;
        }
    }

    fn row(&mut self, row: &Row, mark: Mark) {
        let color = match mark {
            Mark::Same | Mark::ByRule => DIM,
            Mark::Changed => YELLOW,
            Mark::Lost => RED,
            Mark::Added => GREEN,
            Mark::Reparented => CYAN,
        };
        let half = self.style.width.saturating_sub(7).max(20) / 2;
        let cell = |side: &Option<String>| {
            let line = side.as_ref().map_or_else(String::new, |line| {
                format!("{}{}", indent(row.depth), plain(line))
            });
            cut(&line, half)
        };
        let (left, right) = (cell(&row.left), cell(&row.right));
        let blanks = " ".repeat(half - left.chars().count());
        let line = format!("  {left}{blanks} {} {right}", mark.sign());
        let line = self.paint(color, line.trim_end());
        self.line(&line);
        for found in row.differences.iter().filter(|found| found.rule.is_none()) {
            self.difference(found, row.depth);
        }
    }

    fn difference(&mut self, found: &Difference, depth: usize) {
        let mut line = format!("  {}  {} {}", indent(depth), found.kind, plain(&found.part));
        let value = |value: &str| plain(value);
        match (&found.left, &found.right) {
            _ if found.part == "span" => {}
            (Some(left), Some(right)) => {
                let _infallible = write!(line, ": {} → {}", value(left), value(right));
            }
            (Some(only), None) | (None, Some(only)) => {
                let _infallible = write!(line, ": {}", value(only));
            }
            (None, None) => {}
        }
        if let Some(page) = &found.page {
            let _infallible = write!(line, "  ({})", plain(page));
        }
        let line = self.paint(YELLOW, &line);
        self.line(&line);
    }

    /// Each rule that was needed, how often, and what it says.
    fn rules(&mut self, report: &Report) {
        let mut used: BTreeMap<&str, (usize, &Difference)> = BTreeMap::new();
        for (found, traces) in report.differences() {
            if let Some(rule) = &found.rule {
                used.entry(rule).or_insert((0, found)).0 += traces;
            }
        }
        if used.is_empty() {
            return;
        }
        self.line("");
        let head = self.paint(BOLD, "By rule");
        self.line(&head);
        for (rule, (times, found)) in used {
            let times = match times {
                1 => "    1 time ".to_owned(),
                times => format!("{times:>5} times"),
            };
            let said = format!("{} {}", plain(rule), plain(&said(found)));
            let note = found.note.as_deref().map(plain);
            let page = found.page.as_deref().map(plain);
            let parts = [Some(said), note, page];
            let parts: Vec<_> = parts.into_iter().flatten().collect();
            let line = format!("  {times}  {}", parts.join("  "));
            let line = self.paint(DIM, &line);
            self.line(&line);
        }
    }

    fn verdict(&mut self, report: &Report) {
        let unexplained: usize = report.unexplained().map(|(_, traces)| traces).sum();
        let verdict = if !report.is_equivalent() {
            let are = if unexplained == 1 { "is" } else { "are" };
            let number = count(unexplained, "difference");
            format!("Verdict: different. There {are} {number} that no rule explains.")
        } else if report.differences().next().is_some() {
            "Verdict: equivalent. Rules explain every difference.".to_owned()
        } else {
            "Verdict: equivalent. There is no difference.".to_owned()
        };
        self.line("");
        let verdict = self.paint(BOLD, &verdict);
        self.line(&verdict);
    }
}

/// An example of what a rule explained.
fn said(found: &Difference) -> String {
    let kind = match (&found.left, &found.right) {
        (Some(_), Some(_)) => "",
        (Some(_), None) => " on the left only",
        _ => " on the right only",
    };
    format!("({}{kind})", found.part)
}

/// Two blanks a level; far down a number takes their place.
fn indent(depth: usize) -> String {
    const DEEPEST: usize = 16;
    if depth <= DEEPEST {
        "  ".repeat(depth)
    } else {
        format!("{}({depth}) ", "  ".repeat(DEEPEST))
    }
}
