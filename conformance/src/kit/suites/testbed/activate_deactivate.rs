//! A span that ends with the last of its subtasks: whoever holds a share of it keeps it open.

use std::sync::{Arc, Barrier};

use opentracing_shim::{Span, SpanFuture};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::{SCOPES, case};
use crate::kit::setting::{go, join, on_tokio};
use crate::kit::{Case, Subject};

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.activate_deactivate.one_scheduled_action.threads",
        "ScheduledActionsTest.test_one_scheduled_action",
        SCOPES,
        |subject| threads(subject, 1),
    ),
    case(
        "testbed.activate_deactivate.one_scheduled_action.tokio",
        "ScheduledActionsTest.test_one_scheduled_action",
        SCOPES,
        |subject| tokio(subject, 1),
    ),
    case(
        "testbed.activate_deactivate.two_scheduled_actions.threads",
        "ScheduledActionsTest.test_two_scheduled_actions",
        SCOPES,
        |subject| threads(subject, 2),
    ),
    case(
        "testbed.activate_deactivate.two_scheduled_actions.tokio",
        "ScheduledActionsTest.test_two_scheduled_actions",
        SCOPES,
        |subject| tokio(subject, 2),
    ),
];

/// Finishes the span when the last share of it is dropped.
struct Continuation(Span);

impl Drop for Continuation {
    fn drop(&mut self) {
        self.0.finish();
    }
}

fn threads(subject: &Subject, actions: usize) {
    let scope = subject
        .tracer
        .build_span("parent")
        .start_active()
        .finish_on_close(false);
    let gate = Arc::new(Barrier::new(actions + 1));
    let share = Arc::new(Continuation(scope.span().clone()));
    let tasks: Vec<_> = (0..actions)
        .map(|_| {
            let (share, gate) = (share.clone(), gate.clone());
            go(subject, move |subject| {
                let _scope = subject.tracer.activate(&share.0);
                gate.wait();
                subject.assert_active(&share.0);
            })
        })
        .collect();
    drop(share);
    scope.close();
    subject.assert_finished(&[]);
    subject.assert_none_active();

    gate.wait();
    tasks.into_iter().for_each(join);

    subject.assert_finished(&["parent"]);
}

fn tokio(subject: &Subject, actions: usize) {
    on_tokio(subject, |subject| async move {
        let span = subject.root("parent");
        let gate = Arc::new(Notify::new());
        let share = Arc::new(Continuation(span.clone()));
        let mut tasks = JoinSet::new();
        for _ in 0..actions {
            let (subject, share, gate) = (subject.clone(), share.clone(), gate.clone());
            tasks.spawn(
                async move {
                    gate.notified().await;
                    tokio::task::yield_now().await;
                    subject.assert_active(&share.0);
                }
                .in_span(&span),
            );
        }
        drop(share);
        subject.assert_finished(&[]);

        for _ in 0..actions {
            gate.notify_one();
            if let Err(error) = tasks.join_next().await.expect("one for each action") {
                std::panic::resume_unwind(error.into_panic());
            }
        }

        subject.assert_finished(&["parent"]);
        subject.assert_none_active();
    });
}
