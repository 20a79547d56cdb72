//! G3 to G6, G8, G12 to G14 and G17: the active span of a thread.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Sampler;
use support::{Recorder, is_child_of, is_root, items};

fn current_span_id() -> String {
    Context::map_current(|cx| cx.span().span_context().span_id().to_string())
}

#[test]
fn g3_nothing_is_active_inside_the_activation_of_nothing() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_baggage_item("k", "v");
    let _scope = recorder.tracer.activate(&span);

    let none = recorder.tracer.activate_none();
    let inside = recorder.tracer.build_span("inside").start();
    inside.finish();
    assert!(recorder.tracer.active_span().is_none());
    assert_eq!(none.span().context().to_span_id(), "");
    drop(none);

    assert!(is_root(&recorder.named("inside")));
    assert!(items(&inside.context()).is_empty());
    assert!(
        recorder
            .tracer
            .active_span()
            .is_some_and(|active| active.same_as(&span))
    );
}

#[test]
fn g5_an_unsampled_span_is_active_all_the_same() {
    let recorder = Recorder::with_sampler(Sampler::AlwaysOff);
    let span = recorder.tracer.build_span("a").start();

    let _scope = recorder.tracer.activate(&span);

    assert!(
        recorder
            .tracer
            .active_span()
            .is_some_and(|active| active.same_as(&span))
    );
    assert_eq!(current_span_id(), span.context().to_span_id());
}

#[test]
fn g6_a_fresh_thread_has_no_active_span() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let _scope = recorder.tracer.activate(&span);

    let elsewhere = thread::scope(|threads| {
        threads
            .spawn(|| recorder.tracer.active_span().is_some())
            .join()
            .expect("does not panic")
    });

    assert!(!elsewhere);
}

#[test]
fn g8_the_active_span_is_the_very_one_that_was_activated() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let _scope = recorder.tracer.activate(&span);

    let active = recorder.tracer.active_span().expect("one is active");
    active.set_baggage_item("k", "v");

    assert!(active.same_as(&span));
    assert_eq!(span.baggage_item("k").as_deref(), Some("v"));
}

#[test]
fn g12_a_scope_finishes_its_span_if_it_was_told_to() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("plain").start();

    recorder.tracer.activate(&span).close();
    assert!(recorder.spans().is_empty());
    recorder
        .tracer
        .activate(&span)
        .finish_on_close(true)
        .close();

    assert_eq!(recorder.span().name, "plain");
}

#[test]
fn g13_start_active_finishes_by_default_and_not_if_told_so() {
    let recorder = Recorder::new();

    let outer = recorder
        .tracer
        .build_span("outer")
        .start_active()
        .finish_on_close(false);
    let inner = recorder.tracer.build_span("inner").start_active();
    assert!(
        recorder
            .tracer
            .active_span()
            .is_some_and(|active| active.same_as(inner.span()))
    );
    drop(inner);
    let span = outer.span().clone();
    drop(outer);

    assert_eq!(recorder.span().name, "inner");
    span.finish();
    assert!(is_child_of(
        &recorder.named("inner"),
        &recorder.named("outer")
    ));
}

#[test]
fn g13_a_panic_marks_the_span() {
    let recorder = Recorder::new();

    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _scope = recorder.tracer.build_span("a").start_active();
        panic!("on purpose");
    }));

    assert!(panicked.is_err());
    assert_eq!(recorder.span().status, Status::error(""));
    assert!(recorder.tracer.active_span().is_none());
}

#[test]
fn g14_closing_out_of_order_keeps_the_inner_one_and_finishes_nothing() {
    let recorder = Recorder::new();
    let [outer, inner] = ["outer", "inner"].map(|name| recorder.tracer.build_span(name).start());
    let outer_scope = recorder.tracer.activate(&outer).finish_on_close(true);
    let inner_scope = recorder.tracer.activate(&inner).finish_on_close(true);

    drop(outer_scope);
    assert!(
        recorder
            .tracer
            .active_span()
            .is_some_and(|active| active.same_as(&inner))
    );
    assert!(recorder.spans().is_empty());
    drop(inner_scope);

    assert!(recorder.tracer.active_span().is_none());
    assert_eq!(recorder.span().name, "inner");
}

#[test]
fn g14_a_native_context_on_top_counts_as_inner() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let scope = recorder.tracer.activate(&span).finish_on_close(true);
    let native = Context::current()
        .with_baggage([KeyValue::new("k", "v")])
        .attach();

    drop(scope);

    assert!(recorder.spans().is_empty());
    assert!(
        recorder
            .tracer
            .active_span()
            .is_some_and(|active| active.same_as(&span))
    );
    drop(native);
    assert!(recorder.tracer.active_span().is_none());
}

#[test]
fn g17_one_span_can_be_activated_twice() {
    let recorder = Recorder::new();
    let [a, b] = ["a", "b"].map(|name| recorder.tracer.build_span(name).start());

    let outer = recorder.tracer.activate(&a);
    let middle = recorder.tracer.activate(&b);
    let inner = recorder.tracer.activate(&a).finish_on_close(true);
    drop(inner);
    assert!(
        recorder
            .tracer
            .active_span()
            .is_some_and(|active| active.same_as(&b))
    );
    drop(middle);
    assert!(
        recorder
            .tracer
            .active_span()
            .is_some_and(|active| active.same_as(&a))
    );
    drop(outer);

    assert!(recorder.tracer.active_span().is_none());
    assert_eq!(recorder.span().name, "a");
}

#[test]
fn g17_more_activations_than_the_stack_holds_do_no_harm() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let mut scopes: Vec<_> = (0..70_000)
        .map(|_| recorder.tracer.activate(&span))
        .collect();
    let beyond = recorder.tracer.build_span("beyond").start_active();

    beyond.close();
    assert_eq!(recorder.span().name, "beyond");
    while let Some(scope) = scopes.pop() {
        scope.close();
    }

    assert!(recorder.tracer.active_span().is_none());
}
