//! Many traces against many: they are grouped by what they begin with and by what differs, and counted.

mod support;

use compare::{Rules, compare};
use support::{Span, capture, login, told};

/// A number of logins, each a trace of its own.
fn logins(count: u64, change: impl Fn(u64, &mut Vec<Span>)) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for number in 0..count {
        let mut spans = login();
        change(number, &mut spans);
        let first = all.len();
        for span in &mut spans {
            span.trace += 10 * number;
            span.parent = span.parent.map(|parent| parent + first);
            span.time.0 += number * 10_000;
        }
        all.extend(spans);
    }
    all
}

#[test]
fn equal_traces_are_one_group() {
    let left = capture(&logins(30, |_, _| {}), 1);
    let right = capture(&logins(30, |_, _| {}), 2);

    let report = compare(&left, &right, &Rules::none());

    assert!(report.is_equivalent());
    let groups: Vec<_> = report
        .groups
        .iter()
        .map(|group| (group.operation.as_str(), group.left, group.right))
        .collect();
    assert_eq!(groups, [("api: POST /login", 30, 30)]);
}

#[test]
fn traces_with_the_same_difference_are_one_group_beside_the_others() {
    let left = capture(&logins(30, |_, _| {}), 1);
    let lossy = logins(30, |number, spans| {
        if number % 3 == 0 {
            spans.pop();
        }
    });

    let report = compare(&left, &capture(&lossy, 2), &Rules::none());

    let groups: Vec<_> = report
        .groups
        .iter()
        .map(|group| (group.left, group.right))
        .collect();
    assert_eq!(groups, [(20, 20), (10, 10)]);
    let counts: Vec<_> = report
        .differences()
        .map(|(found, traces)| (found.kind.as_str(), traces))
        .collect();
    assert_eq!(counts, [("lost", 10)]);
}

#[test]
fn traces_that_failed_meet_those_that_failed() {
    let failing = |offset: u64, extra: bool| {
        logins(100, move |number, spans| {
            spans[0]
                .attributes
                .push(("user".to_owned(), (number % 40).into()));
            if (number + offset).is_multiple_of(4) {
                spans[7].error = Some("no gateway".to_owned());
            }
            if extra {
                spans[3]
                    .attributes
                    .push(("peer".to_owned(), "redis".into()));
            }
        })
    };

    let report = compare(
        &capture(&failing(0, false), 1),
        &capture(&failing(0, true), 2),
        &Rules::none(),
    );

    assert_eq!(
        report
            .unexplained()
            .map(|(_, traces)| traces)
            .sum::<usize>(),
        100
    );
    assert!(
        report
            .unexplained()
            .all(|(found, _)| found.part == "attribute peer"),
        "{:?}",
        told(&report)
    );
}

#[test]
fn a_trace_too_many_is_told() {
    let report = compare(
        &capture(&logins(3, |_, _| {}), 1),
        &capture(&logins(4, |_, _| {}), 2),
        &Rules::none(),
    );

    assert_eq!(
        told(&report),
        ["api: POST /login | added span: none -> api: POST /login [server], with 7 spans below"]
    );
    let groups: Vec<_> = report
        .groups
        .iter()
        .map(|group| (group.left, group.right))
        .collect();
    assert_eq!(groups, [(3, 3), (0, 1)]);
}

#[test]
fn many_traces_that_were_split_are_one_group() {
    let split = logins(20, |_, spans| {
        spans[2].parent = None;
        for span in &mut spans[2..] {
            span.trace = 2;
        }
    });

    let report = compare(
        &capture(&logins(20, |_, _| {}), 1),
        &capture(&split, 2),
        &Rules::none(),
    );

    assert_eq!(report.groups.len(), 1);
    let counts: Vec<_> = report
        .differences()
        .map(|(found, traces)| (found.kind.as_str(), traces))
        .collect();
    assert_eq!(counts, [("re-parented", 20)]);
}

/// In two traces each: the way from api to auth is torn.
fn split(spans: &mut [Span]) {
    spans[2].parent = None;
    for span in &mut spans[2..] {
        span.trace = 2;
    }
}

#[test]
fn split_traces_meet_those_that_they_were_whatever_their_order() {
    for count in [2, 7, 100] {
        let of_user = |spans: &mut [Span], user: u64| {
            for at in [0, 5] {
                spans[at] = spans[at].clone().with("user", user);
            }
        };
        let whole = logins(count, |number, spans| of_user(spans, number));
        let reversed = logins(count, |number, spans| {
            of_user(spans, count - 1 - number);
            split(spans);
        });

        let report = compare(&capture(&whole, 1), &capture(&reversed, 2), &Rules::none());

        let mut kinds: Vec<_> = report
            .differences()
            .map(|(found, _)| found.kind.as_str())
            .collect();
        kinds.dedup();
        assert_eq!(kinds, ["re-parented"], "{count}: {:?}", told(&report));
    }
}

#[test]
fn parts_that_were_split_off_meet_what_they_were_though_they_changed() {
    let of_user = |spans: &mut [Span], user: u64| {
        for at in [0, 2] {
            spans[at] = spans[at].clone().with("user", user);
        }
    };
    let whole = logins(30, |number, spans| of_user(spans, number));
    let changed = logins(30, |number, spans| {
        of_user(spans, 29 - number);
        spans[2] = spans[2].clone().with("zone", "b");
        spans[3] = spans[3].clone().failed("busy");
        split(spans);
    });

    let report = compare(&capture(&whole, 1), &capture(&changed, 2), &Rules::none());

    let parts: std::collections::BTreeSet<_> = report
        .differences()
        .map(|(found, _)| (found.kind.as_str(), found.part.as_str()))
        .collect();
    let expected = [
        ("added", "attribute zone"),
        ("changed", "status"),
        ("re-parented", "parent"),
    ];
    assert_eq!(parts.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn very_deep_and_very_wide_traces_are_compared() {
    const SPANS: usize = 3_000;
    let shaped = |parent: fn(usize) -> usize, value: u64| {
        let mut spans = vec![login()[0].clone()];
        for at in 1..SPANS {
            let span = support::span("api", "step", support::INTERNAL, parent(at));
            spans.push(span.with("at", at as u64 * value));
        }
        capture(&spans, value)
    };
    for parent in [|at: usize| at - 1, |_: usize| 0] {
        let (left, right) = (shaped(parent, 1), shaped(parent, 2));

        assert!(compare(&left, &left, &Rules::none()).is_equivalent());
        let report = compare(&left, &right, &Rules::none());

        let rows: usize = report.groups.iter().map(|group| group.rows.len()).sum();
        assert_eq!(rows, SPANS, "no span is lost and none added");
    }
}
