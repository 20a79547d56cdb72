//! The spans side by side, in chunks as the waterfall's.

use std::fmt::Write as _;

use compare::{Difference, Group, Ids, Report, Row};
use maud::{Markup, html};
use opentelemetry::trace::{SpanId, TraceId};

use super::kinds::{Kind, Kinds};
use super::request::Request;
use crate::page::text::{counted, grouped, shown};
use crate::page::{accent, guide, span};

/// How many lines are sent at once.
const CHUNK: usize = 250;

/// Indentation ends here.
const DEEPEST: usize = 24;

/// How much of a value is shown; the details of the span have more.
const VALUE: usize = 600;

/// How many differences of a span are shown.
const LISTED: usize = 200;

/// A line of the table.
#[derive(Clone, Copy)]
enum Line<'a> {
    /// Before the rows of traces that differ in the same way.
    Group(&'a Group),
    /// A span. One that is there only to show where another stands is quiet.
    Row { row: &'a Row, is_context: bool },
}

/// All lines that are asked for. Above a row stand the spans that lead to it.
fn lines(report: &Report, kinds: Kinds) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for group in &report.groups {
        let mut heads = (report.groups.len() > 1).then_some(Line::Group(group));
        let mut above: Vec<(&Row, bool)> = Vec::new();
        for row in &group.rows {
            above.truncate(row.depth);
            let is_shown = kinds.show(row);
            if is_shown {
                lines.extend(heads.take());
                for (row, is_there) in &mut above {
                    if !std::mem::replace(is_there, true) {
                        lines.push(Line::Row {
                            row,
                            is_context: true,
                        });
                    }
                }
                lines.push(Line::Row {
                    row,
                    is_context: false,
                });
            }
            above.push((row, is_shown));
        }
    }
    lines
}

/// The lines from where the request begins.
pub(super) fn table(request: &Request, report: &Report) -> Markup {
    let lines = lines(report, request.kinds);
    let from = request.from.min(lines.len().saturating_sub(1));
    let to = (from + CHUNK).min(lines.len());
    html! {
        div #rows {
            @if from > 0 {
                p .more { a rel="prev" href=(request.link(from.saturating_sub(CHUNK))) { "Earlier lines" } }
            }
            @if lines.is_empty() {
                div .empty { p { "No span is of the kinds that were chosen." } }
            } @else {
                div #pairs role="table" aria-label="Spans side by side" aria-rowcount=(lines.len() + 1) {
                    div .head role="rowgroup" {
                        div .pair role="row" aria-rowindex="1" {
                            div role="columnheader" { "Kind" }
                            div role="columnheader" { "Before, " (counted(report.left.spans, "span")) }
                            div role="columnheader" { "After, " (counted(report.right.spans, "span")) }
                            div .unseen role="columnheader" { "Differences" }
                        }
                    }
                    div .chunk role="rowgroup" {
                        @for (at, line) in lines[from..to].iter().enumerate() {
                            @match line {
                                Line::Group(group) => (head(group, from + at)),
                                Line::Row { row, is_context } => (pair(row, *is_context, request.kinds, from + at)),
                            }
                        }
                    }
                }
            }
            @if to < lines.len() {
                p .more { a #more rel="next" href=(request.link(to)) {
                    "Lines " (grouped(to + 1)) " to " (grouped((to + CHUNK).min(lines.len()))) " of " (grouped(lines.len()))
                } }
            }
        }
    }
}

fn head(group: &Group, at: usize) -> Markup {
    html! {
        div .group role="row" aria-rowindex=(at + 2) {
            div role="rowheader" aria-colspan="4" {
                strong { bdi { (shown(&group.operation, VALUE)) } } " "
                span .note { (counted(group.left, "trace")) " against " (grouped(group.right)) }
            }
        }
    }
}

