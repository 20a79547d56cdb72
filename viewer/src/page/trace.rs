//! One trace as a waterfall.
//!
//! A large trace is sent in chunks: a link at the end leads to the next one, and the script appends it when it comes into
//! sight. Ten thousand spans at once would keep a phone busy for seconds.

use axum::http::StatusCode;
use maud::{Markup, html};

use super::doctor::{self, Examined};
use super::layout::{Section, View};
use super::text::{VALUE, counted, duration, grouped, name, shown, time};
use super::{accent, logs, span};
use crate::model::{Span, Status, Trace};
use crate::store::FirstRecords;
use crate::tree::shape::{Place, Shape};

/// How many spans are sent at once.
const CHUNK: usize = 250;

/// Indentation ends here; the level is still told.
const DEEPEST: usize = 24;

/// How many warnings of the trace, and how many services, are shown.
const LISTED: usize = 50;

/// From when to when a trace is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) start: i64,
    pub(super) nanos: i64,
}

impl Extent {
    pub(super) fn of(trace: &Trace) -> Self {
        let starts = trace.spans.iter().map(|span| span.start_unix_nanos);
        let ends = trace.spans.iter().map(Span::end_unix_nanos);
        let start = starts.min().unwrap_or_default();
        Self {
            start,
            nanos: ends.max().unwrap_or_default().saturating_sub(start).max(1),
        }
    }

    /// Where a span's bar begins and how long it is, in percent. However short, it can be seen.
    fn bar(self, span: &Span) -> (f64, f64) {
        const SHORTEST: f64 = 0.4;
        let share = |nanos: i64| nanos as f64 / self.nanos as f64 * 100.0;
        let width = share(i64::try_from(span.duration.as_nanos()).unwrap_or(i64::MAX));
        let width = width.clamp(SHORTEST, 100.0);
        let start = share(span.start_unix_nanos.saturating_sub(self.start));
        (start.clamp(0.0, 100.0 - width), width)
    }
}

/// Whether the log records stand beside the lines from that one on.
pub(super) fn has_logs(trace: &Trace, from: usize) -> bool {
    from == 0 || trace.spans.len() <= CHUNK
}

/// The trace from that line on.
pub(super) fn view(
    trace: &Trace,
    records: &FirstRecords,
    examined: &Examined,
    from: usize,
) -> View {
    let lines = Shape::of(trace).lines;
    let from = from.min(lines.len().saturating_sub(1));
    let to = (from + CHUNK).min(lines.len());
    let extent = Extent::of(trace);
    let root = lines.first().map_or("", |(span, ..)| &span.operation);
    let below = counts_below(&lines);
    let link = |from: usize| format!("/trace/{}?from={from}", trace.id);
    View {
        section: Section::Traces,
        status: StatusCode::OK,
        title: name(root).into_owned(),
        main: html! {
            (summary(trace, records.total, examined, extent, root))
            // Below lines that come as one scrolls, nobody would find them.
            @if lines.len() > CHUNK && from == 0 { (logs::of_trace(trace, records, extent, false)) }
            p .unseen #grid-help { "Arrow keys move between spans and fold them, Enter shows a span’s details." }
            @if from > 0 {
                p .more { a rel="prev" href=(link(from.saturating_sub(CHUNK))) { "Earlier lines" } }
            }
            div #waterfall role="table" aria-label="Spans" aria-describedby="grid-help" aria-rowcount=(lines.len() + 1) {
                div .head role="rowgroup" {
                    div .line role="row" aria-rowindex="1" {
                        div role="columnheader" { "Operation and service" }
                        div role="columnheader" .axis {
                            span .unseen { "Time and duration" }
                            @for quarter in 0..=4 {
                                span aria-hidden="true" { (duration(extent.nanos / 4 * quarter)) }
                            }
                        }
                    }
                }
                div .chunk role="rowgroup" {
                    @for at in from..to { (line(trace, &lines[at], at, below[at], extent)) }
                }
            }
            @if to < lines.len() {
                p .more { a #more rel="next" href=(link(to)) {
                    "Lines " (grouped(to + 1)) " to " (grouped((to + CHUNK).min(lines.len())))
                    " of " (grouped(lines.len()))
                } }
            }
            @if lines.len() <= CHUNK { (logs::of_trace(trace, records, extent, true)) }
        },
    }
}

