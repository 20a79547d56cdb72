//! Two captures side by side: what was matched, as rows with their differences.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::Capture;
use crate::differ::{self, Found};
use crate::lines::{line, parent, path, title};
use crate::matching::{At, Matching};
use crate::nodes::{Keys, Side, seal};
use crate::pages;
use crate::report::{Change, Difference, Group, Ids, Report, Row, Summary};
use crate::rules::Rules;

/// Compares two captures: `left` from before, `right` from after.
///
/// Spans are matched by structure and never by id, so that captures of two runs of one program have no differences, in
/// whatever order their spans came.
///
/// # Examples
///
/// ```
/// use compare::{Capture, Rules, compare};
///
/// let span = |tags: &str| {
///     let id = r#""traceID":"5b8efff798038103d269b633813fc60c","spanID":"00f067aa0ba902b7""#;
///     let span = format!(r#"{{{id},"operationName":"call","startTime":1,"duration":1,"processID":"p","tags":[{tags}]}}"#);
///     format!(r#"{{"data":[{{"spans":[{span}],"processes":{{"p":{{"serviceName":"api"}}}}}}]}}"#)
/// };
/// let before = span(r#"{"key":"http.status_code","type":"string","value":"202"}"#);
/// let after = span(r#"{"key":"http.response.status_code","type":"int64","value":202}"#);
///
/// let before = Capture::from_slice("before.json", before.as_bytes())?;
/// let after = Capture::from_slice("after.json", after.as_bytes())?;
/// let report = compare(&before, &after, &Rules::builtin());
///
/// assert!(report.is_equivalent());
/// let (difference, _traces) = report.differences().next().expect("a name is another");
/// assert_eq!(difference.rule.as_deref(), Some("attribute.http.status_code"));
/// # Ok::<(), compare::ReadError>(())
/// ```
#[must_use]
pub fn compare(left: &Capture, right: &Capture, rules: &Rules) -> Report {
    let hasher = RandomState::new();
    let mut sides = (
        Side::new(left, rules, &hasher),
        Side::new(right, rules, &hasher),
    );
    seal(&mut sides.0, &mut sides.1, &hasher);
    let comparison = Comparison {
        matching: Matching::of(&sides.0, &sides.1),
        left: &sides.0,
        right: &sides.1,
        rules,
    };
    let groups = comparison.groups(&hasher);
    let mut rows = groups.iter().flat_map(|group| &group.rows);
    let equivalent = rows.all(|row| row.differences.iter().all(|found| found.rule.is_some()));
    Report {
        left: summary(left),
        right: summary(right),
        equivalent,
        groups,
    }
}

fn summary(capture: &Capture) -> Summary {
    Summary {
        source: capture.source().to_owned(),
        traces: capture.trace_count(),
        spans: capture.span_count(),
    }
}

struct Comparison<'c, 'a> {
    left: &'c Side<'a>,
    right: &'c Side<'a>,
    matching: Matching,
    rules: &'c Rules,
}

/// A span of one side or of both, on its way into a row.
#[derive(Clone, Copy)]
enum Step {
    Both(At, At),
    Left(At),
    Right(At),
}

impl Comparison<'_, '_> {
    /// Traces that differ in the same way are one group, which shows the first of them.
    fn groups(&self, hasher: &RandomState) -> Vec<Group> {
        let mut known: HashMap<u64, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for &pair in &self.matching.traces {
            let rows = self.rows(pair);
            // All spans of a trace may have moved into others, which then show them.
            if rows.is_empty() {
                continue;
            }
            let signature = self.signature(pair, &rows, hasher);
            let at = *known.entry(signature).or_insert_with(|| {
                groups.push(Group {
                    operation: self.operation(pair),
                    left: 0,
                    right: 0,
                    rows,
                });
                groups.len() - 1
            });
            groups[at].left += usize::from(pair.0.is_some());
            groups[at].right += usize::from(pair.1.is_some());
        }
        // By name, so that a report does not depend on the order in which spans came.
        groups.sort_by(|a, b| {
            let of = |group: &Group| {
                (
                    group.operation.clone(),
                    usize::MAX - group.left.max(group.right),
                )
            };
            of(a).cmp(&of(b))
        });
        groups
    }

