//! A parent that is made active again on other threads, has children there, and ends after all of them.

use opentracing_shim::{Span, SpanFuture};
use tokio::task::yield_now;

use super::{SCOPES, case};
use crate::kit::setting::{go, join, joined, on_tokio};
use crate::kit::{Case, Subject};

const ORIGIN: &str = "LateSpanFinishTest.test";

pub(super) const CASES: &[Case] = &[
    case("testbed.late_span_finish.threads", ORIGIN, SCOPES, threads),
    case("testbed.late_span_finish.tokio", ORIGIN, SCOPES, tokio),
];

const TASKS: [&str; 2] = ["task1", "task2"];

fn threads(subject: &Subject) {
    let parent = subject.root("parent");
    let tasks = TASKS.map(|name| {
        let parent = parent.clone();
        go(subject, move |subject| {
            let _parent_scope = subject.tracer.activate(&parent);
            let scope = subject.tracer.build_span(name).start_active();
            let child = scope.span().clone();
            scope.close();
            subject.assert_active(&parent);
            child
        })
    });
    let children = tasks.map(join);
    parent.finish();

    verify(subject, &parent, &children);
}

fn tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let parent = subject.root("parent");
        let [first, second] = TASKS.map(|name| {
            let (subject, given) = (subject.clone(), parent.clone());
            let task = async move {
                let child = subject.tracer.build_span(name).start();
                yield_now().in_span(&child).await;
                child.finish();
                subject.assert_active(&given);
                child
            };
            tokio::spawn(task.in_span(&parent))
        });
        let children = [joined(first).await, joined(second).await];
        parent.finish();

        verify(&subject, &parent, &children);
    });
}

fn verify(subject: &Subject, parent: &Span, children: &[Span]) {
    subject.assert_finished_in_any_order(&["task1", "task2", "parent"]);
    if let Some(spans) = subject.finished() {
        let last = spans.last().map(|span| span.operation_name().to_owned());
        assert_eq!(last.as_deref(), Some("parent"), "the parent ends last");
    }
    for child in children {
        subject.assert_parent(parent, child);
    }
    subject.assert_none_active();
}
