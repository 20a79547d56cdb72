//! Spans below one that cannot be their parent, and spans that are there twice.

use std::collections::{HashMap, HashSet};

use super::{Examined, Findings, Found, Patient, Problem, edge, within};
use crate::model::{RefType, Span};
use crate::pages;

/// Times of one host are trusted that far.
const A_MILLISECOND: u64 = 1_000_000;

pub(super) fn examine(patient: &Patient<'_>, findings: &mut Findings) {
    for span in &patient.capture.repeated {
        let found = Found::new(
            "the very same span is there more than once",
            "a batch was sent again since its answer was late, or two exporters send to one place",
            pages::DOUBLE,
        );
        findings.add(Problem::Duplicate, within(span), span, &found);
    }
    for trace in &patient.traces {
        let mut ids = HashSet::with_capacity(trace.spans.len());
        let unanswered = unanswered(trace);
        for (at, span) in trace.spans.iter().enumerate() {
            if !ids.insert(span.span_id) {
                let found = Found::new(
                    "another span of the trace has its id",
                    "a server that takes over its client's id, as Zipkin's did, or a context that was copied with its id",
                    pages::DOUBLE,
                );
                findings.add(Problem::Duplicate, within(span), span, &found);
            }
            if let Some(parent) = trace.parent(at) {
                below(trace, &unanswered, (parent, at), span, findings);
            }
        }
    }
}

/// Of spans below which a call of the same service has nobody that answers, when the first of these calls began.
fn unanswered(trace: &Examined<'_>) -> HashMap<usize, u64> {
    let mut first: HashMap<usize, u64> = HashMap::new();
    for (at, span) in trace.spans.iter().enumerate() {
        if let Some(up) = trace.forest.parents[at]
            && span.kind.calls_out()
            && span.service == trace.spans[up].service
            && trace.children(at).next().is_none()
        {
            let start = first.entry(up).or_insert(span.start);
            *start = span.start.min(*start);
        }
    }
    first
}

fn below(
    trace: &Examined<'_>,
    unanswered: &HashMap<usize, u64>,
    (parent, at): (&Span, usize),
    span: &Span,
    findings: &mut Findings,
) {
    if is_twice(parent, span) {
        let found = Found::new(
            "a span of the same service stands for the same work directly above it",
            "two instrumentations of one thing: the old middleware and the new one, or the shim around what is native already",
            pages::DOUBLE,
        );
        findings.add(Problem::Duplicate, within(span), span, &found);
        return;
    }
    let same_service = parent.service == span.service;
    if !same_service && span.kind.is_called() && !parent.kind.calls_out() {
        // A client beside it that nobody answered is where it belongs.
        let up = trace.forest.parents[at].expect("the caller has seen the parent");
        let stranded = unanswered
            .get(&up)
            .is_some_and(|start| *start <= span.start);
        if stranded {
            let found = Found::new(
                "it hangs from the caller's own span, beside the client span that called it",
                "the headers were written from the span that was active and not from the client's",
                pages::HEADERS,
            );
            findings.add(Problem::WrongParent, edge(parent, span), span, &found);
        }
    }
    if same_service && parent.kind.calls_out() && span.start > parent.end {
        let found = Found::new(
            "it began below a call that had ended",
            "the call's span stayed active on its thread: a guard that was held across an await",
            pages::TASKS,
        );
        findings.add(Problem::WrongParent, within(span), span, &found);
    }
    if same_service && span.start.saturating_add(A_MILLISECOND) < parent.start {
        let found = Found::new(
            "it began before its parent",
            "it was given a context of later, or the service runs on hosts whose clocks differ",
            pages::TASKS,
        );
        findings.add(Problem::WrongParent, within(span), span, &found);
    }
}

/// A server within a server without a call between them, or a call within the same call.
fn is_twice(parent: &Span, span: &Span) -> bool {
    if parent.service != span.service || span.parent_type == RefType::FollowsFrom {
        return false;
    }
    let same_name = parent.name == span.name;
    let (above, below) = (parent.kind, span.kind);
    (above.is_called() && above == below)
        || (same_name && above.calls_out() && above == below)
        || (same_name
            && above.is_called() != below.is_called()
            && !above.calls_out()
            && !below.calls_out())
}
