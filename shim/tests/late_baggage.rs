//! G16: baggage that a span gets after it was activated. What it reaches, and what it does not.

mod support;

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentracing_shim::propagation::from_names;
use opentracing_shim::{Format, SpanFuture};
use support::{Recorder, items, pair};
use tokio::task::yield_now;

/// What a native client inside the scope sends.
fn sent(propagator: &dyn TextMapPropagator) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    propagator.inject_context(&Context::current(), &mut headers);
    headers
}

fn is_in_context() -> bool {
    Context::map_current(|cx| cx.baggage().get("late").is_some())
}

#[test]
fn g16_it_reaches_our_propagators_at_once() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    span.set_baggage_item("early", "1");
    let _scope = span.activate();

    span.set_baggage_item("late", "2");

    let w3c = from_names("tracecontext,baggage").expect("both names are known");
    let jaeger = from_names("jaeger").expect("the name is known");
    assert_eq!(sent(&w3c)["baggage"], "early=1,late=2");
    assert_eq!(sent(&jaeger)["uberctx-early"], "1");
    assert_eq!(sent(&jaeger)["uberctx-late"], "2");
}

#[test]
fn g16_it_reaches_them_through_native_spans_on_top() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    let _scope = span.activate();
    let w3c = from_names("baggage").expect("the name is known");

    recorder.provider.tracer("native").in_span("client", |_| {
        span.set_baggage_item("late", "2");

        assert_eq!(sent(&w3c)["baggage"], "late=2");
        let below = recorder.tracer.build_span("below").start();
        assert_eq!(items(&below.context()), [pair("late", "2")]);
        let native = recorder.tracer.active_span().expect("the native span");
        assert_eq!(native.baggage_item("late").as_deref(), Some("2"));
    });
}

#[test]
fn g16_what_native_code_changed_meanwhile_goes_with_it() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    span.set_baggage_item("removed", "1")
        .set_baggage_item("changed", "1");
    let _scope = span.activate();
    span.set_baggage_item("late", "2");

    let native = [opentelemetry::KeyValue::new("changed", "3")];
    let _attached = Context::current().with_baggage(native).attach();

    let w3c = from_names("baggage").expect("the name is known");
    assert_eq!(sent(&w3c)["baggage"], "changed=3,late=2");
}

#[test]
fn g16_it_leaves_a_context_that_was_taken_before_alone() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    let before = span.context();
    let _scope = span.activate();

    span.set_baggage_item("late", "2");

    assert!(!recorder.inject(&before).contains_key("baggage"));
    assert_eq!(recorder.inject(&span.context())["baggage"], "late=2");
}

#[test]
fn g16_it_does_not_reach_the_activation_of_no_span() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    let _scope = span.activate();
    let _none = recorder.tracer.activate_none();

    span.set_baggage_item("late", "2");

    let w3c = from_names("baggage").expect("the name is known");
    assert!(sent(&w3c).is_empty());
}

#[test]
fn g16_it_does_not_reach_the_open_context_nor_those_who_read_that() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    let scope = span.activate();

    span.set_baggage_item("late", "2");

    let sdk = opentelemetry_sdk::propagation::BaggagePropagator::new();
    assert!(!is_in_context());
    assert!(sent(&sdk).is_empty(), "a propagator of others");
    drop(scope);
    assert!(span.in_scope(is_in_context));
    assert_eq!(span.in_scope(|| sent(&sdk))["baggage"], "late=2");
}

#[test]
fn g16_it_does_not_reach_contexts_kept_from_before() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    let kept = span.in_scope(Context::current);

    span.set_baggage_item("late", "2");
    let _attached = kept.attach();

    assert!(!is_in_context());
    // Ours find the span in it all the same.
    let w3c = from_names("baggage").expect("the name is known");
    assert_eq!(sent(&w3c)["baggage"], "late=2");
}

#[test]
fn g16_it_does_not_reach_the_parent() {
    let recorder = Recorder::new();
    let outer = recorder.tracer.build_span("outer").start_active();
    let inner = recorder.tracer.build_span("inner").start_active();

    inner.span().set_baggage_item("late", "2");
    drop(inner);

    assert_eq!(outer.span().baggage_item("late"), None);
    let w3c = from_names("baggage").expect("the name is known");
    assert!(sent(&w3c).is_empty());
}

#[tokio::test]
async fn g16_a_task_has_it_on_the_wire_at_once_and_in_the_context_from_the_next_poll_on() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    let w3c = from_names("baggage").expect("the name is known");

    async {
        span.set_baggage_item("late", "2");
        assert_eq!(sent(&w3c)["baggage"], "late=2");
        assert!(!is_in_context());
        yield_now().await;
        assert!(is_in_context());
        assert_eq!(sent(&w3c)["baggage"], "late=2");
    }
    .in_span(&span)
    .await;
}

#[test]
fn g16_keys_that_only_we_can_hold_go_through_native_spans() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    span.set_baggage_item("a key with blanks", "1");
    let _scope = span.activate();

    recorder.provider.tracer("native").in_span("native", |_| {
        let below = recorder.tracer.build_span("below").start();
        assert_eq!(
            below.baggage_item("a key with blanks").as_deref(),
            Some("1")
        );
        let mut headers = HashMap::new();
        let injected = recorder
            .tracer
            .inject(&below, Format::HttpHeaders, &mut headers);
        assert!(injected.is_err(), "and it is told that they stay behind");
    });
}
