//! The traces, newest first, and the form that narrows them.

use axum::http::StatusCode;
use maud::{Markup, html};

use super::accent;
use super::filter::{Filter, PER_PAGE, Wrong};
use super::layout::{Section, View};
use super::text::{counted, duration, grouped, name, time};
use crate::store::{Found, Stats, Store, Summary};

/// How many services a line names.
const SERVICES: usize = 8;

/// The last so many minutes, and how one says it.
const LAST: [(&str, &str); 6] = [
    ("1", "minute"),
    ("5", "5 minutes"),
    ("15", "15 minutes"),
    ("60", "hour"),
    ("360", "6 hours"),
    ("1440", "day"),
];

/// How many operations the form suggests.
const SUGGESTIONS: usize = 500;

/// The list and its form.
pub(super) fn view(store: &Store, filter: &Filter, now: i64) -> View {
    let searched = filter.search(now);
    let (status, wrong, results) = match searched {
        Ok(search) => {
            let skip = (filter.page - 1).saturating_mul(PER_PAGE);
            let found = store.summaries(&search, skip);
            (
                StatusCode::OK,
                Vec::new(),
                Some(results(filter, &found, &store.stats())),
            )
        }
        Err(wrong) => (StatusCode::BAD_REQUEST, wrong, None),
    };
    View {
        section: Section::Traces,
        status,
        title: "Traces".to_owned(),
        main: html! {
            h1 { "Traces" }
            (form(store, filter, &wrong))
            @match results {
                Some(results) => (results),
                None => p role="alert" { "The search was not understood: see the fields above." },
            }
        },
    }
}

fn form(store: &Store, filter: &Filter, wrong: &[Wrong]) -> Markup {
    let services = store.services();
    let mut operations: Vec<String> = if filter.service.is_empty() {
        Vec::new()
    } else {
        let found = store.operations(&filter.service).into_iter();
        found.map(|operation| operation.name).collect()
    };
    operations.dedup();
    // The one that was asked for stays chosen, even when its last trace has left.
    let unknown = !filter.service.is_empty() && !services.contains(&filter.service);
    html! {
        form #search role="search" method="get" action="/" aria-label="Search traces" {
            div .field {
                label for="service" { "Service" }
                select #service name="service" {
                    option value="" selected[filter.service.is_empty()] { "any" }
                    @if unknown {
                        option value=(filter.service) selected { (name(&filter.service)) }
                    }
                    @for service in &services {
                        option value=(service) selected[*service == filter.service] { (name(service)) }
                    }
                }
            }
            div .field .grows {
                label for="operation" { "Operation" }
                input #operation name="operation" type="text" value=(filter.operation) list="operations"
                    placeholder="any" autocomplete="off" spellcheck="false";
                datalist #operations {
                    @for operation in operations.iter().take(SUGGESTIONS) { option value=(operation) {} }
                }
            }
            (field(wrong, "tags", "Tags", &filter.tags, "http.status_code=401"))
            (field(wrong, "min", "At least", &filter.min, "1ms"))
            (field(wrong, "max", "At most", &filter.max, "2s"))
            div .field .check {
                input #errors name="errors" type="checkbox" value="true" checked[filter.errors];
                label for="errors" { "Errors only" }
            }
            (when(filter, wrong))
            div .field .actions {
                button type="submit" { "Search" }
                @if !filter.is_empty() { a href="/" { "Clear" } }
            }
        }
    }
}

/// From when to when. Most searches are without.
fn when(filter: &Filter, wrong: &[Wrong]) -> Markup {
    let known = LAST.iter().any(|(minutes, _)| *minutes == filter.last);
    let (problem, problem_id) = problem(wrong, "last");
    html! {
        details .range open[filter.has_time()] {
            summary { "Time range" }
            div .fields {
                div .field .short {
                    label for="last" { "Within" }
                    select #last name="last" aria-invalid=[problem_id.as_ref().map(|_| "true")]
                        aria-describedby=[problem_id] {
                        option value="" selected[filter.last.is_empty()] { "any time" }
                        @if !known && !filter.last.is_empty() {
                            option value=(filter.last) selected { "the last " (name(&filter.last)) " min" }
                        }
                        @for (minutes, label) in LAST {
                            option value=(minutes) selected[minutes == filter.last] { "the last " (label) }
                        }
                    }
                    (problem)
                }
                (field(wrong, "from", "From, UTC", &filter.from, "2026-05-28 20:26"))
                (field(wrong, "to", "To, UTC", &filter.to, "2026-05-28 20:30"))
            }
        }
    }
}

