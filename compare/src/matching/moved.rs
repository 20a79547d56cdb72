//! Spans that have another parent now: what is left over on one side is looked for among what is left over on the other.

use std::collections::{HashMap, VecDeque};

use super::{ALIKE, At, Leftover, Matching, align, likeness};
use crate::nodes::{Node, Side};

/// Each round may free the way for the next; few do. A bound, so that hostile input cannot ask for one a span.
const MOST_ROUNDS: usize = 8;

impl Matching {
    pub(super) fn find_moved(
        &mut self,
        left: &Side<'_>,
        right: &Side<'_>,
        mut leftovers: Vec<Leftover>,
    ) {
        for _ in 0..MOST_ROUNDS {
            let mut found = self.move_by(
                left,
                right,
                &mut leftovers,
                |node| node.keys.content,
                |_, _| true,
            );
            found += self.move_by(
                left,
                right,
                &mut leftovers,
                |node| node.keys.own,
                |l, r| !l.attribute_hashes.is_empty() && likeness(l, r) >= ALIKE,
            );
            found += self.pair_other_names(left, right, &mut leftovers);
            found += self.move_by(
                left,
                right,
                &mut leftovers,
                |node| node.keys.label,
                |l, r| likeness(l, r) >= ALIKE,
            );
            if found == 0 {
                return;
            }
        }
    }

    /// Looks for left spans under other parents, from the top down, so that a tree moves as a whole. Returns how many moved.
    fn move_by(
        &mut self,
        left: &Side<'_>,
        right: &Side<'_>,
        leftovers: &mut Vec<Leftover>,
        key: impl Fn(&Node<'_>) -> u64,
        fits: impl Fn(&Node<'_>, &Node<'_>) -> bool,
    ) -> usize {
        let mut partners = vec![None; left.traces.len()];
        let mut index = Index::default();
        for (l, r) in &self.traces {
            if let Some(l) = l {
                partners[*l] = *r;
            }
            if let Some(r) = r {
                index.add(
                    &right.traces[*r].nodes,
                    &self.right[*r],
                    (*r, l.is_none()),
                    &key,
                );
            }
        }
        let mut found = 0;
        for (trace, view) in left.traces.iter().enumerate() {
            for &node in &view.forest.order {
                let l = At { trace, node };
                if self.of_left(l).is_some() {
                    continue;
                }
                let partner = partners[trace];
                let free = |r: At| self.of_right(r).is_none();
                let Some(r) = index.take(key(&view.nodes[node]), partner, free) else {
                    continue;
                };
                let r_view = &right.traces[r.trace];
                if !fits(&view.nodes[node], &r_view.nodes[r.node]) {
                    continue;
                }
                found += 1;
                self.join(l, r);
                let below = (
                    &*view.forest.children[node],
                    &*r_view.forest.children[r.node],
                );
                self.descend(left, right, (trace, r.trace), below, leftovers);
            }
        }
        found
    }

    /// Siblings whose name or service changed, or both of whose surroundings say that they are the same.
    fn pair_other_names(
        &mut self,
        left: &Side<'_>,
        right: &Side<'_>,
        leftovers: &mut Vec<Leftover>,
    ) -> usize {
        let mut found = 0;
        for leftover in std::mem::take(leftovers) {
            let (l_trace, r_trace) = (leftover.left_trace, leftover.right_trace);
            let (l_view, r_view) = (&left.traces[l_trace], &right.traces[r_trace]);
            let free = |nodes: &[usize], side: &[Option<At>]| -> Vec<usize> {
                let nodes = nodes.iter().copied();
                nodes.filter(|node| side[*node].is_none()).collect()
            };
            let l_free = free(&leftover.left, &self.left[l_trace]);
            let r_free = free(&leftover.right, &self.right[r_trace]);
            let alone = l_free.len() == 1 && r_free.len() == 1;
            let close = |l: usize, r: usize| {
                let (l, r) = (&l_view.nodes[l], &r_view.nodes[r]);
                Some(likeness(l, r))
                    .filter(|likeness| *likeness >= ALIKE && is_renamed(l, r, alone))
            };
            let (pairs, l_rest, r_rest) = align::by_likeness(l_free, r_free, close);
            for (l, r) in pairs {
                found += 1;
                let (l_at, r_at) = (
                    At {
                        trace: l_trace,
                        node: l,
                    },
                    At {
                        trace: r_trace,
                        node: r,
                    },
                );
                self.join(l_at, r_at);
                let below = (&*l_view.forest.children[l], &*r_view.forest.children[r]);
                self.descend(left, right, (l_trace, r_trace), below, leftovers);
            }
            if !l_rest.is_empty() && !r_rest.is_empty() {
                leftovers.push(Leftover {
                    left: l_rest,
                    right: r_rest,
                    ..leftover
                });
            }
        }
        found
    }
}

/// Whether two siblings may be one with another name. Something has to speak for it: attributes or children in common, or
/// that there is nobody else.
fn is_renamed(left: &Node<'_>, right: &Node<'_>, alone: bool) -> bool {
    let half_the_name = left.service == right.service || left.name == right.name;
    let speaks = |l: &[u64], r: &[u64]| !l.is_empty() && crate::nodes::overlap(l, r) >= ALIKE;
    half_the_name
        && left.span.kind == right.span.kind
        && (alone
            || speaks(&left.attribute_hashes, &right.attribute_hashes)
            || speaks(&left.child_labels, &right.child_labels))
}

/// Right spans without a partner, by key.
#[derive(Default)]
struct Index {
    /// Of traces that have a partner: a span stays within them.
    within: HashMap<(u64, usize), VecDeque<usize>>,
    /// Of traces that have none: parts of any other trace.
    alone: HashMap<u64, VecDeque<At>>,
    /// All of them, for the parts of a left trace that has no partner.
    all: HashMap<u64, VecDeque<At>>,
}

impl Index {
    fn add(
        &mut self,
        nodes: &[Node<'_>],
        matched: &[Option<At>],
        (trace, is_alone): (usize, bool),
        key: &impl Fn(&Node<'_>) -> u64,
    ) {
        for (node, _) in matched.iter().enumerate().filter(|(_, at)| at.is_none()) {
            let key = key(&nodes[node]);
            let at = At { trace, node };
            self.all.entry(key).or_default().push_back(at);
            if is_alone {
                self.alone.entry(key).or_default().push_back(at);
            } else {
                self.within.entry((key, trace)).or_default().push_back(node);
            }
        }
    }

    fn take(&mut self, key: u64, partner: Option<usize>, free: impl Fn(At) -> bool) -> Option<At> {
        let Some(trace) = partner else {
            return first_free(self.all.get_mut(&key)?, free);
        };
        let within = self.within.get_mut(&(key, trace)).and_then(|nodes| {
            while let Some(node) = nodes.pop_front() {
                let at = At { trace, node };
                if free(at) {
                    return Some(at);
                }
            }
            None
        });
        within.or_else(|| first_free(self.alone.get_mut(&key)?, free))
    }
}

fn first_free(queue: &mut VecDeque<At>, free: impl Fn(At) -> bool) -> Option<At> {
    while let Some(at) = queue.pop_front() {
        if free(at) {
            return Some(at);
        }
    }
    None
}
