//! What services wrote to their logs while they worked on a trace.

use axum::http::StatusCode;
use maud::{Markup, html};
use opentelemetry::trace::TraceId;

use super::accent;
use super::layout::{Section, View};
use super::span::{self, LISTED, pairs, rest};
use super::text::{NAME, VALUE, counted, duration, name, shown};
use super::trace::Extent;
use crate::model::{LogRecord, Severity, Trace};
use crate::store::{FirstRecords, Store};

/// What is known of a trace of which no span is held: it was not sampled, or its spans are still to come.
pub(super) fn without_spans(store: &Store, id: TraceId) -> Option<View> {
    let records = store.first_logs(id, None, LISTED);
    let extent = Extent {
        start: records.first.first()?.unix_nanos,
        nanos: 1,
    };
    Some(View {
        section: Section::Traces,
        status: StatusCode::OK,
        title: "Logs of a trace".to_owned(),
        main: html! {
            // Once a span arrives, this is another view, without this part: the script takes it over whole.
            div #spanless data-live {
                h1 { "Logs of a trace" }
                p { "No span of trace " code { (id) } " is held. It was not sampled, or its spans have not arrived yet." }
            }
            (of_trace(&Trace::new(id, Vec::new()), &records, extent, true))
        },
    })
}

/// The records of a trace, each with its span. The script takes over what comes late.
pub(super) fn of_trace(
    trace: &Trace,
    records: &FirstRecords,
    extent: Extent,
    is_open: bool,
) -> Markup {
    html! {
        div #logs data-live {
            @if records.total > 0 {
                section aria-label="Logs" { details #log-list open[is_open] {
                    summary { h2 { "Logs" } " " span .note { (counted(records.total, "record")) } }
                    (table(&records.first, extent, Some(trace)))
                    (rest(records.total, "log record"))
                    p .note { a href={ "/api/traces/" (trace.id) "/logs" } { "As JSON" } }
                } }
            }
        }
    }
}

/// Those that were written during a span.
pub(super) fn of_span(records: &FirstRecords, extent: Extent) -> Markup {
    html! {
        @if records.total > 0 {
            article .details {
                h3 { "Logs" }
                (table(&records.first, extent, None))
                (rest(records.total, "log record"))
            }
        }
    }
}

/// One line a record; without a trace, without the spans.
fn table(records: &[LogRecord], extent: Extent, trace: Option<&Trace>) -> Markup {
    html! {
        table .logs aria-label="Log records" {
            thead { tr {
                th scope="col" { "Time" }
                th scope="col" { "Severity" }
                th scope="col" { @if trace.is_some() { "Service and span" } @else { "Service" } }
                th scope="col" { "Record" }
            } }
            tbody {
                @for (record, nth) in numbered(records.iter()) { (line(record, nth, extent, trace)) }
            }
        }
    }
}

/// Each with how many of the same moment come before it, which late ones of other moments do not change.
fn numbered<'a>(
    records: impl Iterator<Item = &'a LogRecord>,
) -> impl Iterator<Item = (&'a LogRecord, usize)> {
    records.scan((None, 0), |(moment, nth), record| {
        *nth = if *moment == Some(record.unix_nanos) {
            *nth + 1
        } else {
            0
        };
        *moment = Some(record.unix_nanos);
        Some((record, *nth))
    })
}

fn line(record: &LogRecord, nth: usize, extent: Extent, trace: Option<&Trace>) -> Markup {
    let span = trace.zip(record.span_id);
    html! {
        // Within the details of a span the records of the trace are there a second time.
        tr id=[trace.map(|_| format!("log-{}-{nth}", record.unix_nanos))]
            .severe[record.severity() >= Severity::Error] {
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
