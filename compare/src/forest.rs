//! The tree of a trace: who is whose child, whatever the spans claim.

use std::collections::HashMap;

use crate::model::{Span, SpanId};

/// Positions of spans, by parent. A trace of whole cloth has one top.
#[derive(Clone, Debug)]
pub(crate) struct Forest {
    /// Spans below no other, in the order of their start.
    pub(crate) tops: Vec<usize>,
    pub(crate) children: Vec<Vec<usize>>,
    pub(crate) parents: Vec<Option<usize>>,
    pub(crate) places: Vec<Place>,
    /// All positions, parents before children.
    pub(crate) order: Vec<usize>,
}

/// Where a span stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// It has no parent.
    Root,
    /// Its parent is not in the trace.
    Orphan,
    /// It is its own ancestor; the circle is cut above it.
    Circle,
    Below,
}

impl Forest {
    pub(crate) fn of(spans: &[Span]) -> Self {
        let mut by_id: HashMap<SpanId, usize> = HashMap::with_capacity(spans.len());
        for (at, span) in spans.iter().enumerate() {
            // Of several with one id, the first is the parent of their children.
            by_id.entry(span.span_id).or_insert(at);
        }
        let mut forest = Self {
            tops: Vec::new(),
            children: vec![Vec::new(); spans.len()],
            parents: vec![None; spans.len()],
            places: vec![Place::Below; spans.len()],
            order: Vec::with_capacity(spans.len()),
        };
        for (at, span) in spans.iter().enumerate() {
            match span.parent.map(|parent| by_id.get(&parent)) {
                Some(Some(&parent)) => {
                    forest.parents[at] = Some(parent);
                    forest.children[parent].push(at);
                }
                none => {
                    forest.places[at] = if none.is_none() {
                        Place::Root
                    } else {
                        Place::Orphan
                    };
                    forest.tops.push(at);
                }
            }
        }
        forest.sort(spans);
        let mut reached = vec![false; spans.len()];
        for top in 0..forest.tops.len() {
            forest.descend(forest.tops[top], &mut reached);
        }
        // What no top leads to hangs from a circle.
        for at in 0..spans.len() {
            if reached[at] {
                continue;
            }
            let entry = forest.on_circle(at);
            if let Some(parent) = forest.parents[entry].take() {
                forest.children[parent].retain(|child| *child != entry);
            }
            forest.places[entry] = Place::Circle;
            forest.tops.push(entry);
            forest.descend(entry, &mut reached);
        }
        forest
    }

    fn sort(&mut self, spans: &[Span]) {
        let key = |at: &usize| (spans[*at].start, *at);
        self.tops.sort_by_key(key);
        for children in &mut self.children {
            children.sort_by_key(key);
        }
    }

    fn descend(&mut self, top: usize, reached: &mut [bool]) {
        let first = self.order.len();
        self.order.push(top);
        reached[top] = true;
        let mut next = first;
        while next < self.order.len() {
            for &child in &self.children[self.order[next]] {
                reached[child] = true;
                self.order.push(child);
            }
            next += 1;
        }
    }

    /// Goes up until a span is met twice, which is then on the circle itself and not merely below it.
    fn on_circle(&self, from: usize) -> usize {
        let mut met = std::collections::HashSet::new();
        let mut at = from;
        while met.insert(at) {
            match self.parents[at] {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }
}
