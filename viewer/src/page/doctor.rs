//! What looks wrong in a trace, as the doctor of the package `compare` sees it.

use compare::{Finding, ReadError, Rules, doctor};
use maud::{Markup, html};
use opentelemetry::trace::TraceId;

use super::text::{NAME, VALUE, counted, grouped, shown};
use super::{capture, guide};
use crate::store::Store;

/// How many spans a trace may have to be examined each time it is looked at. There is a command for larger ones.
const MOST_SPANS: usize = 2_000;

/// How many bytes they may have, as JSON.
const MOST_BYTES: usize = 4 << 20;

/// How many findings are shown.
const LISTED: usize = 20;

/// What is said of a trace. That nothing looks wrong, and that nobody has looked, are two things.
#[derive(Debug)]
pub(super) enum Examined {
    Findings(Vec<Finding>),
    TooLarge(usize),
    Unreadable(ReadError),
    /// Not asked for.
    Elsewhere,
}

/// Examines a trace by itself: what fell apart into two traces is not seen here.
pub(super) fn examine(store: &Store, rules: &Rules, id: TraceId) -> Examined {
    let spans = store.span_count(id);
    if spans > MOST_SPANS {
        return Examined::TooLarge(spans);
    }
    match capture::of(store, "trace", &[id], MOST_BYTES) {
        Ok(trace) => Examined::Findings(doctor(&trace, rules)),
        Err(ReadError::TooLarge { .. }) => Examined::TooLarge(spans),
        Err(error) => Examined::Unreadable(error),
    }
}

/// The findings, or why there are none; nothing where nothing looks wrong.
pub(super) fn list(examined: &Examined) -> Markup {
    html! {
        @match examined {
            Examined::Findings(findings) if !findings.is_empty() => (found(findings)),
            Examined::TooLarge(spans) => p #findings .note {
                "Not examined here: " (counted(*spans, "span")) ", too much for each look. "
                a href="/guide/trace-compare#the-doctor" { code { "trace-compare doctor" } } " takes them."
            },
            Examined::Unreadable(error) => p #findings .note {
                "Not examined: " bdi { (shown(&error.to_string(), VALUE)) }
            },
            Examined::Findings(_) | Examined::Elsewhere => {},
        }
    }
}

fn found(findings: &[Finding]) -> Markup {
    html! {
        details #findings .warnings open[findings.len() <= 3] {
            summary { strong { "What looks wrong" } " " span .count { (counted(findings.len(), "finding")) } }
            ul { @for finding in findings.iter().take(LISTED) { (item(finding)) } }
            @if findings.len() > LISTED { p { (counted(findings.len() - LISTED, "finding")) " more" } }
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
