//! Ids that were cut, and parents that are in another trace.

use std::collections::HashMap;

use super::{Findings, Found, Patient, Problem, edge, within};
use crate::forest::Place;
use crate::model::{Span, SpanId, TraceId};
use crate::pages;

pub(super) fn examine(patient: &Patient<'_>, findings: &mut Findings) {
    let mut by_id: HashMap<SpanId, &Span> = HashMap::new();
    for (_, _, span) in patient.spans() {
        by_id.entry(span.span_id).or_insert(span);
        if span.has_cut_id {
            let found = Found::new(
                "an id has fewer digits than ids have",
                "it was written without its leading zeros; readers that compare texts find no such trace",
                pages::IDS,
            );
            findings.add(Problem::CutId, within(span), span, &found);
        }
    }
    for (trace, at, span) in patient.spans() {
        if trace.forest.places[at] == Place::Circle {
            let found = Found::new(
                "the span is its own ancestor",
                "two spans name each other as parent: ids were made up or copied",
                pages::CHANGED,
            );
            findings.add(Problem::WrongParent, within(span), span, &found);
        }
        if trace.forest.places[at] != Place::Orphan {
            continue;
        }
        let parent = span.parent.expect("an orphan names a parent");
        if let Some(elsewhere) = by_id.get(&parent) {
            let (cause, page) = parted(elsewhere.trace_id, span.trace_id);
            let found = Found::new("its parent is in another trace", cause, page);
            findings.add(Problem::SplitTrace, edge(elsewhere, span), span, &found);
        }
    }
}

/// Why a span is in another trace than its parent.
fn parted(parent: TraceId, child: TraceId) -> (&'static str, &'static str) {
    let low_half = u128::from(u64::MAX);
    if parent.0 & low_half == child.0 & low_half {
        (
            "the trace's id lost its upper half on the way: one side knows ids of 64 bits only",
            pages::IDS,
        )
    } else if is_shifted(parent, child) || is_shifted(child, parent) {
        (
            "an id without its leading zeros was filled up on the wrong side",
            pages::IDS,
        )
    } else {
        (
            "the parent's id arrived and the trace's id did not: two headers, or two parts of one, were read from different places",
            pages::HEADERS,
        )
    }
}

/// Whether one is the other with zeros behind it.
fn is_shifted(short: TraceId, long: TraceId) -> bool {
    (1..32).any(|digits| short.0.leading_zeros() >= 4 * digits && short.0 << (4 * digits) == long.0)
}
