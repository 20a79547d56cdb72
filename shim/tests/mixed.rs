//! A5 and G16: OpenTracing and native code in one process, which the specification discourages and every migration does.
//! Baggage both ways, parents both ways: the scenarios of opentracing-go's `mix_test` in both orders.

mod support;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{TraceContextExt, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use support::{Recorder, is_child_of, is_root, items, pair};

fn native(recorder: &Recorder) -> SdkTracer {
    recorder.provider.tracer("native")
}

#[test]
fn a5_simple_native_ours_native() {
    let recorder = Recorder::new();

    native(&recorder).in_span("1", |_| {
        let _scope = recorder.tracer.build_span("2").start_active();
        native(&recorder).in_span("3", |_| {});
    });

    assert!(is_root(&recorder.named("1")));
    assert!(is_child_of(&recorder.named("2"), &recorder.named("1")));
    assert!(is_child_of(&recorder.named("3"), &recorder.named("2")));
}

#[test]
fn a5_simple_ours_native_ours() {
    let recorder = Recorder::new();

    {
        let _scope = recorder.tracer.build_span("1").start_active();
        native(&recorder).in_span("2", |_| {
            recorder.tracer.build_span("3").start_active().close()
        });
    }

    assert!(is_root(&recorder.named("1")));
    assert!(is_child_of(&recorder.named("2"), &recorder.named("1")));
    assert!(is_child_of(&recorder.named("3"), &recorder.named("2")));
}

#[test]
fn a5_current_active_span_is_the_inner_one_on_both_sides() {
    let recorder = Recorder::new();
    let ours = recorder.tracer.build_span("ours").start_active();

    native(&recorder).in_span("native", |cx| {
        let active = recorder.tracer.active_span().expect("the native span");
        assert_eq!(
            active.context().to_span_id(),
            cx.span().span_context().span_id().to_string()
        );
    });

    let current = Context::map_current(|cx| cx.span().span_context().span_id().to_string());
    assert_eq!(current, ours.span().context().to_span_id());
}

#[test]
fn a5_context_intact_across_our_scopes() {
    #[derive(Debug, PartialEq)]
    struct Value(u32);
    let recorder = Recorder::new();

    let _attached = Context::current_with_value(Value(1)).attach();
    let _outer = recorder.tracer.build_span("1").start_active();
    native(&recorder).in_span("2", |cx| {
        let _inner = recorder.tracer.build_span("3").start_active();
        assert_eq!(cx.get::<Value>(), Some(&Value(1)));
        assert_eq!(Context::current().get::<Value>(), Some(&Value(1)));
    });
}

#[test]
fn a5_baggage_items_are_preserved_through_native_spans() {
    let recorder = Recorder::new();
    let outer = recorder.tracer.build_span("1").start();
    outer.set_baggage_item("first", "1");
    let _scope = recorder.tracer.activate(&outer);

    native(&recorder).in_span("2", |_| {
        let inner = recorder.tracer.build_span("3").start();
        inner.set_baggage_item("third", "3");
        assert_eq!(
            items(&inner.context()),
            [pair("first", "1"), pair("third", "3")]
        );
    });
}

#[test]
fn a5_baggage_interoperation_both_ways() {
    let recorder = Recorder::new();
    let outer = Context::new()
        .with_baggage([KeyValue::new("native", "1")])
        .attach();
    let span = recorder.tracer.build_span("ours").start();
    span.set_baggage_item("ours", "2");

    let scope = recorder.tracer.activate(&span);
    let mut seen: Vec<_> = Context::current()
        .baggage()
        .iter()
        .map(|(key, _)| key.to_string())
        .collect();
    seen.sort();
    drop(scope);
    drop(outer);

    assert_eq!(seen, ["native", "ours"]);
}

#[test]
fn a5_baggage_that_native_code_sets_inside_our_scope_is_inherited() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    span.set_baggage_item("kept", "1")
        .set_baggage_item("changed", "1")
        .set_baggage_item("removed", "1");
    let _scope = recorder.tracer.activate(&span);
    span.set_baggage_item("late", "1");

    let overlay = [
        KeyValue::new("kept", "1"),
        KeyValue::new("changed", "2"),
        KeyValue::new("added", "2"),
    ];
    let _attached = Context::current().with_baggage(overlay).attach();
    let child = recorder.tracer.build_span("child").start();

    let expected = [
        pair("added", "2"),
        pair("changed", "2"),
        pair("kept", "1"),
        pair("late", "1"),
    ];
    assert_eq!(items(&child.context()), expected);
}

#[test]
fn g16_late_baggage_reaches_children_at_once_and_native_code_at_the_next_activation() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("ours").start();
    let scope = recorder.tracer.activate(&span);
    span.set_baggage_item("late", "1");
    let seen = || Context::map_current(|cx| cx.baggage().get("late").is_some());

    let child = recorder.tracer.build_span("child").start();
    let before = seen();
    drop(scope);
    let after = span.in_scope(seen);

    assert_eq!(child.baggage_item("late").as_deref(), Some("1"));
    assert!(!before, "an open context cannot be changed");
    assert!(after);
}
