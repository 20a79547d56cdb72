//! G15: spans that follow futures across `.await`, threads and cancellation.

mod support;

use std::future::{Future, pending};
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use futures::future::join_all;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentracing_shim::{Span, SpanFuture, Tracer};
use support::{Recorder, is_child_of};
use tokio::sync::oneshot;
use tokio::task::yield_now;

fn is_active(tracer: &Tracer, span: &Span) -> bool {
    tracer
        .active_span()
        .is_some_and(|active| active.same_as(span))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn g15_no_task_ever_sees_the_span_of_another() {
    const TASKS: usize = 1_000;
    const YIELDS: usize = 10;
    let recorder = Recorder::new();

    let tasks = (0..TASKS).map(|_| {
        let tracer = recorder.tracer.clone();
        let span = tracer.build_span("task").start();
        let seen = span.clone();
        let work = async move {
            for _ in 0..YIELDS {
                assert!(is_active(&tracer, &seen));
                yield_now().await;
            }
            assert!(is_active(&tracer, &seen));
        };
        tokio::spawn(work.in_span(&span))
    });
    let outcomes = join_all(tasks).await;

    assert!(outcomes.iter().all(Result::is_ok));
    assert!(recorder.tracer.active_span().is_none());
    assert_eq!(
        recorder.spans().len(),
        TASKS,
        "each ends with its last handle"
    );
}

#[test]
fn g15_interleaved_futures_on_one_thread_each_have_their_own() {
    let recorder = Recorder::new();
    let [a, b] = ["a", "b"].map(|name| recorder.tracer.build_span(name).start());
    let step = |span: Span| {
        let tracer = recorder.tracer.clone();
        async move {
            for _ in 0..2 {
                assert!(is_active(&tracer, &span));
                yield_now().await;
            }
        }
    };
    let mut first = pin!(step(a.clone()).in_span(&a));
    let mut second = pin!(step(b.clone()).in_span(&b));
    let mut task = TaskContext::from_waker(Waker::noop());

    for _ in 0..2 {
        assert!(first.as_mut().poll(&mut task).is_pending());
        assert!(recorder.tracer.active_span().is_none());
        assert!(second.as_mut().poll(&mut task).is_pending());
    }

    assert_eq!(first.poll(&mut task), Poll::Ready(()));
    assert_eq!(second.poll(&mut task), Poll::Ready(()));
}

#[tokio::test]
async fn g15_a_future_that_select_drops_is_dropped_inside_its_span() {
    struct Witness(Tracer, Option<oneshot::Sender<Option<Span>>>);

    impl Drop for Witness {
        fn drop(&mut self) {
            if let Some(sender) = self.1.take() {
                sender.send(self.0.active_span()).expect("the test waits");
            }
        }
    }

    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let (sender, receiver) = oneshot::channel();
    let witness = Witness(recorder.tracer.clone(), Some(sender));
    let endless = async move {
        let _witness = witness;
        pending::<()>().await;
    };

    tokio::select! {
        biased;
        () = endless.in_span(&span) => unreachable!("it is endless"),
        () = yield_now() => {}
    }

    assert!(
        receiver
            .await
            .expect("dropped")
            .is_some_and(|active| active.same_as(&span))
    );
    assert!(recorder.tracer.active_span().is_none());
}

#[tokio::test]
async fn g15_a_cancelled_task_exports_its_span_once() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let task = tokio::spawn(pending::<()>().in_span(&span));
    drop(span);

    task.abort();

    assert!(task.await.expect_err("aborted").is_cancelled());
    assert_eq!(recorder.span().name, "a");
}

#[tokio::test]
async fn g15_a_panic_in_a_task_leaves_no_span_behind() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    let task = tokio::spawn(async { panic!("on purpose") }.in_span(&span));

    assert!(task.await.expect_err("panicked").is_panic());
    assert!(recorder.tracer.active_span().is_none());
}

#[tokio::test]
async fn g15_a_spawned_task_knows_only_the_span_it_is_given() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("parent").start();
    let start_child = |name: &'static str| {
        let tracer = recorder.tracer.clone();
        async move { tracer.build_span(name).start().finish() }
    };

    async {
        tokio::spawn(start_child("without"))
            .await
            .expect("no panic");
        tokio::spawn(start_child("with").in_span(&span))
            .await
            .expect("no panic");
    }
    .in_span(&span)
    .await;
    span.finish();

    assert!(!is_child_of(
        &recorder.named("without"),
        &recorder.named("parent")
    ));
    assert!(is_child_of(
        &recorder.named("with"),
        &recorder.named("parent")
    ));
}

#[tokio::test]
async fn g15_blocking_work_takes_the_span_by_scope() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    let (tracer, moved) = (recorder.tracer.clone(), span.clone());
    let was_active =
        tokio::task::spawn_blocking(move || moved.in_scope(|| is_active(&tracer, &moved)))
            .await
            .expect("no panic");

    assert!(was_active);
}

#[tokio::test]
async fn g16_late_baggage_is_in_the_context_from_the_next_poll_on() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let seen = || Context::map_current(|cx| cx.baggage().get("late").is_some());

    async {
        span.set_baggage_item("late", "1");
        assert!(!seen());
        yield_now().await;
        assert!(seen());
    }
    .in_span(&span)
    .await;
}

#[tokio::test]
async fn g15_values_of_the_context_at_the_spawn_go_with_the_task() {
    #[derive(Debug)]
    struct Tenant;
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let task = {
        let _attached = Context::current_with_value(Tenant).attach();
        tokio::spawn(
            async { Context::map_current(|cx| cx.get::<Tenant>().is_some()) }.in_span(&span),
        )
    };

    assert!(task.await.expect("no panic"));
}

#[tokio::test]
async fn g15_the_no_op_span_changes_nothing() {
    assert_eq!(async { 7 }.in_span(&Span::noop()).await, 7);
}
