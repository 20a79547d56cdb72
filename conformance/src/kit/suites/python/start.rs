//! Starting spans, with and without a parent.

use super::{SCOPES, case};
use crate::kit::{Case, Subject};

pub(super) const CASES: &[Case] = &[
    case("python.start_span", "test_start_span", &[], start_span),
    case(
        "python.start_span_propagation",
        "test_start_span_propagation",
        SCOPES,
        start_span_propagation,
    ),
    case(
        "python.start_span_propagation_ignore_active_span",
        "test_start_span_propagation_ignore_active_span",
        SCOPES,
        start_span_propagation_ignore_active_span,
    ),
    case(
        "python.start_span_with_parent",
        "test_start_span_with_parent",
        &[],
        start_span_with_parent,
    ),
    case(
        "python.start_child_span",
        "test_start_child_span",
        SCOPES,
        start_child_span,
    ),
];

fn start_span(subject: &Subject) {
    let span = subject.tracer.build_span("a").tag("weight", 12).start();
    span.log([("event", "weighed"), ("payload", "{\"scale\":\"b\"}")]);
    span.finish();

    subject.assert_finished(&["a"]);
    subject.assert_tag(&span, "weight", 12);
    subject.assert_logs(&span, 1);
}

fn start_span_propagation(subject: &Subject) {
    let scope = subject.tracer.build_span("outer").start_active();
    let child = subject.tracer.build_span("inner").start();
    child.finish();
    let parent = scope.span().clone();
    scope.close();

    subject.assert_parent(&parent, &child);
}

fn start_span_propagation_ignore_active_span(subject: &Subject) {
    let scope = subject.tracer.build_span("outer").start_active();
    let child = subject
        .tracer
        .build_span("inner")
        .ignore_active_span()
        .start();
    child.finish();
    let parent = scope.span().clone();
    scope.close();

    subject.assert_not_parent(&parent, &child);
    subject.assert_other_trace(&parent, &child);
}

fn start_span_with_parent(subject: &Subject) {
    let parent = subject.root("parent");

    let child = subject.tracer.build_span("child").child_of(&parent).start();
    let follower = subject
        .tracer
        .build_span("follower")
        .follows_from(parent.context())
        .tag("a", "b")
        .start();
    for span in [&child, &follower, &parent] {
        span.finish();
    }

    subject.assert_parent(&parent, &child);
    subject.assert_parent(&parent, &follower);
    subject.assert_tag(&follower, "a", "b");
}

/// Python has a function for it, which works without scopes too; the reference beats what is active.
fn start_child_span(subject: &Subject) {
    let parent = subject.root("parent");
    let scope = subject
        .tracer
        .build_span("active")
        .ignore_active_span()
        .start_active();
    let child = subject.child("child", &parent);
    child.finish();
    let active = scope.span().clone();
    scope.close();
    parent.finish();

    subject.assert_parent(&parent, &child);
    subject.assert_not_parent(&active, &child);
}