fn pair(row: &Row, is_context: bool, kinds: Kinds, at: usize) -> Markup {
    let kind = Kind::of_row(row);
    let level = format!("level-{}", row.depth.min(DEEPEST));
    let (by_rule, others): (Vec<&Difference>, Vec<&Difference>) = row
        .differences
        .iter()
        .partition(|found| Kind::of_difference(found) == Kind::ByRule);
    let only_rules =
        kinds.chosen().is_some() && !others.iter().any(|it| kinds.has(Kind::of_difference(it)));
    html! {
        div .pair .(kind.word_in_links()) .context[is_context] role="row" aria-rowindex=(at + 2)
            data-differs[!is_context && kind != Kind::Same] {
            div .sign role="rowheader" { span .mark aria-hidden="true" { (kind.sign()) } (kind.word()) }
            (side(row.left.as_deref(), row.left_ids, &level, "only after"))
            (side(row.right.as_deref(), row.right_ids, &level, "only before"))
            @if !row.differences.is_empty() && !is_context {
                div .found role="cell" {
                    @if !others.is_empty() { (list(&others, row)) }
                    @if !by_rule.is_empty() {
                        details .rules open[only_rules] {
                            summary { (grouped(by_rule.len())) " by rule" }
                            (list(&by_rule, row))
                        }
                    }
                }
            }
        }
    }
}

fn side(line: Option<&str>, ids: Option<Ids>, level: &str, otherwise: &str) -> Markup {
    let Some(line) = line else {
        return html! { div .side .nothing .(level) role="cell" { (otherwise) } };
    };
    let service = line.split_once(": ").map_or(line, |(service, _)| service);
    let line = shown(line, VALUE);
    html! {
        div .side .(level) .(accent::class(service)) role="cell" {
            @if let Some(ids) = ids {
                a href=(span::link(TraceId::from_bytes(ids.trace), SpanId::from_bytes(ids.span))) { bdi { (line) } }
            } @else { bdi { (line) } }
        }
    }
}

fn list(differences: &[&Difference], row: &Row) -> Markup {
    html! {
        ul .differences {
            @for found in differences.iter().take(LISTED) { (difference(found, row)) }
        }
        @if differences.len() > LISTED { p .note { (counted(differences.len() - LISTED, "difference")) " more" } }
    }
}

fn difference(found: &Difference, row: &Row) -> Markup {
    let kind = Kind::of_difference(found);
    let mut explained = String::new();
    if let Some(rule) = &found.rule {
        let _infallible = write!(explained, "Rule {rule}");
        if let Some(note) = &found.note {
            let _infallible = write!(explained, ": {note}");
        }
    }
    let place = found.page.as_deref().and_then(guide::place);
    // Of a span that is lost or added the line is there already; how many are below it is not.
    let own = row
        .left
        .as_deref()
        .or(row.right.as_deref())
        .unwrap_or_default();
    let below = (found.part == "span")
        .then(|| {
            found
                .left
                .as_deref()
                .or(found.right.as_deref())?
                .strip_prefix(own)
        })
        .flatten();
    html! {
        li .(kind.word_in_links()) {
            span .tag { span aria-hidden="true" { (kind.sign()) " " } (found.kind) }
            " " span .part { bdi { (shown(&found.part, VALUE)) } }
            @match below {
                Some(below) => (below),
                None => { " " (values(found)) },
            }
            @if !explained.is_empty() { " " span .note { (shown(&explained, VALUE)) } }
            @match (place, &found.page) {
                (Some(place), _) => { " " a .guide href=(place.href) { (place.title) } },
                // A rule of one's own may cite anything: it is told, and not followed.
                (None, Some(page)) => { " " span .note { "See " (shown(page, VALUE)) } },
                (None, None) => {},
            }
        }
    }
}

fn values(found: &Difference) -> Markup {
    let code = |value: &str| html! { code { bdi { (shown(value, VALUE)) } } };
    html! {
        span .values {
            @match (&found.left, &found.right) {
                (Some(left), Some(right)) => {
                    (code(left)) " " span aria-hidden="true" { "→" } span .unseen { "has become" } " " (code(right))
                },
                (Some(only), None) | (None, Some(only)) => (code(only)),
                (None, None) => {},
            }
        }
    }
}
