//! One parent over several callbacks that run at the same time, each with a child; it ends when all are done.

use std::sync::{Arc, Barrier};

use futures::stream::{FuturesUnordered, StreamExt};
use opentracing_shim::{Span, SpanFuture};
use tokio::task::yield_now;

use super::{SCOPES, case};
use crate::kit::setting::{go, join, on_tokio};
use crate::kit::{Case, Subject};

const ORIGIN: &str = "MultipleCallbacksTest.test";

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.multiple_callbacks.threads",
        ORIGIN,
        SCOPES,
        threads,
    ),
    case("testbed.multiple_callbacks.tokio", ORIGIN, SCOPES, tokio),
];

const TASKS: [&str; 3] = ["task1", "task2", "task3"];

fn threads(subject: &Subject) {
    let scope = subject.tracer.build_span("parent").start_active();
    let parent = scope.span().clone();
    // All are open at once.
    let together = Arc::new(Barrier::new(TASKS.len()));
    let callbacks = TASKS.map(|name| {
        let captured = subject.tracer.active_span().expect("the parent");
        let together = together.clone();
        go(subject, move |subject| {
            let _parent_scope = subject.tracer.activate(&captured);
            let child = subject.tracer.build_span(name).start();
            together.wait();
            child.finish();
            child
        })
    });
    let children = callbacks.map(join);
    scope.close();

    verify(subject, &parent, &children);
}

fn tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let parent = subject.root("parent");
        let callbacks: FuturesUnordered<_> = TASKS
            .map(|name| {
                let subject = subject.clone();
                async move {
                    let child = subject.tracer.build_span(name).start();
                    yield_now().in_span(&child).await;
                    child.finish();
                    child
                }
            })
            .into_iter()
            .collect();
        let children: Vec<Span> = callbacks.collect().in_span(&parent).await;
        parent.finish();

        verify(&subject, &parent, &children);
    });
}

fn verify(subject: &Subject, parent: &Span, children: &[Span]) {
    subject.assert_finished_in_any_order(&["task1", "task2", "task3", "parent"]);
    assert_eq!(children.len(), TASKS.len());
    for child in children {
        subject.assert_parent(parent, child);
    }
    subject.assert_none_active();
}
