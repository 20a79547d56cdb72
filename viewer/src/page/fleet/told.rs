//! What became of a run.

use maud::{Markup, html};
use opentelemetry::trace::TraceId;

use super::super::runner::{Outcome, Run, Runs, SERVICES, Stages, Told};
use super::super::text::{counted, duration};
use crate::model::{Status, Trace};
use crate::store::Store;

/// The verdict in two words.
pub(super) fn mark(outcome: Option<&Outcome>) -> Markup {
    html! {
        @match outcome.map(|outcome| &outcome.result) {
            None => span .note { "under way" },
            Some(Ok(run)) if run.wrong.is_empty() => {
                span .good { span aria-hidden="true" { "✔ " } "as expected" }
            }
            Some(Ok(_)) => span .error { span aria-hidden="true" { "✖ " } "not as expected" },
            Some(Err(_)) => span .error { span aria-hidden="true" { "✖ " } "failed" },
        }
    }
}

/// Which service was in which stage.
pub(super) fn stages_of(stages: &Stages) -> Markup {
    html! {
        dl .facts {
            @for service in SERVICES {
                div { dt { (service) } dd { (stages.of(service).unwrap_or_default()) } }
            }
        }
    }
}

/// The verdict, and what is wrong.
pub(super) fn verdict(outcome: &Outcome) -> Markup {
    let took = i64::try_from(outcome.took.as_nanos()).unwrap_or(i64::MAX);
    html! {
        @match &outcome.result {
            Ok(run) => {
                div .verdict .bad[!run.wrong.is_empty()] {
                    p { (mark(Some(outcome))) " " (run.verdict) " " span .note { "It took " (duration(took)) "." } }
                    @if !run.wrong.is_empty() {
                        ul { @for sentence in &run.wrong { li { (sentence) } } }
                    }
                }
            }
            Err(reason) => {
                div .verdict .bad {
                    p { (mark(Some(outcome))) " " span .note { "It took " (duration(took)) "." } }
                    p .reason { (reason) }
                }
            }
        }
    }
}

/// Each request with its traces.
pub(super) fn traces(store: &Store, outcome: &Outcome) -> Markup {
    html! { @if let Ok(run) = &outcome.result { (requests(store, run)) } }
}

fn requests(store: &Store, run: &Run) -> Markup {
    html! {
        ol .requests {
            @for request in &run.requests {
                li {
                    h2 { (request.title) }
                    @if request.traces.is_empty() { p .note { "No trace." } }
                    @for id in &request.traces { (trace(store, *id)) }
                }
            }
        }
        @if !run.others.is_empty() {
            section aria-labelledby="others" {
                h2 #others { "Beside the requests" }
                @for id in &run.others { (trace(store, *id)) }
            }
        }
    }
}

fn trace(store: &Store, id: TraceId) -> Markup {
    let failed = |trace: &Trace| {
        let spans = trace.spans.iter();
        let failed = spans.filter(|span| span.status() == Status::Error);
        failed.count()
    };
    html! {
        @match store.trace(id) {
            Some(trace) => {
                p {
                    a href={ "/trace/" (id) } { "Waterfall" } " "
                    span .note { (counted(trace.spans.len(), "span")) ", trace " code { (id) } } " "
                    @if failed(&trace) > 0 {
                        span .error { span aria-hidden="true" { "✖ " } (counted(failed(&trace), "error")) }
                    }
                }
                pre .tree tabindex="0" role="region" aria-label="The trace as a tree" { (tree(&trace)) }
            }
            None => p .note { "Trace " code { (id) } " is no longer held." },
        }
    }
}

/// The tree without its first line, which tells the trace's id.
fn tree(trace: &Trace) -> String {
    let text = trace.tree().to_string();
    let lines = text.split_once('\n').map_or("", |(_, lines)| lines);
    lines.trim_end().to_owned()
}

/// A link that holds this run's traces against those of the one before.
pub(super) fn against_the_one_before(runs: Option<&Runs>, told: &Told) -> Option<(String, String)> {
    let ids = |told: &Told| {
        let run = told.outcome.as_ref()?.result.as_ref().ok()?;
        let ids = run.requests.iter().flat_map(|request| &request.traces);
        let ids: Vec<_> = ids.map(ToString::to_string).collect();
        (!ids.is_empty()).then(|| ids.join(","))
    };
    let all = runs?.all().into_iter();
    let mut before = all.filter(|other| other.number < told.number);
    let before = before.find(|other| ids(other).is_some())?;
    let link = format!("/compare?left={}&right={}", ids(&before)?, ids(told)?);
    Some((format!("Compare with run {}", before.number), link))
}