    /// What traces of one group have in common: their shapes, and their differences but for the values.
    fn signature(
        &self,
        (l, r): (Option<usize>, Option<usize>),
        rows: &[Row],
        hasher: &RandomState,
    ) -> u64 {
        let shape = |keys: Keys| (keys.label, keys.shape);
        let shapes = (
            l.map(|l| shape(self.left.traces[l].keys)),
            r.map(|r| shape(self.right.traces[r].keys)),
        );
        let mut found: Vec<_> = rows
            .iter()
            .flat_map(|row| &row.differences)
            .map(|found| (&found.path, found.kind, &found.part, &found.rule))
            .collect();
        found.sort();
        hasher.hash_one((shapes, found))
    }

    fn operation(&self, (l, r): (Option<usize>, Option<usize>)) -> String {
        let view = match (l, r) {
            (Some(l), _) => &self.left.traces[l],
            (None, Some(r)) => &self.right.traces[r],
            (None, None) => unreachable!("a pair has a side"),
        };
        title(&view.nodes[view.main])
    }

    /// All spans of a pair of traces, as the left has them, and those that only the right has below their parents.
    fn rows(&self, (l, r): (Option<usize>, Option<usize>)) -> Vec<Row> {
        let l_tops = l.map_or(&[][..], |l| &self.left.traces[l].forest.tops);
        let r_tops = r.map_or(&[][..], |r| &self.right.traces[r].forest.tops);
        let mut pending: Vec<(Step, usize)> = Vec::new();
        let below =
            |pending: &mut Vec<_>, depth, left: (usize, &[usize]), right: (usize, &[usize])| {
                // A stack takes from its end.
                for &node in right.1.iter().rev() {
                    let at = At {
                        trace: right.0,
                        node,
                    };
                    if self.matching.of_right(at).is_none() {
                        pending.push((Step::Right(at), depth));
                    }
                }
                for &node in left.1.iter().rev() {
                    let at = At {
                        trace: left.0,
                        node,
                    };
                    let step = match self.matching.of_left(at) {
                        Some(other) => Step::Both(at, other),
                        None => Step::Left(at),
                    };
                    pending.push((step, depth));
                }
            };
        below(
            &mut pending,
            0,
            (l.unwrap_or_default(), l_tops),
            (r.unwrap_or_default(), r_tops),
        );
        let mut rows = Vec::new();
        while let Some((step, depth)) = pending.pop() {
            let children =
                |side: &'_ Side<'_>, at: At| side.traces[at.trace].forest.children[at.node].clone();
            match step {
                Step::Both(l, r) => below(
                    &mut pending,
                    depth + 1,
                    (l.trace, &children(self.left, l)),
                    (r.trace, &children(self.right, r)),
                ),
                Step::Left(l) => below(
                    &mut pending,
                    depth + 1,
                    (l.trace, &children(self.left, l)),
                    (0, &[]),
                ),
                Step::Right(r) => below(
                    &mut pending,
                    depth + 1,
                    (0, &[]),
                    (r.trace, &children(self.right, r)),
                ),
            }
            rows.push(self.row(step, depth));
        }
        rows
    }

