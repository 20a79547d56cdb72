//! G15: tasks that are cancelled, that lose a race, or that panic. Their spans end once, and nothing stays active.

mod support;

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use opentracing_shim::{SpanFuture, Tracer};
use support::{Recorder, is_child_of};
use tokio::sync::oneshot;
use tokio::task::yield_now;

fn nothing_is_active(tracer: &Tracer) -> bool {
    tracer.active_span().is_none() && !Context::map_current(TraceContextExt::has_active_span)
}

/// The work of a task that never ends, deep inside scopes: its own span, one awaited below it, and a guard that is open
/// between two interruptions.
async fn nested(tracer: Tracer, is_inside: oneshot::Sender<()>) {
    let inner = tracer.build_span("inner").start();
    async {
        tracer.build_span("step").start_active().close();
        yield_now().await;
        is_inside.send(()).expect("the test waits");
        pending::<()>().await;
    }
    .in_span(&inner)
    .await;
    inner.finish();
}

#[tokio::test]
async fn g15_the_loser_of_a_select_ends_its_spans_once_and_gives_the_old_one_back() {
    let recorder = Recorder::new();
    let outer = recorder.tracer.build_span("outer").start();
    let task = recorder.tracer.build_span("task").start();
    let (inside, is_inside) = oneshot::channel();

    async {
        let losing = nested(recorder.tracer.clone(), inside).in_span(&task);
        drop(task);
        tokio::select! {
            () = losing => unreachable!("it never ends"),
            done = is_inside => done.expect("the other side got there"),
        }
        let active = recorder.tracer.active_span().expect("the outer one");
        assert!(active.same_as(&outer));
        recorder.tracer.build_span("after").start().finish();
    }
    .in_span(&outer)
    .await;
    outer.finish();

    let names: Vec<_> = recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["step", "inner", "task", "after", "outer"]);
    assert!(is_child_of(
        &recorder.named("after"),
        &recorder.named("outer")
    ));
    assert!(nothing_is_active(&recorder.tracer));
}

#[tokio::test]
async fn g15_a_timeout_ends_the_spans_inside_once() {
    let recorder = Recorder::new();
    let task = recorder.tracer.build_span("task").start();
    let (inside, _is_inside) = oneshot::channel();
    let work = nested(recorder.tracer.clone(), inside).in_span(&task);
    drop(task);

    let outcome = tokio::time::timeout(Duration::ZERO, work).await;

    assert!(outcome.is_err());
    let names: Vec<_> = recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["step", "inner", "task"]);
    assert!(nothing_is_active(&recorder.tracer));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g15_an_aborted_task_ends_its_spans_once() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("task").start();
    let (inside, is_inside) = oneshot::channel();
    let task = tokio::spawn(nested(recorder.tracer.clone(), inside).in_span(&span));
    drop(span);

    is_inside.await.expect("the task got there");
    task.abort();

    assert!(task.await.expect_err("aborted").is_cancelled());
    let names: Vec<_> = recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["step", "inner", "task"]);
}

#[tokio::test]
async fn g15_a_runtime_that_shuts_down_ends_the_spans_of_its_tasks() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("task").start();
    let (inside, is_inside) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .expect("a thread can be started");
    drop(runtime.spawn(nested(recorder.tracer.clone(), inside).in_span(&span)));
    drop(span);
    is_inside.await.expect("the task got there");

    tokio::task::spawn_blocking(move || drop(runtime))
        .await
        .expect("it does not panic");

    let names: Vec<_> = recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["step", "inner", "task"]);
}

#[tokio::test]
async fn g15_a_panic_is_caught_outside_with_nothing_left_active() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("task").start();
    let tracer = recorder.tracer.clone();
    let work = async move {
        let _scope = tracer.build_span("inner").start_active();
        panic!("on purpose")
    };

    let outcome: Result<(), _> = AssertUnwindSafe(work.in_span(&span)).catch_unwind().await;

    assert!(outcome.is_err());
    assert!(nothing_is_active(&recorder.tracer));
    span.finish();
    let names: Vec<_> = recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["inner", "task"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn g15_the_worker_that_ran_a_panicking_task_shows_the_next_one_no_span() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("task").start();
    let panicking = tokio::spawn(async { panic!("on purpose") }.in_span(&span));
    drop(span);

    assert!(panicking.await.expect_err("it panics").is_panic());
    let tracer = recorder.tracer.clone();
    let next = tokio::spawn(async move { nothing_is_active(&tracer) });

    assert!(next.await.expect("no panic"));
    assert_eq!(recorder.span().name, "task", "ended and exported once");
}
