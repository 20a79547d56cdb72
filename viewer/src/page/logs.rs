//! What services wrote to their logs while they worked on a trace.

use maud::{Markup, html};
use opentelemetry::trace::SpanId;

use super::accent;
use super::span::{self, LISTED, pairs, rest};
use super::text::{NAME, VALUE, counted, duration, name, shown};
use super::trace::Extent;
use crate::model::{LogRecord, Severity, Trace};

/// The records of a trace, each with its span. The script takes over what comes late.
pub(super) fn of_trace(
    trace: &Trace,
    records: &[LogRecord],
    extent: Extent,
    is_open: bool,
) -> Markup {
    html! {
        div #logs data-live {
            @if !records.is_empty() {
                section aria-label="Logs" { details #log-list open[is_open] {
                    summary { h2 { "Logs" } " " span .note { (counted(records.len(), "record")) } }
                    (table(records.iter(), extent, Some(trace)))
                    (rest(records.len(), "log record"))
                    p .note { a href={ "/api/traces/" (trace.id) "/logs" } { "As JSON" } }
                } }
            }
        }
    }
}

/// Those that were written during a span.
pub(super) fn of_span(records: &[LogRecord], span: SpanId, extent: Extent) -> Markup {
    let of_span = || records.iter().filter(|record| record.span_id == Some(span));
    let count = of_span().count();
    html! {
        @if count > 0 {
            article .details {
                h3 { "Logs" }
                (table(of_span(), extent, None))
                (rest(count, "log record"))
            }
        }
    }
}

/// One line a record; without a trace, without the spans.
fn table<'a>(
    records: impl Iterator<Item = &'a LogRecord>,
    extent: Extent,
    trace: Option<&Trace>,
) -> Markup {
    html! {
        table .logs aria-label="Log records" {
            thead { tr {
                th scope="col" { "Time" }
                th scope="col" { "Severity" }
                th scope="col" { @if trace.is_some() { "Service and span" } @else { "Service" } }
                th scope="col" { "Record" }
            } }
            tbody { @for record in records.take(LISTED) { (line(record, extent, trace)) } }
        }
    }
}

fn line(record: &LogRecord, extent: Extent, trace: Option<&Trace>) -> Markup {
    let span = trace.zip(record.span_id);
    html! {
        tr .severe[record.severity() >= Severity::Error] {
            td .after { span .unseen { "after " } (duration(record.unix_nanos.saturating_sub(extent.start))) }
            td { (severity(record)) }
            td {
                span .service .(accent::class(&record.service)) { bdi { (name(&record.service)) } } " "
                @if let Some((trace, id)) = span {
                    @match trace.span(id) {
                        Some(span) => a href=(span::link(trace.id, id)) { bdi { (name(&span.operation)) } },
                        None => span .note { "span " code { (id) } ", which is not here" },
                    }
                }
            }
            td {
                span .body { bdi { (text(record)) } }
                @if !record.tags.is_empty() || !record.scope.is_empty() {
                    details {
                        summary {
                            @if record.tags.is_empty() { "logger" } @else { (counted(record.tags.len(), "attribute")) }
                        }
                        @if !record.scope.is_empty() { p .note { "Logger " bdi { (shown(&record.scope, NAME)) } } }
                        @if !record.tags.is_empty() { (pairs("Attributes", &record.tags)) }
                    }
                }
            }
        }
    }
}

/// What the record says, or else which event it is.
fn text(record: &LogRecord) -> String {
    let said = if record.body.is_empty() {
        &record.event_name
    } else {
        &record.body
    };
    if said.is_empty() {
        "(no text)".to_owned()
    } else {
        shown(said, VALUE).into_owned()
    }
}

/// The sender's word, or that of the number.
fn severity(record: &LogRecord) -> Markup {
    let class = record.severity();
    let word = if record.severity_text.is_empty() {
        class.as_str()
    } else {
        &record.severity_text
    };
    html! {
        @if class >= Severity::Error {
            span .error { span aria-hidden="true" { "✖ " } (shown(word, NAME)) }
        } @else {
            span .severity .(class.as_str()) { (shown(word, NAME)) }
        }
    }
}
