//! Spans of tasks: workers that steal, tasks that are cancelled, blocking work.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::mpsc;

use opentracing_shim::{Span, SpanFuture};
use tokio::task::{spawn_blocking, yield_now};

use super::{SCOPES, case};
use crate::kit::setting::{current_thread, joined, multi_thread, on_tokio};
use crate::kit::{Case, Subject};

pub(super) const CASES: &[Case] = &[
    case("rust.worker_stealing", SCOPES, worker_stealing),
    case("rust.select_drops_a_future", SCOPES, select_drops_a_future),
    case("rust.spawn_blocking", SCOPES, blocking),
    case("rust.panic_in_task", SCOPES, panic_in_task),
    case(
        "rust.cancelled_task_finishes_once",
        SCOPES,
        cancelled_task_finishes_once,
    ),
];

/// Eight workers take tasks from each other over ten thousand yields; none ever sees the span of another.
fn worker_stealing(subject: &Subject) {
    const WORKERS: usize = 8;
    const TASKS: usize = 100;
    const YIELDS: usize = 100;
    let runtime = multi_thread(WORKERS);
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (subject, span) = (subject.clone(), subject.root("task"));
            let own = span.clone();
            let work = async move {
                for _ in 0..YIELDS {
                    subject.assert_active(&own);
                    yield_now().await;
                }
                subject.assert_active(&own);
                own.finish();
            };
            let guarded = work.in_span(&span);
            runtime.spawn(guarded)
        })
        .collect();
    // Tasks without a span run between those with one.
    let bystanders: Vec<_> = (0..TASKS)
        .map(|_| {
            let subject = subject.clone();
            runtime.spawn(async move {
                for _ in 0..YIELDS {
                    subject.assert_none_active();
                    yield_now().await;
                }
            })
        })
        .collect();

    runtime.block_on(async {
        for task in tasks.into_iter().chain(bystanders) {
            joined(task).await;
        }
    });

    subject.assert_finished(&["task"; TASKS]);
    subject.assert_none_active();
}

/// Says which span was active when it was dropped.
struct Witness {
    subject: Subject,
    says: mpsc::Sender<Option<Span>>,
}

impl Drop for Witness {
    fn drop(&mut self) {
        // Nobody listens if the case has failed meanwhile.
        let _ = self.says.send(self.subject.tracer.active_span());
    }
}

/// The one that loses is dropped in its span, and leaves nothing behind.
fn select_drops_a_future(subject: &Subject) {
    let span = subject.root("a");
    let (says, said) = mpsc::channel();
    let witness = Witness {
        subject: subject.clone(),
        says,
    };
    let endless = async {
        let _witness = witness;
        subject.assert_active(&span);
        pending::<()>().await;
    };

    current_thread().block_on(async {
        tokio::select! {
            biased;
            () = endless.in_span(&span) => unreachable!("it is endless"),
            () = yield_now() => {}
        }
        subject.assert_none_active();
    });

    let active = said.recv().expect("it was dropped");
    assert!(active.is_some_and(|active| active.same_as(&span)));
    span.finish();
}

/// Blocking work is on a thread of its own, knows nothing of the task, and takes the span by scope.
fn blocking(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let span = subject.root("a");
        let (outside, inside) = ((*subject).clone(), (*subject).clone());
        let taken = span.clone();
        let child = async {
            joined(spawn_blocking(move || outside.assert_none_active())).await;
            joined(spawn_blocking(move || {
                let child = taken.in_scope(|| {
                    inside.assert_active(&taken);
                    inside.tracer.build_span("child").start()
                });
                inside.assert_none_active();
                child.finish();
                child
            }))
            .await
        };
        let child = child.in_span(&span).await;
        span.finish();

        subject.assert_parent(&span, &child);
    });
}

/// The thread of a task that panicked has no active span.
fn panic_in_task(subject: &Subject) {
    let span = subject.root("a");
    let task = async {
        yield_now().await;
        // Unwinds without a word on stderr, since it is meant.
        resume_unwind(Box::new(()));
    };
    let task = task.in_span(&span);

    current_thread().block_on(async {
        let failed = tokio::spawn(task).await;
        assert!(failed.is_err_and(|error| error.is_panic()));
        subject.assert_none_active();
    });

    span.finish();
    subject.assert_finished(&["a"]);
}

/// Nobody finishes the span of a task that is cancelled but the drop of its last handle.
fn cancelled_task_finishes_once(subject: &Subject) {
    let inner = subject.clone();
    current_thread().block_on(async {
        let span = inner.root("a");
        let (started, has_started) = tokio::sync::oneshot::channel();
        let endless = async move {
            started.send(()).expect("the case waits");
            pending::<()>().await;
        };
        let task = tokio::spawn(endless.in_span(&span));
        drop(span);
        has_started.await.expect("it starts");
        inner.assert_finished(&[]);

        task.abort();

        assert!(task.await.is_err_and(|error| error.is_cancelled()));
        inner.assert_none_active();
    });

    subject.assert_finished(&["a"]);
}
