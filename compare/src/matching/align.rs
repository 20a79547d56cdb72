//! Siblings find each other: those that are equal first, then those of one name that are most alike.

use crate::nodes::Keys;

/// The most comparisons of each with each; beyond, the order decides.
const MOST_COMPARISONS: usize = 4_096;

/// Pairs, and what has no partner.
pub(super) struct Aligned {
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) left: Vec<usize>,
    pub(super) right: Vec<usize>,
}

impl Aligned {
    /// The same with further pairs of what had none.
    pub(super) fn with(mut self, more: &[(usize, usize)]) -> Self {
        drop_paired(&mut self.left, &mut self.right, more);
        self.pairs.extend(more);
        self
    }
}

/// Pairs what is equal, at the strictest of the keys by which it is.
pub(super) fn equal(
    mut left: Vec<usize>,
    mut right: Vec<usize>,
    left_keys: impl Fn(usize) -> Keys,
    right_keys: impl Fn(usize) -> Keys,
) -> Aligned {
    let mut pairs = Vec::with_capacity(left.len().min(right.len()));
    let levels: [fn(Keys) -> u64; 4] = [
        |keys| keys.written,
        |keys| keys.content,
        |keys| keys.shared,
        |keys| keys.skeleton,
    ];
    for key in levels {
        let equal = groups(&left, &right, |l| key(left_keys(l)), |r| key(right_keys(r)));
        for (l_group, r_group) in equal {
            pairs.extend(in_order(&l_group, &r_group));
        }
        drop_paired(&mut left, &mut right, &pairs);
        if left.is_empty() || right.is_empty() {
            break;
        }
    }
    Aligned { pairs, left, right }
}

/// Pairs what has the same name, at the strictest of the keys by which it can.
pub(super) fn align(
    left: Vec<usize>,
    right: Vec<usize>,
    left_keys: impl Fn(usize) -> Keys,
    right_keys: impl Fn(usize) -> Keys,
    likeness: impl Fn(usize, usize) -> f64,
) -> Aligned {
    if let ([l], [r]) = (&*left, &*right)
        && left_keys(*l).label == right_keys(*r).label
    {
        return Aligned {
            pairs: vec![(*l, *r)],
            left: Vec::new(),
            right: Vec::new(),
        };
    }
    let Aligned {
        mut pairs,
        mut left,
        mut right,
    } = equal(left, right, &left_keys, &right_keys);
    if left.is_empty() || right.is_empty() {
        return Aligned { pairs, left, right };
    }
    let same_name = groups(
        &left,
        &right,
        |l| left_keys(l).label,
        |r| right_keys(r).label,
    );
    for (l_group, r_group) in same_name {
        let (found, l_rest, r_rest) = by_likeness(l_group, r_group, |l, r| Some(likeness(l, r)));
        pairs.extend(found);
        let same_shape = groups(
            &l_rest,
            &r_rest,
            |l| left_keys(l).shape,
            |r| right_keys(r).shape,
        );
        let before = pairs.len();
        for (l_group, r_group) in same_shape {
            pairs.extend(in_order(&l_group, &r_group));
        }
        let (mut l_rest, mut r_rest) = (l_rest, r_rest);
        drop_paired(&mut l_rest, &mut r_rest, &pairs[before..]);
        pairs.extend(in_order(&l_rest, &r_rest));
    }
    drop_paired(&mut left, &mut right, &pairs);
    Aligned { pairs, left, right }
}

/// Pairs those that are most alike, where there are few enough to try all; `None` keeps two apart.
pub(super) fn by_likeness(
    left: Vec<usize>,
    right: Vec<usize>,
    likeness: impl Fn(usize, usize) -> Option<f64>,
) -> (Vec<(usize, usize)>, Vec<usize>, Vec<usize>) {
    if left.len().saturating_mul(right.len()) > MOST_COMPARISONS {
        return (Vec::new(), left, right);
    }
    let mut candidates = Vec::new();
    for (l_at, &l) in left.iter().enumerate() {
        for (r_at, &r) in right.iter().enumerate() {
            candidates.extend(likeness(l, r).map(|likeness| (likeness, l_at, r_at)));
        }
    }
    // Among those that are equally alike, the order decides.
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut l_free, mut r_free) = (vec![true; left.len()], vec![true; right.len()]);
    let mut pairs = Vec::new();
    for (_, l, r) in candidates {
        if l_free[l] && r_free[r] {
            l_free[l] = false;
            r_free[r] = false;
            pairs.push((left[l], right[r]));
        }
    }
    let rest = |all: Vec<usize>, free: &[bool]| -> Vec<usize> {
        let all = all.into_iter().zip(free);
        all.filter_map(|(node, free)| free.then_some(node))
            .collect()
    };
    (pairs, rest(left, &l_free), rest(right, &r_free))
}

/// Those of both sides with equal keys, each group in its order.
fn groups(
    left: &[usize],
    right: &[usize],
    left_key: impl Fn(usize) -> u64,
    right_key: impl Fn(usize) -> u64,
) -> Vec<(Vec<usize>, Vec<usize>)> {
    let sorted = |nodes: &[usize], key: &dyn Fn(usize) -> u64| -> Vec<(u64, usize)> {
        let mut sorted: Vec<_> = nodes.iter().map(|node| (key(*node), *node)).collect();
        // Stable: the order within a key stays.
        sorted.sort_by_key(|(key, _)| *key);
        sorted
    };
    let (left, right) = (sorted(left, &left_key), sorted(right, &right_key));
    let mut groups = Vec::new();
    let mut r = 0;
    for l_run in left.chunk_by(|a, b| a.0 == b.0) {
        let key = l_run[0].0;
        while right.get(r).is_some_and(|(other, _)| *other < key) {
            r += 1;
        }
        let r_run = right[r..].iter().take_while(|(other, _)| *other == key);
        let r_run: Vec<_> = r_run.map(|(_, node)| *node).collect();
        if !r_run.is_empty() {
            r += r_run.len();
            groups.push((l_run.iter().map(|(_, node)| *node).collect(), r_run));
        }
    }
    groups
}

fn in_order(left: &[usize], right: &[usize]) -> Vec<(usize, usize)> {
    left.iter().copied().zip(right.iter().copied()).collect()
}

fn drop_paired(left: &mut Vec<usize>, right: &mut Vec<usize>, pairs: &[(usize, usize)]) {
    if pairs.is_empty() {
        return;
    }
    let l_paired: std::collections::HashSet<_> = pairs.iter().map(|(l, _)| *l).collect();
    let r_paired: std::collections::HashSet<_> = pairs.iter().map(|(_, r)| *r).collect();
    left.retain(|node| !l_paired.contains(node));
    right.retain(|node| !r_paired.contains(node));
}