fn field(wrong: &[Wrong], field: &'static str, label: &str, value: &str, example: &str) -> Markup {
    let (problem, problem_id) = problem(wrong, field);
    html! {
        div .field .grows[field == "tags"] .short[field != "tags"] .time[matches!(field, "from" | "to")] {
            label for=(field) { (label) }
            input id=(field) name=(field) type="text" value=(value) placeholder=(example) autocomplete="off"
                spellcheck="false" autocapitalize="none" aria-invalid=[problem_id.as_ref().map(|_| "true")]
                aria-describedby=[problem_id];
            (problem)
        }
    }
}

/// What is wrong with a field, and the id of that: none where nothing is.
fn problem(wrong: &[Wrong], field: &str) -> (Markup, Option<String>) {
    let Some(problem) = wrong.iter().find(|wrong| wrong.field == field) else {
        return (html! {}, None);
    };
    let id = format!("{field}-problem");
    let told = html! { p .problem id=(id) { span aria-hidden="true" { "✖ " } (problem.reason) } };
    (told, Some(id))
}

fn results(filter: &Filter, found: &Found, stats: &Stats) -> Markup {
    let longest = found.summaries.iter().map(|it| it.duration_nanos).max();
    let pages = found.total.div_ceil(PER_PAGE).max(1);
    html! {
        section #results data-live aria-labelledby="found" {
            p #found role="status" { strong { (counted(found.total, "trace")) } @if !filter.is_empty() { " found" } }
            @if found.summaries.is_empty() {
                (nothing(filter, found.total))
            } @else {
                form #ticked method="get" action="/compare" {}
                table .traces {
                    caption .unseen { "Traces, newest first" }
                    thead { tr {
                        th scope="col" { "Trace" }
                        th scope="col" .wide { "Started, UTC" }
                        th scope="col" .number { "Spans" }
                        th scope="col" { "Duration" }
                    } }
                    tbody {
                        @for summary in &found.summaries { (row(summary, longest.unwrap_or(0))) }
                    }
                }
            }
            @if found.summaries.len() > 1 {
                p .compare { button type="submit" form="ticked" { "Compare" } span .note { "the two traces that are ticked" } }
            }
            @if pages > 1 {
                nav .pages aria-label="Pages" {
                    @if filter.page > 1 { a rel="prev" href=(filter.link((filter.page - 1).min(pages))) { "← Newer" } }
                    span { "Page " (grouped(filter.page)) " of " (grouped(pages)) }
                    @if filter.page < pages { a rel="next" href=(filter.link(filter.page + 1)) { "Older →" } }
                }
            }
            p .note {
                (stats.spans) " spans of " (stats.traces) " traces are held"
                @if stats.dropped_spans > 0 { "; " (stats.dropped_spans) " left for newer ones" }
                @if stats.rejected_spans > 0 { "; " (stats.rejected_spans) " were refused for invalid ids" }
                "."
            }
        }
    }
}

fn nothing(filter: &Filter, total: usize) -> Markup {
    html! {
        div .empty {
            @if total > 0 {
                p { "This page is past the last one." } p { a href=(filter.link(1)) { "To the newest" } }
            } @else if filter.is_empty() {
                p { "Nothing has arrived yet." }
                p { "Point an exporter of OTLP or a legacy Jaeger client here: traces show up by themselves." }
            } @else {
                p { "No trace that is held has a span which meets all of these." } p { a href="/" { "All traces" } }
            }
        }
    }
}

fn row(summary: &Summary, longest: i64) -> Markup {
    let id = summary.id.to_string();
    let (started, machine) = time(summary.start_unix_nanos);
    let share = summary.duration_nanos.max(0) as f64 / longest.max(1) as f64;
    html! {
        tr id={ "t-" (id) } .failed[summary.failed > 0] {
            th scope="row" {
                input .tick type="checkbox" name="trace" value=(id) form="ticked" autocomplete="off"
                    aria-label={ "Compare " (name(&summary.operation)) " of " (started) };
                a .operation href={ "/trace/" (id) } { bdi { (name(&summary.operation)) } } " "
                @if !summary.has_root { span .note { "root not here" } " " }
                @if summary.failed > 0 {
                    span .error { span aria-hidden="true" { "✖ " } (counted(summary.failed, "error")) }
                }
                div .services {
                    @for (service, spans) in summary.services.iter().take(SERVICES) {
                        span .service .(accent::class(service)) {
                            bdi { (name(service)) } " " span .count { (grouped(*spans)) }
                        } " "
                    }
                    @if summary.services.len() > SERVICES {
                        span .note { "and " (summary.services.len() - SERVICES) " more" }
                    }
                }
                time .narrow datetime=(machine) { (started) }
            }
            td .wide { time datetime=(machine) { (started) } }
            td .number { (grouped(summary.spans)) }
            td .(accent::class(&summary.service)) {
                span .length { (duration(summary.duration_nanos)) }
                svg .bar viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true" {
                    rect x="0" y="0" width=(format!("{:.0}", (share * 1000.0).max(4.0))) height="8" {}
                }
            }
        }
    }
}
