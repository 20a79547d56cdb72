//! Two spans of two traces that stand for the same work: two instrumentations, of which one knows nothing of the other.
//!
//! A request that nobody traced before may well come while another one is served. So all such spans have to have a twin, and
//! all twins such a span; and where there are few of them, they have to take the same time.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Findings, Found, Patient, Problem, within};
use crate::model::{Kind, Span};
use crate::pages;

/// How many that began about the same time are looked at.
const NEAREST: usize = 32;
/// So many pairs are no chance.
const ENOUGH: usize = 3;
/// Where the times of two have to agree, they may differ by this part of them.
const SAME: u64 = 20;

type Group<'a> = (&'a str, &'a str, bool);

pub(super) fn examine(patient: &Patient<'_>, findings: &mut Findings) {
    let mut alone: BTreeMap<Group<'_>, Vec<&Span>> = BTreeMap::new();
    let mut below: HashMap<Group<'_>, Vec<&Span>> = HashMap::new();
    for (trace, at, span) in patient.spans().filter(|(_, _, span)| span.kind.is_called()) {
        let group = (&*span.service, &*span.name, span.kind == Kind::Server);
        match trace.parent(at) {
            None if span.parent.is_none() && span.links.is_empty() => {
                alone.entry(group).or_default().push(span);
            }
            Some(parent) if parent.service != span.service => {
                below.entry(group).or_default().push(span);
            }
            _ => {}
        }
    }
    for (group, mut alone) in alone {
        let Some(twins) = below.get_mut(&group) else {
            continue;
        };
        if alone.len() != twins.len() {
            continue;
        }
        alone.sort_by_key(|span| span.start);
        twins.sort_by_key(|span| span.start);
        let few = alone.len() < ENOUGH;
        let is_twin =
            |one: &Span, other: &Span| is_twin(one, other) && (!few || is_same(one, other));
        if !all_have_a_twin(&alone, twins, is_twin) {
            continue;
        }
        for span in alone {
            let found = Found::new(
                "it begins a trace, and stands for the same work as a span of the service in its caller's trace",
                "two instrumentations of one thing, of which one reads no headers: the old middleware and the new one",
                pages::DOUBLE,
            );
            findings.add(Problem::Duplicate, within(span), span, &found);
        }
    }
}

/// Whether each of these has one of those to itself, of which it is around or which is around it. Both are in the order of
/// their start.
fn all_have_a_twin(
    alone: &[&Span],
    twins: &[&Span],
    is_twin: impl Fn(&Span, &Span) -> bool,
) -> bool {
    let mut taken = HashSet::new();
    alone.iter().all(|span| {
        let around = twins.partition_point(|twin| twin.start < span.start);
        let near = around.saturating_sub(NEAREST / 2)..twins.len().min(around + NEAREST / 2);
        let mut near = near.filter(|at| is_twin(span, twins[*at]));
        near.any(|at| taken.insert(at))
    })
}

fn is_twin(one: &Span, other: &Span) -> bool {
    let is_around =
        |outer: &Span, inner: &Span| outer.start <= inner.start && inner.end <= outer.end;
    // A service that calls itself by way of another is within one trace.
    one.trace_id != other.trace_id && (is_around(one, other) || is_around(other, one))
}

/// Whether two take the same time, but for what an instrumentation takes itself.
fn is_same(one: &Span, other: &Span) -> bool {
    let took = one.end.saturating_sub(one.start);
    let apart = one.start.abs_diff(other.start) + one.end.abs_diff(other.end);
    took > 0 && apart <= took / SAME
}
