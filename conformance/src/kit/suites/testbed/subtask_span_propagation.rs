//! A subtask inherits the span of its task, if it is given it at the spawn.

use opentracing_shim::{Span, SpanFuture};

use super::{SCOPES, case};
use crate::kit::setting::{joined, on_thread, on_tokio};
use crate::kit::{Case, Subject};

const ORIGIN: &str = "TestSubtaskSpanPropagation.test_main";

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.subtask_span_propagation.threads",
        ORIGIN,
        SCOPES,
        threads,
    ),
    case(
        "testbed.subtask_span_propagation.tokio",
        ORIGIN,
        SCOPES,
        tokio,
    ),
];

fn step(subject: &Subject, name: &'static str) -> Span {
    let span = subject.tracer.build_span(name).start();
    span.finish();
    span
}

fn threads(subject: &Subject) {
    let scope = subject.tracer.build_span("parent").start_active();
    let parent = scope.span().clone();
    let stranger = on_thread(subject, |subject| step(subject, "stranger"));
    let given = parent.clone();
    let child = on_thread(subject, move |subject| {
        given.in_scope(|| step(subject, "child"))
    });
    scope.close();

    verify(subject, &parent, &child, &stranger);
}

fn tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let parent = subject.root("parent");
        let subtask = |name: &'static str| {
            let subject = subject.clone();
            async move { step(&subject, name) }
        };
        let spawned = async {
            let stranger = joined(tokio::spawn(subtask("stranger"))).await;
            let child = joined(tokio::spawn(subtask("child").in_span(&parent))).await;
            (child, stranger)
        };
        let (child, stranger) = spawned.in_span(&parent).await;
        parent.finish();

        verify(&subject, &parent, &child, &stranger);
    });
}

fn verify(subject: &Subject, parent: &Span, child: &Span, stranger: &Span) {
    subject.assert_finished(&["stranger", "child", "parent"]);
    subject.assert_parent(parent, child);
    subject.assert_not_parent(parent, stranger);
    subject.assert_other_trace(parent, stranger);
    subject.assert_none_active();
}
