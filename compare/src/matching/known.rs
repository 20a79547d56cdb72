//! Traces that are no longer equal in anything, and still have spans that few others have: a user's, an order's.

use std::collections::HashMap;

use crate::nodes::Side;

/// A span that more traces than this have tells none of them.
const FEW: usize = 8;

/// Pairs traces of one name that have the most such spans in common. Each span is looked at once on each side, and counts for a
/// bounded number of pairs, so the cost grows with the number of spans.
pub(super) fn pair(
    (left, right): (&Side<'_>, &Side<'_>),
    (l_free, r_free): (&[usize], &[usize]),
) -> Vec<(usize, usize)> {
    let (l_index, r_index) = (index(left, l_free), index(right, r_free));
    let mut votes: HashMap<(usize, usize), usize> = HashMap::new();
    for (own, l_traces) in &l_index {
        let Some(r_traces) = r_index.get(own) else {
            continue;
        };
        if l_traces.len() > FEW || r_traces.len() > FEW {
            continue;
        }
        for &l in l_traces {
            for &r in r_traces {
                if left.traces[l].keys.label == right.traces[r].keys.label {
                    *votes.entry((l, r)).or_default() += 1;
                }
            }
        }
    }
    let mut candidates: Vec<_> = votes.into_iter().collect();
    // Among those with as much in common, the order decides.
    candidates.sort_by_key(|(pair, count)| (usize::MAX - count, *pair));
    let (mut l_paired, mut r_paired) = (HashMap::new(), HashMap::new());
    for ((l, r), _) in candidates {
        if !l_paired.contains_key(&l) && !r_paired.contains_key(&r) {
            l_paired.insert(l, r);
            r_paired.insert(r, l);
        }
    }
    let mut pairs: Vec<_> = l_paired.into_iter().collect();
    pairs.sort_unstable();
    pairs
}

/// In which of these traces there are spans of a kind. One more than a few is as good as all.
fn index(side: &Side<'_>, free: &[usize]) -> HashMap<u64, Vec<usize>> {
    let mut index: HashMap<u64, Vec<usize>> = HashMap::new();
    for &trace in free {
        for node in &side.traces[trace].nodes {
            let traces = index.entry(node.keys.own).or_default();
            if traces.len() <= FEW && traces.last() != Some(&trace) {
                traces.push(trace);
            }
        }
    }
    index
}
