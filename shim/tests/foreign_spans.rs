//! G1, G2, G4, G7 to G11: the active span shared with native code.

mod support;

use std::thread;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::trace::{Status, TraceContextExt, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentracing_shim::TracerShim;
use support::{Recorder, attribute, is_child_of, is_root, items, pair};

fn current_span_id() -> String {
    Context::map_current(|cx| cx.span().span_context().span_id().to_string())
}

#[test]
fn g1_g2_an_active_span_is_current_for_native_code_with_its_baggage() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_baggage_item("k", "v");

    let scope = recorder.tracer.activate(&span);
    recorder.provider.tracer("native").start("native");
    let baggage = Context::map_current(|cx| cx.baggage().get("k").map(ToString::to_string));
    drop(scope);
    span.finish();

    assert!(is_child_of(&recorder.named("native"), &recorder.named("a")));
    assert_eq!(baggage.as_deref(), Some("v"));
    assert_eq!(current_span_id(), "0000000000000000");
}

#[test]
fn g2_other_values_of_the_context_stay() {
    #[derive(Debug)]
    struct Tenant(&'static str);
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    let _attached = Context::current_with_value(Tenant("t1")).attach();
    let _scope = recorder.tracer.activate(&span);

    assert_eq!(
        Context::map_current(|cx| cx.get::<Tenant>().map(|tenant| tenant.0)),
        Some("t1")
    );
}

#[test]
fn g4_native_spans_inside_the_activation_of_nothing_are_recorded_roots() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let _scope = recorder.tracer.activate(&span);
    let _none = recorder.tracer.scope_manager().activate(None);

    recorder.provider.tracer("native").start("native");

    assert!(is_root(&recorder.named("native")));
}

#[test]
fn g7_baggage_alone_is_an_active_span_that_records_nothing() {
    let recorder = Recorder::new();
    let _attached = Context::new()
        .with_baggage([KeyValue::new("k", "v")])
        .attach();

    let active = recorder.tracer.active_span().expect("there is baggage");
    active.set_tag("t", 1).finish();
    recorder
        .tracer
        .build_span("a")
        .child_of(&active)
        .start()
        .finish();

    assert_eq!(active.baggage_item("k").as_deref(), Some("v"));
    assert_eq!(active.context().to_trace_id(), "");
    assert!(is_root(&recorder.span()));
}

#[test]
fn g7_baggage_alone_can_be_activated_again_with_more() {
    let recorder = Recorder::new();
    let _attached = Context::new()
        .with_baggage([KeyValue::new("k", "v")])
        .attach();
    let active = recorder.tracer.active_span().expect("there is baggage");
    active.set_baggage_item("l", "w");

    let _scope = recorder.tracer.activate(&active);

    assert!(
        recorder
            .tracer
            .active_span()
            .is_some_and(|again| again.same_as(&active))
    );
    let child = recorder.tracer.build_span("a").start();
    assert_eq!(items(&child.context()), [pair("k", "v"), pair("l", "w")]);
}

#[test]
fn g8_also_through_a_context_that_native_code_carried_to_a_thread() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let cx = span.in_scope(Context::current);

    let active = thread::scope(|threads| {
        let carry = || {
            let _attached = cx.attach();
            recorder.tracer.active_span()
        };
        threads.spawn(carry).join().expect("does not panic")
    });

    assert!(active.is_some_and(|active| active.same_as(&span)));
}

#[test]
fn g9_g11_a_native_span_is_wrapped_and_outlives_its_scope() {
    let recorder = Recorder::new();
    let attached = Context::new()
        .with_span(recorder.provider.tracer("native").start("native"))
        .attach();
    let active = recorder.tracer.active_span().expect("one is active");
    drop(attached);

    active
        .set_tag("k", "v")
        .set_tag("error", "true")
        .log_event("e")
        .set_operation_name("renamed");
    active.finish();

    let span = recorder.span();
    assert_eq!(
        (span.name.as_ref(), span.instrumentation_scope.name()),
        ("renamed", "native")
    );
    assert_eq!(attribute(&span, "k"), ["v".into()]);
    assert_eq!(
        (span.status, span.events.events.len()),
        (Status::error(""), 1)
    );
}

#[test]
fn g9_a_native_span_over_ours_hides_it() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let _scope = recorder.tracer.activate(&span);
    let native =
        Context::current_with_span(recorder.provider.tracer("native").start("native")).attach();

    let active = recorder.tracer.active_span().expect("one is active");
    recorder.tracer.build_span("inner").start().finish();
    drop(native);

    assert!(!active.same_as(&span));
    drop(active);
    assert!(is_child_of(
        &recorder.named("inner"),
        &recorder.named("native")
    ));
    assert!(
        recorder
            .tracer
            .active_span()
            .is_some_and(|active| active.same_as(&span))
    );
}

#[test]
fn g10_with_the_no_op_provider_the_right_one_of_nested_spans_is_active() {
    let tracer = TracerShim::builder(NoopTracerProvider::new()).build();
    let [outer, inner] = ["outer", "inner"].map(|name| tracer.build_span(name).start());

    let _outer = tracer.activate(&outer);
    let inner_scope = tracer.activate(&inner);
    assert!(
        tracer
            .active_span()
            .is_some_and(|active| active.same_as(&inner))
    );
    drop(inner_scope);

    assert!(
        tracer
            .active_span()
            .is_some_and(|active| active.same_as(&outer))
    );
}
