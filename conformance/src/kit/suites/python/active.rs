//! The active span, and spans that start active.

use super::{SCOPES, case};
use crate::kit::{Case, Subject};

pub(super) const CASES: &[Case] = &[
    case(
        "python.active_span",
        "test_active_span",
        SCOPES,
        active_span,
    ),
    case(
        "python.start_active_span",
        "test_start_active_span",
        SCOPES,
        start_active_span,
    ),
    case(
        "python.start_active_span_parent",
        "test_start_active_span_parent",
        SCOPES,
        start_active_span_parent,
    ),
    case(
        "python.start_active_span_ignore_active_span",
        "test_start_active_span_ignore_active_span",
        SCOPES,
        start_active_span_ignore_active_span,
    ),
    case(
        "python.start_active_span_not_finish_on_close",
        "test_start_active_span_not_finish_on_close",
        SCOPES,
        start_active_span_not_finish_on_close,
    ),
    case(
        "python.start_active_span_finish_on_close",
        "test_start_active_span_finish_on_close",
        SCOPES,
        start_active_span_finish_on_close,
    ),
    case(
        "python.start_active_span_default_finish_on_close",
        "test_start_active_span_default_finish_on_close",
        SCOPES,
        start_active_span_default_finish_on_close,
    ),
    case(
        "python.tracer_start_active_span_scope",
        "test_tracer_start_active_span_scope",
        SCOPES,
        tracer_start_active_span_scope,
    ),
    case(
        "python.tracer_start_span_scope",
        "test_tracer_start_span_scope",
        SCOPES,
        tracer_start_span_scope,
    ),
];

fn active_span(subject: &Subject) {
    subject.assert_none_active();

    let span = subject.tracer.build_span("a").start();
    let scope = subject.tracer.scope_manager().activate(&span);
    subject.assert_active(&span);
    scope.close();

    subject.assert_none_active();
    span.finish();
}

fn start_active_span(subject: &Subject) {
    let bystander = subject.root("bystander");
    let scope = subject.tracer.build_span("a").start_active();
    let span = scope.span().clone();
    scope.close();
    bystander.finish();

    subject.assert_other_trace(&bystander, &span);
    if let Some(span) = subject.finished_as(&span) {
        assert_eq!(span.parent_id, None, "it should be a root");
    }
}

fn start_active_span_parent(subject: &Subject) {
    let outer = subject.tracer.build_span("outer").start_active();
    let inner = subject.tracer.build_span("inner").start_active();
    let [parent, child] = [&outer, &inner].map(|scope| scope.span().clone());
    inner.close();
    outer.close();

    subject.assert_parent(&parent, &child);
}

fn start_active_span_ignore_active_span(subject: &Subject) {
    let outer = subject.tracer.build_span("outer").start_active();
    let inner = subject
        .tracer
        .build_span("inner")
        .ignore_active_span()
        .start_active();
    let [parent, child] = [&outer, &inner].map(|scope| scope.span().clone());
    inner.close();
    outer.close();

    subject.assert_not_parent(&parent, &child);
    subject.assert_other_trace(&parent, &child);
}

fn start_active_span_not_finish_on_close(subject: &Subject) {
    let scope = subject
        .tracer
        .build_span("a")
        .start_active()
        .finish_on_close(false);
    let span = scope.span().clone();
    scope.close();

    subject.assert_finished(&[]);
    span.finish();
    subject.assert_finished(&["a"]);
}

fn start_active_span_finish_on_close(subject: &Subject) {
    let scope = subject
        .tracer
        .build_span("a")
        .start_active()
        .finish_on_close(true);
    let span = scope.span().clone();
    subject.assert_finished(&[]);
    scope.close();

    subject.assert_finished(&["a"]);
    span.finish();
    subject.assert_finished(&["a"]);
}

/// Python's default was once deprecated; here the answer is that it finishes.
fn start_active_span_default_finish_on_close(subject: &Subject) {
    let scope = subject.tracer.build_span("a").start_active();
    let _span = scope.span().clone();
    drop(scope);

    subject.assert_finished(&["a"]);
}

fn tracer_start_active_span_scope(subject: &Subject) {
    let scope = subject.tracer.build_span("a").start_active();

    let active = subject.tracer.scope_manager().active_span();
    assert!(active.is_some_and(|active| active.same_as(scope.span())));
    scope.close();

    subject.assert_none_active();
}

fn tracer_start_span_scope(subject: &Subject) {
    let span = subject.tracer.build_span("a").start();

    subject.assert_none_active();
    span.finish();
    subject.assert_none_active();
}
