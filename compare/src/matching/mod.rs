//! Which span of one capture is which of the other. By structure, never by id.
//!
//! First the traces find each other, by what is in them, or by spans that few others have (`known`). Then, from the top down,
//! so do the children of each two spans that belong together (`align`). What is left over is looked for elsewhere in the
//! trace, or in traces that found no partner (`moved`): it may have another parent now. No step compares everything with
//! everything, so the cost grows with the number of spans and hardly faster.

mod align;
mod known;
mod moved;

use crate::nodes::{Node, Side, overlap};
use align::align;

/// How alike two things must be that do not have the same name.
const ALIKE: f64 = 0.5;

/// A span of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct At {
    pub(crate) trace: usize,
    pub(crate) node: usize,
}

/// What belongs together.
pub(crate) struct Matching {
    /// Traces, with a partner or without, in the order of the left capture and then of the right one.
    pub(crate) traces: Vec<(Option<usize>, Option<usize>)>,
    left: Vec<Vec<Option<At>>>,
    right: Vec<Vec<Option<At>>>,
    /// Left spans whose partner is below another parent.
    moved: Vec<Vec<bool>>,
}

/// Children of two spans that belong together, without partners so far.
struct Leftover {
    left_trace: usize,
    right_trace: usize,
    left: Vec<usize>,
    right: Vec<usize>,
}

impl Matching {
    pub(crate) fn of(left: &Side<'_>, right: &Side<'_>) -> Self {
        let empty = |side: &Side<'_>| -> Vec<Vec<Option<At>>> {
            let traces = side.traces.iter();
            traces.map(|view| vec![None; view.nodes.len()]).collect()
        };
        let traces = left.traces.iter();
        let mut matching = Self {
            traces: Vec::new(),
            left: empty(left),
            right: empty(right),
            moved: traces.map(|view| vec![false; view.nodes.len()]).collect(),
        };
        matching.pair_traces(left, right);
        let mut leftovers = Vec::new();
        for at in 0..matching.traces.len() {
            if let (Some(l), Some(r)) = matching.traces[at] {
                let tops = (&*left.traces[l].forest.tops, &*right.traces[r].forest.tops);
                matching.descend(left, right, (l, r), tops, &mut leftovers);
            }
        }
        matching.find_moved(left, right, leftovers);
        matching.mark_moved(left, right);
        matching
    }

    /// The right span that a left one belongs to.
    pub(crate) fn of_left(&self, at: At) -> Option<At> {
        self.left[at.trace][at.node]
    }

    /// The left span that a right one belongs to.
    pub(crate) fn of_right(&self, at: At) -> Option<At> {
        self.right[at.trace][at.node]
    }

    /// Whether a left span's partner is below another parent.
    pub(crate) fn is_moved(&self, at: At) -> bool {
        self.moved[at.trace][at.node]
    }

    fn pair_traces(&mut self, left: &Side<'_>, right: &Side<'_>) {
        let likeness =
            |l: usize, r: usize| overlap(&left.traces[l].labels, &right.traces[r].labels);
        let equal = align::equal(
            (0..left.traces.len()).collect(),
            (0..right.traces.len()).collect(),
            |l| left.traces[l].keys,
            |r| right.traces[r].keys,
        );
        let known = known::pair((left, right), (&equal.left, &equal.right));
        let rest = equal.with(&known);
        let aligned = align(
            rest.left,
            rest.right,
            |l| left.traces[l].keys,
            |r| right.traces[r].keys,
            likeness,
        );
        let mut partner = vec![None; left.traces.len()];
        let mut pairs = rest.pairs;
        pairs.extend(aligned.pairs);
        // What a trace begins with may be lost, or have another name.
        let close = |l: usize, r: usize| Some(likeness(l, r)).filter(|likeness| *likeness >= ALIKE);
        let (more, left_over, right_over) = align::by_likeness(aligned.left, aligned.right, close);
        pairs.extend(more);
        for (l, r) in pairs {
            partner[l] = Some(r);
        }
        drop(left_over);
        let with_left = partner.into_iter().enumerate();
        self.traces = with_left.map(|(l, r)| (Some(l), r)).collect();
        self.traces
            .extend(right_over.into_iter().map(|r| (None, Some(r))));
    }

    /// A partner is below another parent unless the parents belong together as well.
    fn mark_moved(&mut self, left: &Side<'_>, right: &Side<'_>) {
        for (trace, view) in left.traces.iter().enumerate() {
            for node in 0..view.nodes.len() {
                let Some(r) = self.left[trace][node] else {
                    continue;
                };
                let above = |trace: usize, node: Option<usize>| node.map(|node| At { trace, node });
                let l_above = above(trace, view.forest.parents[node]);
                let r_above = above(r.trace, right.traces[r.trace].forest.parents[r.node]);
                self.moved[trace][node] = match (l_above, r_above) {
                    (None, None) => false,
                    (Some(l), Some(r)) => self.of_left(l) != Some(r),
                    _ => true,
                };
            }
        }
    }

    fn join(&mut self, l: At, r: At) {
        self.left[l.trace][l.node] = Some(r);
        self.right[r.trace][r.node] = Some(l);
    }

    /// Aligns two lists of siblings and everything below those that belong together.
    fn descend(
        &mut self,
        left: &Side<'_>,
        right: &Side<'_>,
        (left_trace, right_trace): (usize, usize),
        (left_tops, right_tops): (&[usize], &[usize]),
        leftovers: &mut Vec<Leftover>,
    ) {
        let (l_view, r_view) = (&left.traces[left_trace], &right.traces[right_trace]);
        let unmatched = |side: &[Option<At>], nodes: &[usize]| -> Vec<usize> {
            let nodes = nodes.iter().copied();
            nodes.filter(|node| side[*node].is_none()).collect()
        };
        let mut pending = vec![(
            unmatched(&self.left[left_trace], left_tops),
            unmatched(&self.right[right_trace], right_tops),
        )];
        while let Some((l_nodes, r_nodes)) = pending.pop() {
            let aligned = align(
                l_nodes,
                r_nodes,
                |l| l_view.nodes[l].keys,
                |r| r_view.nodes[r].keys,
                |l, r| likeness(&l_view.nodes[l], &r_view.nodes[r]),
            );
            for (l, r) in aligned.pairs {
                let (at_left, at_right) = (
                    At {
                        trace: left_trace,
                        node: l,
                    },
                    At {
                        trace: right_trace,
                        node: r,
                    },
                );
                self.join(at_left, at_right);
                let l_children = unmatched(&self.left[left_trace], &l_view.forest.children[l]);
                let r_children = unmatched(&self.right[right_trace], &r_view.forest.children[r]);
                if !l_children.is_empty() || !r_children.is_empty() {
                    pending.push((l_children, r_children));
                }
            }
            if !aligned.left.is_empty() || !aligned.right.is_empty() {
                leftovers.push(Leftover {
                    left_trace,
                    right_trace,
                    left: aligned.left,
                    right: aligned.right,
                });
            }
        }
    }
}

/// How alike two spans are, from 0 to 1, whatever their names.
fn likeness(left: &Node<'_>, right: &Node<'_>) -> f64 {
    let equal = |equal: bool| if equal { 1.0 } else { 0.0 };
    let attributes = overlap(&left.attribute_hashes, &right.attribute_hashes);
    let children = overlap(&left.child_labels, &right.child_labels);
    (3.0 * attributes
        + 3.0 * children
        + 2.0 * equal(left.keys.shape == right.keys.shape)
        + equal(left.span.kind == right.span.kind)
        + equal(left.span.status == right.span.status))
        / 10.0
}
