//! A task has a span of its own, but does a part of its work in the span that it was given, and ends that.

use opentracing_shim::{Span, SpanFuture};
use tokio::task::yield_now;

use super::{SCOPES, case};
use crate::kit::setting::{joined, on_thread, on_tokio};
use crate::kit::{Case, Subject};

const ORIGIN: &str = "ActiveSpanReplacementTest.test";

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.active_span_replacement.threads",
        ORIGIN,
        SCOPES,
        threads,
    ),
    case(
        "testbed.active_span_replacement.tokio",
        ORIGIN,
        SCOPES,
        tokio,
    ),
];

fn threads(subject: &Subject) {
    let initial = subject.root("initial");
    let given = initial.clone();
    let [task, subtask] = {
        let scope = subject.tracer.activate(&initial);
        let spans = on_thread(subject, move |subject| {
            let task = subject.tracer.build_span("task").start();
            let _task_scope = subject.tracer.activate(&task).finish_on_close(true);
            {
                let _initial_scope = subject.tracer.activate(&given).finish_on_close(true);
                subject.assert_active(&given);
            }
            subject.assert_active(&task);
            let subtask = subject.tracer.build_span("subtask").start();
            subtask.finish();
            [task, subtask]
        });
        scope.close();
        spans
    };

    verify(subject, &initial, &task, &subtask);
}

fn tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let initial = subject.root("initial");
        let inside = async {
            let (subject, given) = (subject.clone(), initial.clone());
            joined(tokio::spawn(async move {
                let task = subject.tracer.build_span("task").start();
                let work = async {
                    async {
                        yield_now().await;
                        subject.assert_active(&given);
                        given.finish();
                    }
                    .in_span(&given)
                    .await;
                    subject.assert_active(&task);
                    yield_now().await;
                    let subtask = subject.tracer.build_span("subtask").start();
                    subtask.finish();
                    task.finish();
                    subtask
                };
                let subtask = work.in_span(&task).await;
                [task, subtask]
            }))
            .await
        };
        let [task, subtask] = inside.in_span(&initial).await;

        verify(&subject, &initial, &task, &subtask);
    });
}

fn verify(subject: &Subject, initial: &Span, task: &Span, subtask: &Span) {
    subject.assert_finished(&["initial", "subtask", "task"]);
    subject.assert_parent(task, subtask);
    subject.assert_not_parent(initial, task);
    subject.assert_other_trace(initial, task);
    subject.assert_none_active();
}
