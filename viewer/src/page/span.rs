//! All that is known of a span.

use axum::http::StatusCode;
use maud::{Markup, html};
use opentelemetry::trace::{SpanId, TraceId};

use super::layout::{Section, View};
use super::text::{NAME, VALUE, counted, duration, name, shown, time};
use super::trace::Extent;
use super::{accent, logs};
use crate::model::{Kind, Log, RefType, Reference, Span, Status, Tags, Trace};
use crate::store::FirstRecords;

/// How many of its tags, events or links are shown; the JSON has all.
pub(super) const LISTED: usize = 500;

/// Where that span is shown.
pub(super) fn link(trace: TraceId, span: SpanId) -> String {
    format!("/trace/{trace}/span/{span}")
}

/// The spans of that id, more than one where a sender used it twice, with their log records.
pub(super) fn view(trace: &Trace, records: &FirstRecords, id: SpanId) -> Option<View> {
    let extent = Extent::of(trace);
    let spans: Vec<&Span> = trace
        .spans
        .iter()
        .filter(|span| span.span_id == id)
        .collect();
    let first = spans.first()?;
    Some(View {
        section: Section::Traces,
        status: StatusCode::OK,
        title: name(&first.operation).into_owned(),
        main: html! {
            p { a href={ "/trace/" (trace.id) } { "← The whole trace" } }
            div #details {
                @for span in &spans { (article(trace, span, extent)) }
                (logs::of_span(records, extent))
            }
        },
    })
}

fn article(trace: &Trace, span: &Span, extent: Extent) -> Markup {
    let (started, machine) = time(span.start_unix_nanos);
    let offset = span.start_unix_nanos.saturating_sub(extent.start);
    let nanos = i64::try_from(span.duration.as_nanos()).unwrap_or(i64::MAX);
    html! {
        article .details .(accent::class(span.service())) {
            h2 tabindex="-1" { bdi { (name(&span.operation)) } " " span .service { bdi { (name(span.service())) } } }
            dl .facts {
                div { dt { "Status" } dd { (status(span)) } }
                @if span.kind() != Kind::Unspecified { div { dt { "Kind" } dd { (span.kind()) } } }
                div { dt { "Duration" } dd { (duration(nanos)) } }
                div { dt { "Started, UTC" } dd { time datetime=(machine) { (started) } ", after " (duration(offset)) } }
                div { dt { "Span" } dd { code { (span.span_id) } } }
                @if let Some(parent) = span.parent() {
                    div { dt { "Parent" } dd { (target(trace, trace.id, parent)) } }
                }
            }
            @if !span.warnings.is_empty() {
                ul .warnings aria-label="Warnings" {
                    @for warning in span.warnings.iter().take(LISTED) { li { (shown(warning, VALUE)) } }
                }
            }
            (tags("Tags", &span.tags))
            (events(&span.logs, extent))
            (links(trace, span))
            (tags("Process", &span.process.tags))
        }
    }
}

fn status(span: &Span) -> Markup {
    html! {
        @match span.status() {
            Status::Error => {
                span .error { span aria-hidden="true" { "✖ " } "error" }
                @if let Some(message) = span.status_message() { ": " bdi { (shown(message, VALUE)) } }
            },
            other => (other),
        }
    }
}

fn tags(title: &str, tags: &Tags) -> Markup {
    html! {
        @if !tags.is_empty() {
            h3 { (title) }
            (pairs(title, tags))
            (rest(tags.len(), "tag"))
        }
    }
}

pub(super) fn pairs(title: &str, tags: &Tags) -> Markup {
    html! {
        table .pairs aria-label=(title) {
            tbody {
                @for (key, value) in tags.iter().take(LISTED) {
                    tr {
                        th scope="row" { bdi { (shown(key, NAME)) } }
                        td { bdi .value { (shown(&value.to_string(), VALUE)) } }
                    }
                }
            }
        }
    }
}

fn events(logs: &[Log], extent: Extent) -> Markup {
    html! {
        @if !logs.is_empty() {
            h3 { "Events" }
            ol .events {
                @for log in logs.iter().take(LISTED) {
                    li {
                        p {
                            span .after { "after " (duration(log.unix_nanos.saturating_sub(extent.start))) } " "
                            @if let Some(event) = log.event() { strong { bdi { (name(event)) } } }
                        }
                        @let fields: Tags = log.fields.iter()
                            .filter(|(key, value)| *key != "event" || Some(*value) != log.fields.get("event"))
                            .map(|(key, value)| (key, value.clone())).collect();
                        @if !fields.is_empty() { (pairs("Fields", &fields)) }
                    }
                }
            }
            (rest(logs.len(), "event"))
        }
    }
}

/// References that are not the parent.
fn links(trace: &Trace, span: &Span) -> Markup {
    let parent = span.parent();
    let is_parent = |reference: &&Reference| {
        reference.trace_id == trace.id && Some(reference.span_id) == parent
    };
    let links: Vec<&Reference> = span.references.iter().filter(|it| !is_parent(it)).collect();
    html! {
        @if !links.is_empty() {
            h3 { "Links" }
            ul .links {
                @for link in links.iter().take(LISTED) {
                    li {
                        (match link.ref_type { RefType::ChildOf => "child of ", RefType::FollowsFrom => "follows from " })
                        (target(trace, link.trace_id, link.span_id))
                    }
                }
            }
            (rest(links.len(), "link"))
        }
    }
}

/// Another span: by name where it is in this trace, else by its ids.
fn target(trace: &Trace, trace_id: TraceId, span_id: SpanId) -> Markup {
    let here = Some(span_id)
        .filter(|_| trace_id == trace.id)
        .and_then(|id| trace.span(id));
    html! {
        @if let Some(span) = here {
            a href=(link(trace_id, span_id)) { bdi { (name(&span.operation)) } " " code { (span_id) } }
        } @else if trace_id == trace.id {
            code { (span_id) } ", which is not here"
        } @else {
            "span " code { (span_id) } " of trace " a href={ "/trace/" (trace_id) } { code { (trace_id) } }
        }
    }
}

pub(super) fn rest(all: usize, noun: &str) -> Markup {
    html! {
        @if all > LISTED { p .note { (counted(all - LISTED, noun)) " more, in the JSON of the trace" } }
    }
}
