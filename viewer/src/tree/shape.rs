//! The order of a trace's lines: each span below its parent.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::SpanId;

use crate::model::{Span, Trace};

/// Where a span stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Without a parent.
    Root,
    /// Its parent is not here.
    Orphan,
    /// It is its own ancestor.
    Circle,
    /// Below its parent.
    Below,
}

/// The spans in the order of their lines.
pub(crate) struct Shape<'a> {
    /// What no span leads to, by its place in the trace.
    pub(crate) starts: Vec<(usize, Place)>,
    /// Each span, how deep it stands, and where.
    pub(crate) lines: Vec<(&'a Span, usize, Place)>,
}

impl<'a> Shape<'a> {
    pub(crate) fn of(trace: &'a Trace) -> Self {
        let spans = &trace.spans;
        let mut children: HashMap<SpanId, Vec<usize>> = HashMap::new();
        let known: HashSet<SpanId> = spans.iter().map(|span| span.span_id).collect();
        let mut starts = Vec::new();
        for (at, span) in spans.iter().enumerate() {
            match span.parent() {
                None => starts.push((at, Place::Root)),
                Some(parent) if known.contains(&parent) => {
                    children.entry(parent).or_default().push(at)
                }
                Some(_) => starts.push((at, Place::Orphan)),
            }
        }

        let mut lines = Vec::with_capacity(spans.len());
        let mut shown = vec![false; spans.len()];
        for &(start, place) in &starts {
            walk(spans, &mut children, &mut shown, (start, place), &mut lines);
        }
        // What no root and no orphan leads to hangs from a circle; it is entered at its first span.
        for start in 0..spans.len() {
            walk(
                spans,
                &mut children,
                &mut shown,
                (start, Place::Circle),
                &mut lines,
            );
        }
        Self { starts, lines }
    }
}

/// Goes down with a stack of its own: a trace may be deeper than a thread's stack.
fn walk<'a>(
    spans: &'a [Span],
    children: &mut HashMap<SpanId, Vec<usize>>,
    shown: &mut [bool],
    (start, place): (usize, Place),
    lines: &mut Vec<(&'a Span, usize, Place)>,
) {
    let mut pending = vec![(start, 0, place)];
    while let Some((at, depth, place)) = pending.pop() {
        if std::mem::replace(&mut shown[at], true) {
            continue;
        }
        lines.push((&spans[at], depth, place));
        // Taken out: where two spans share an id, the children are listed below the first.
        let below = children.remove(&spans[at].span_id).unwrap_or_default();
        pending.extend(
            below
                .into_iter()
                .rev()
                .map(|child| (child, depth + 1, Place::Below)),
        );
    }
}
