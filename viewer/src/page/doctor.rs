//! What looks wrong in a trace, as the doctor of the package `compare` sees it.

use compare::{Finding, Rules, doctor};
use maud::{Markup, html};
use opentelemetry::trace::TraceId;

use super::text::{NAME, VALUE, counted, grouped, shown};
use super::{capture, guide};
use crate::store::Store;

/// How many spans a trace may have to be examined each time it is looked at. There is a command for larger ones.
const MOST_SPANS: usize = 2_000;

/// How many findings are shown.
const LISTED: usize = 20;

/// Examines a trace by itself: what fell apart into two traces is not seen here.
pub(super) fn examine(store: &Store, rules: &Rules, id: TraceId) -> Vec<Finding> {
    if store.span_count(id) > MOST_SPANS {
        return Vec::new();
    }
    capture::of(store, "trace", &[id]).map_or_else(|_| Vec::new(), |trace| doctor(&trace, rules))
}

/// The findings, if there are any.
pub(super) fn list(findings: &[Finding]) -> Markup {
    html! {
        @if !findings.is_empty() {
            details #findings .warnings open[findings.len() <= 3] {
                summary { strong { "What looks wrong" } " " span .count { (counted(findings.len(), "finding")) } }
                ul { @for finding in findings.iter().take(LISTED) { (item(finding)) } }
                @if findings.len() > LISTED { p { (counted(findings.len() - LISTED, "finding")) " more" } }
            }
        }
    }
}

fn item(finding: &Finding) -> Markup {
    let place = guide::place(&finding.page);
    html! {
        li {
            strong { (finding.problem) } ", " bdi { (shown(&finding.edge.to_string(), NAME)) }
            @if finding.count > 1 { ", " (grouped(finding.count)) " times" }
            br;
            bdi { (shown(&finding.span, NAME)) } ": " (shown(&finding.detail, VALUE)) ". Likely: "
            (shown(&finding.cause, VALUE)) "."
            @if let Some(place) = place { " Guide: " a href=(place.href) { (place.title) } }
        }
    }
}
