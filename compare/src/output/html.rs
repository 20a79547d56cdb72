//! One page without scripts and without outside resources, to attach to a change request.

use std::fmt::Write as _;

use super::escape::markup;
use super::{Mark, count};
use crate::report::{Difference, Group, Report, Row};

const STYLE: &str = include_str!("page.css");

/// A report as a page of HTML that needs nothing else.
#[must_use]
pub fn html(report: &Report) -> String {
    let verdict = if report.is_equivalent() {
        "equivalent"
    } else {
        "different"
    };
    let mut page = String::new();
    let (left, right) = (&report.left, &report.right);
    // `default-src 'none'` is what keeps a page from a stranger's capture from asking anybody anything.
    let _infallible = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Traces: {verdict}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>Traces: <span class=\"{verdict}\">{verdict}</span></h1>\n\
         <table class=\"sides\"><thead><tr><th></th><th>capture</th><th>traces</th><th>spans</th></tr></thead><tbody>\n\
         <tr><th>left</th><td>{}</td><td>{}</td><td>{}</td></tr>\n\
         <tr><th>right</th><td>{}</td><td>{}</td><td>{}</td></tr>\n</tbody></table>\n",
        markup(&left.source),
        left.traces,
        left.spans,
        markup(&right.source),
        right.traces,
        right.spans,
    );
    for found in &report.groups {
        group(&mut page, found);
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn group(page: &mut String, group: &Group) {
    let unexplained = group
        .rows
        .iter()
        .flat_map(|row| &row.differences)
        .filter(|found| found.rule.is_none())
        .count();
    let (open, verdict) = match unexplained {
        0 if group.rows.iter().all(|row| row.differences.is_empty()) => ("", "the same".to_owned()),
        0 => ("", "the same by rule".to_owned()),
        number => (" open", count(number, "difference")),
    };
    let _infallible = write!(
        page,
        "<details{open}>\n<summary><b>{}</b> {} against {}: {verdict}</summary>\n\
         <table class=\"rows\"><thead><tr><th>left</th><th>difference</th><th>right</th></tr></thead><tbody>\n",
        markup(&group.operation),
        count(group.left, "trace"),
        group.right,
    );
    for found in &group.rows {
        row(page, found);
    }
    page.push_str("</tbody></table>\n</details>\n");
}

fn row(page: &mut String, row: &Row) {
    let mark = Mark::of(row);
    let class = mark.word().replace(' ', "-");
    let cell = |side: &Option<String>| side.as_deref().map(markup).unwrap_or_default();
    // Beyond this the indent would leave the page.
    let depth = row.depth.min(24);
    let (explained, unexplained): (Vec<_>, Vec<_>) = row
        .differences
        .iter()
        .partition(|found| found.rule.is_some());
    let _infallible = writeln!(
        page,
        "<tr class=\"{class}\"><td style=\"--depth:{depth}\">{}</td><td><span aria-hidden=\"true\">{}</span>\
         <span class=\"word\">{}</span>{}</td><td style=\"--depth:{depth}\">{}</td></tr>",
        cell(&row.left),
        markup(&mark.sign().to_string()),
        mark.word(),
        folded(&explained),
        cell(&row.right),
    );
    for found in unexplained {
        difference(page, found, depth);
    }
}

/// What rules explain, to be opened by those who want to know.
fn folded(explained: &[&Difference]) -> String {
    if explained.is_empty() {
        return String::new();
    }
    let mut list = format!(
        "<details class=\"rules\"><summary>{}</summary><ul>",
        count(explained.len(), "rule")
    );
    for found in explained {
        let sides = match (&found.left, &found.right) {
            (Some(left), Some(right)) => format!("{} → {}", code(left), code(right)),
            (Some(only), None) | (None, Some(only)) => code(only),
            (None, None) => String::new(),
        };
        let rule = found.rule.as_deref().unwrap_or_default();
        let note = found.note.as_ref();
        let note = note.map_or_else(String::new, |note| format!(": {}", markup(note)));
        let _infallible = write!(
            list,
            "<li>{} {} {sides}<br><small>{}{note}</small></li>",
            found.kind,
            markup(&found.part),
            markup(rule),
        );
    }
    list.push_str("</ul></details>");
    list
}

fn difference(page: &mut String, found: &Difference, depth: usize) {
    let side = |value: &Option<String>| value.as_deref().map(code).unwrap_or_default();
    let _infallible = writeln!(
        page,
        "<tr class=\"detail\"><td style=\"--depth:{depth}\">{}</td><td>{} {}<br><small>{}</small></td>\
         <td style=\"--depth:{depth}\">{}</td></tr>",
        side(&found.left),
        found.kind,
        markup(&found.part),
        found.page.as_deref().map(markup).unwrap_or_default(),
        side(&found.right),
    );
}

fn code(value: &str) -> String {
    format!("<code>{}</code>", markup(value))
}
