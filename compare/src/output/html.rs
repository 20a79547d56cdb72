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
        0 => ("", "the same".to_owned()),
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
    let _infallible = writeln!(
        page,
        "<tr class=\"{class}\"><td style=\"--depth:{depth}\">{}</td><td title=\"{word}\"><span aria-hidden=\"true\">{}</span>\
         <span class=\"word\">{word}</span></td><td style=\"--depth:{depth}\">{}</td></tr>",
        cell(&row.left),
        markup(&mark.sign().to_string()),
        cell(&row.right),
        word = mark.word(),
    );
    for found in &row.differences {
        difference(page, found, depth);
    }
}

fn difference(page: &mut String, found: &Difference, depth: usize) {
    let explained = found.rule.is_some();
    let why = match (&found.rule, &found.page) {
        (Some(rule), Some(page)) => format!("rule {}, {}", markup(rule), markup(page)),
        (Some(rule), None) => format!("rule {}", markup(rule)),
        (None, Some(page)) => markup(page),
        (None, None) => String::new(),
    };
    let value = |value: &Option<String>| match value {
        Some(value) => format!("<code>{}</code>", markup(value)),
        None => String::new(),
    };
    let _infallible = writeln!(
        page,
        "<tr class=\"detail {}\"><td style=\"--depth:{depth}\">{}</td><td>{} {}<br><small>{why}</small></td>\
         <td style=\"--depth:{depth}\">{}</td></tr>",
        if explained {
            "explained"
        } else {
            "unexplained"
        },
        value(&found.left),
        found.kind,
        markup(&found.part),
        value(&found.right),
    );
}