    fn row(&self, step: Step, depth: usize) -> Row {
        let line = |side: &Side<'_>, at: At| line(&side.traces[at.trace].nodes[at.node]);
        let (left, right, differences) = match step {
            Step::Both(l, r) => (
                Some(line(self.left, l)),
                Some(line(self.right, r)),
                self.between(l, r),
            ),
            Step::Left(l) => (Some(line(self.left, l)), None, self.alone(l, Change::Lost)),
            Step::Right(r) => (
                None,
                Some(line(self.right, r)),
                self.alone(r, Change::Added),
            ),
        };
        let (left_at, right_at) = match step {
            Step::Both(l, r) => (Some(l), Some(r)),
            Step::Left(l) => (Some(l), None),
            Step::Right(r) => (None, Some(r)),
        };
        let ids = |side: &Side<'_>, at: At| {
            let span = side.traces[at.trace].nodes[at.node].span;
            Ids {
                trace: span.trace_id.0.to_be_bytes(),
                span: span.span_id.0.to_be_bytes(),
            }
        };
        Row {
            depth,
            left,
            right,
            differences,
            left_ids: left_at.map(|at| ids(self.left, at)),
            right_ids: right_at.map(|at| ids(self.right, at)),
        }
    }

    /// In what two spans that belong together differ.
    fn between(&self, l: At, r: At) -> Vec<Difference> {
        let (l_view, r_view) = (&self.left.traces[l.trace], &self.right.traces[r.trace]);
        let (l_node, r_node) = (&l_view.nodes[l.node], &r_view.nodes[r.node]);
        let found = differ::differences(l_node, r_node, self.rules);
        let l_place = l_view.forest.places[l.node];
        let r_place = r_view.forest.places[r.node];
        let is_moved = self.matching.is_moved(l);
        if found.is_empty() && !is_moved && l_place == r_place {
            return Vec::new();
        }
        let path = path(l_view, l.node);
        let difference = |kind, part: &str, left: String, right: String, page: &str| Difference {
            kind,
            path: path.clone(),
            part: part.to_owned(),
            left: Some(left),
            right: Some(right),
            rule: None,
            note: None,
            page: Some(page.to_owned()),
        };
        let mut differences = Vec::new();
        if is_moved {
            let (left, right) = (parent(l_view, l.node), parent(r_view, r.node));
            // Within a service a context is lost on the way to a task, between two of them on the way through headers.
            let page = match l_view.forest.parents[l.node] {
                Some(above) if l_view.nodes[above].service == l_node.service => pages::TASKS,
                _ => pages::HEADERS,
            };
            differences.push(difference(Change::Reparented, "parent", left, right, page));
        } else if l_place != r_place {
            let (left, right) = (parent(l_view, l.node), parent(r_view, r.node));
            differences.push(difference(
                Change::Changed,
                "parent",
                left,
                right,
                pages::HEADERS,
            ));
        }
        differences.extend(found.into_iter().map(|found| placed(found, &path)));
        differences
    }

    /// A span without a counterpart. What is below it, and has none either, is told along with it.
    fn alone(&self, at: At, kind: Change) -> Vec<Difference> {
        let is_lost = kind == Change::Lost;
        let side = if is_lost { self.left } else { self.right };
        let is_alone = |node: usize| {
            let at = At {
                trace: at.trace,
                node,
            };
            let other = if is_lost {
                self.matching.of_left(at)
            } else {
                self.matching.of_right(at)
            };
            other.is_none()
        };
        let view = &side.traces[at.trace];
        if view.forest.parents[at.node].is_some_and(is_alone) {
            return Vec::new();
        }
        let mut below = 0;
        let mut pending = vec![at.node];
        while let Some(node) = pending.pop() {
            let alone = view.forest.children[node]
                .iter()
                .filter(|child| is_alone(**child));
            let before = pending.len();
            pending.extend(alone);
            below += pending.len() - before;
        }
        let node = &view.nodes[at.node];
        let value = match below {
            0 => line(node),
            1 => format!("{}, with a span below", line(node)),
            more => format!("{}, with {more} spans below", line(node)),
        };
        let (left, right) = if is_lost {
            (Some(value), None)
        } else {
            (None, Some(value))
        };
        let twice = view.forest.parents[at.node]
            .map(|parent| &view.nodes[parent])
            .is_some_and(|parent| {
                parent.keys.label == node.keys.label && parent.span.kind == node.span.kind
            });
        let page = match kind {
            Change::Lost => pages::LAST_SPANS,
            _ if twice => pages::DOUBLE,
            _ => pages::ADDED,
        };
        vec![Difference {
            kind,
            path: path(view, at.node),
            part: "span".to_owned(),
            left,
            right,
            rule: None,
            note: None,
            page: Some(page.to_owned()),
        }]
    }
}

fn placed(found: Found, path: &str) -> Difference {
    let (rule, note, page) = match found.cited {
        Some(cited) => (Some(cited.rule), cited.note, cited.page),
        None => (None, None, Some(found.page.to_owned())),
    };
    Difference {
        kind: found.kind,
        path: path.to_owned(),
        part: found.part,
        left: found.left,
        right: found.right,
        rule,
        note,
        page,
    }
}
