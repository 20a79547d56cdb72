//! G15: where threads and tasks meet: `spawn_blocking`, runtimes started inside a scope, threads that end.

mod support;

use std::cell::RefCell;
use std::collections::HashMap;
use std::thread;

use opentelemetry::Context;
use opentracing_shim::{Format, Scope, Span, SpanFuture, Tracer};
use support::{Recorder, attribute, is_child_of, is_root};
use tokio::runtime::Builder;
use tokio::task::{block_in_place, spawn_blocking, yield_now};

fn is_active(tracer: &Tracer, span: &Span) -> bool {
    tracer
        .active_span()
        .is_some_and(|active| active.same_as(span))
}

#[tokio::test]
async fn g15_spawn_blocking_knows_only_the_span_it_is_given() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("parent").start();

    async {
        let tracer = recorder.tracer.clone();
        spawn_blocking(move || tracer.build_span("without").start().finish())
            .await
            .expect("no panic");
        let (tracer, parent) = (recorder.tracer.clone(), span.clone());
        spawn_blocking(move || parent.in_scope(|| tracer.build_span("with").start().finish()))
            .await
            .expect("no panic");
    }
    .in_span(&span)
    .await;
    span.finish();

    assert!(is_root(&recorder.named("without")));
    assert!(is_child_of(
        &recorder.named("with"),
        &recorder.named("parent")
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn g15_block_in_place_keeps_the_span_of_the_task() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("task").start();
    let (tracer, own) = (recorder.tracer.clone(), span.clone());

    let work = async move {
        yield_now().await;
        let inside = block_in_place(|| is_active(&tracer, &own));
        yield_now().await;
        inside && is_active(&tracer, &own)
    };

    assert!(
        tokio::spawn(work.in_span(&span))
            .await
            .expect("it does not panic")
    );
}

#[test]
fn g15_a_runtime_inside_a_scope_sees_the_scope_in_block_on_but_not_in_tasks() {
    let recorder = Recorder::new();
    let outer = recorder.tracer.build_span("outer").start();
    let _scope = outer.activate();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("threads can be started");

    runtime.block_on(async {
        yield_now().await;
        // This future stays on the thread that has the scope.
        assert!(is_active(&recorder.tracer, &outer));
        let tracer = recorder.tracer.clone();
        let other = tokio::spawn(async move { tracer.active_span().is_none() });
        assert!(other.await.expect("no panic"));
        let inner = recorder.tracer.build_span("inner").start();
        async {
            yield_now().await;
            assert!(is_active(&recorder.tracer, &inner));
        }
        .in_span(&inner)
        .await;
        assert!(is_active(&recorder.tracer, &outer));
    });

    assert!(is_active(&recorder.tracer, &outer));
}

#[test]
fn g15_on_one_thread_the_tasks_of_block_on_share_the_scope_around_it() {
    let recorder = Recorder::new();
    let outer = recorder.tracer.build_span("outer").start();
    let _scope = outer.activate();
    let runtime = Builder::new_current_thread()
        .build()
        .expect("it needs no thread");

    let (tracer, expected) = (recorder.tracer.clone(), outer.clone());
    let seen = runtime.block_on(async {
        tokio::spawn(async move { is_active(&tracer, &expected) })
            .await
            .expect("no panic")
    });

    // The thread has a scope, and the tasks run on it: one more reason to open scopes inside tasks and not around them.
    assert!(seen);
}

#[test]
fn g15_block_on_of_futures_inside_a_poll_gives_the_span_back() {
    let recorder = Recorder::new();
    let [outer, inner] = ["outer", "inner"].map(|name| recorder.tracer.build_span(name).start());

    futures::executor::block_on(
        async {
            let nested = thread::scope(|threads| {
                threads
                    .spawn(|| {
                        futures::executor::block_on(
                            async { is_active(&recorder.tracer, &inner) }.in_span(&inner),
                        )
                    })
                    .join()
                    .expect("no panic")
            });
            assert!(nested);
            assert!(is_active(&recorder.tracer, &outer));
        }
        .in_span(&outer),
    );

    assert!(recorder.tracer.active_span().is_none());
}

#[test]
fn g15_a_scope_may_be_closed_by_the_end_of_its_thread() {
    thread_local! {
        static KEPT: RefCell<Option<Scope>> = const { RefCell::new(None) };
    }
    let recorder = Recorder::new();
    let tracer = recorder.tracer.clone();

    thread::spawn(move || {
        // The order in which a thread's data goes is not ours to choose: here ours goes last.
        KEPT.with_borrow_mut(|kept| *kept = None);
        let scope = tracer.build_span("kept").start_active();
        KEPT.with_borrow_mut(|kept| *kept = Some(scope));
    })
    .join()
    .expect("the destructor does not panic");

    assert_eq!(recorder.span().name, "kept");
}

/// Writes to its span and finishes it when it is dropped.
struct WritesAtTheEnd(Span);

impl Drop for WritesAtTheEnd {
    fn drop(&mut self) {
        self.0.set_tag("left", true).log_event("thread ended");
        self.0.set_baggage_item("k", "v").finish();
    }
}

#[test]
fn g15_a_span_may_be_finished_by_the_end_of_its_thread() {
    thread_local! {
        static KEPT: RefCell<Option<WritesAtTheEnd>> = const { RefCell::new(None) };
    }
    let recorder = Recorder::new();
    let tracer = recorder.tracer.clone();

    thread::spawn(move || {
        // Made before OpenTelemetry's context of the thread, this goes after it.
        KEPT.with_borrow_mut(|kept| *kept = None);
        let span = tracer.build_span("kept").start();
        span.activate().close();
        KEPT.with_borrow_mut(|kept| *kept = Some(WritesAtTheEnd(span)));
    })
    .join()
    .expect("the destructor does not panic");

    let span = recorder.span();
    assert_eq!(attribute(&span, "left"), [true.into()]);
    assert_eq!(span.events.events[0].name, "thread ended");
}

/// Does what asks for the current context.
struct StartsAtTheEnd(Tracer);

impl Drop for StartsAtTheEnd {
    fn drop(&mut self) {
        let tracer = &self.0;
        let span = tracer.build_span("late").start();
        let scope = span.activate();
        tracer.build_span("of the late").child_of(&span).start();
        tracer.build_span("a root").ignore_active_span().start();
        tracer.active_span();
        tracer.activate_none().close();
        let mut headers = HashMap::new();
        let written = tracer.inject(&span, Format::TextMap, &mut headers);
        written.expect("a map takes all");
        let read = tracer.extract(Format::TextMap, &headers);
        read.expect("they are as they were written");
        scope.close();
    }
}

#[test]
fn g15_a_thread_may_start_spans_when_its_current_context_is_gone() {
    thread_local! {
        static KEPT: RefCell<Option<StartsAtTheEnd>> = const { RefCell::new(None) };
    }
    for knows_the_shim in [true, false] {
        let recorder = Recorder::new();
        let tracer = recorder.tracer.clone();

        thread::spawn(move || {
            KEPT.with_borrow_mut(|kept| *kept = Some(StartsAtTheEnd(tracer.clone())));
            // After the guard of the end, so gone before it.
            drop(Context::current());
            if knows_the_shim {
                tracer.active_span();
            }
        })
        .join()
        .expect("the destructor does not panic");

        let late = recorder.named("late");
        assert!(is_root(&late));
        assert!(is_child_of(&recorder.named("of the late"), &late));
        assert!(is_root(&recorder.named("a root")));
    }
}