fn summary(
    trace: &Trace,
    records: usize,
    examined: &Examined,
    extent: Extent,
    root: &str,
) -> Markup {
    let failed = trace
        .spans
        .iter()
        .filter(|span| span.status() == Status::Error)
        .count();
    let (started, machine) = time(extent.start);
    let services = trace.services();
    html! {
        div #summary data-live {
            h1 { bdi { (name(root)) } }
            dl .facts {
                div { dt { "Started, UTC" } dd { time datetime=(machine) { (started) } } }
                div { dt { "Duration" } dd { (duration(extent.nanos)) } }
                div { dt { "Spans" } dd { (grouped(trace.spans.len())) } }
                @if records > 0 {
                    div { dt { "Logs" } dd { a href="#logs" { (counted(records, "record")) } } }
                }
                @if failed > 0 {
                    div { dt { "Failed" } dd { span .error { span aria-hidden="true" { "✖ " } (counted(failed, "span")) } } }
                }
                div { dt { "Trace" } dd { code { (trace.id) } " " a href={ "/api/traces/" (trace.id) } { "JSON" } " "
                    a href={ "/compare?left=" (trace.id) } { "Compare with…" } } }
            }
            ul .services aria-label="Services" {
                @for service in services.iter().take(LISTED) {
                    li .service .(accent::class(service)) { bdi { (name(service)) } }
                }
            }
            @if !trace.warnings.is_empty() {
                ul .warnings aria-label="Warnings" {
                    @for warning in trace.warnings.iter().take(LISTED) { li { (shown(warning, VALUE)) } }
                }
            }
            (doctor::list(examined))
        }
    }
}

fn line(
    trace: &Trace,
    (span, depth, place): &(&Span, usize, Place),
    at: usize,
    below: usize,
    extent: Extent,
) -> Markup {
    let (x, width) = extent.bar(span);
    let offset = span.start_unix_nanos.saturating_sub(extent.start);
    let nanos = i64::try_from(span.duration.as_nanos()).unwrap_or(i64::MAX);
    // The label hangs from the end of the bar that leaves it room.
    let (label, anchor) = if x < 60.0 {
        (x, "start")
    } else {
        (x + width, "end")
    };
    let percent = |share: f64| format!("{share:.2}%");
    html! {
        div .line .span .(accent::class(span.service())) .failed[span.status() == Status::Error]
            role="row" aria-rowindex=(at + 2) data-level=(depth + 1)
            data-folds[below > 0] data-span=(span.span_id) {
            div .what .{ "level-" (depth.min(&DEEPEST)) } role="rowheader"
                data-below=[Some(below).filter(|below| *below > 0)] {
                @if below > 0 { span .fold aria-hidden="true" {} }
                a .operation href=(span::link(trace.id, span.span_id)) { bdi { (name(&span.operation)) } } " "
                span .service { bdi { (name(span.service())) } }
                @if span.status() == Status::Error { " " span .error { span aria-hidden="true" { "✖ " } "error" } }
                @if let Some(note) = note(*place, *depth) { " " span .note { (note) } }
            }
            div .when role="cell" {
                svg aria-hidden="true" {
                    rect x=(percent(x)) y="3" width=(percent(width)) height="9" rx="2" {}
                    text x=(percent(label)) y="24" text-anchor=(anchor) { (duration(nanos)) }
                }
                span .unseen { (duration(nanos)) ", starts after " (duration(offset)) }
            }
        }
    }
}

fn note(place: Place, depth: usize) -> Option<String> {
    match place {
        Place::Orphan => Some("parent not here".to_owned()),
        Place::Circle => Some("its parents form a circle".to_owned()),
        Place::Root | Place::Below => (depth > DEEPEST).then(|| format!("level {}", depth + 1)),
    }
}

/// How many lines stand below each: those that follow and are deeper.
fn counts_below(lines: &[(&Span, usize, Place)]) -> Vec<usize> {
    let mut below = vec![0; lines.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, (_, depth, _)) in lines.iter().enumerate() {
        while let Some(closed) = open.pop_if(|above| lines[*above].1 >= *depth) {
            below[closed] = at - closed - 1;
        }
        open.push(at);
    }
    for closed in open {
        below[closed] = lines.len() - closed - 1;
    }
    below
}
