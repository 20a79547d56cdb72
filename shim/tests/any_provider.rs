//! A1: any provider will do. What does not depend on recording holds over the SDK, over the API's no-op provider and over
//! one that is written by hand, and that one is told everything.

mod support;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentracing_shim::bridge::TracerShimBuilder;
use opentracing_shim::propagation::from_names;
use opentracing_shim::{FieldValue, Fields, Format, Tracer, TracerShim, tags};
use support::hand_written::HandWritten;

/// The same calls over any provider.
fn tracers() -> [(&'static str, Tracer); 3] {
    let build = |builder: TracerShimBuilder| {
        let w3c = from_names("tracecontext,baggage").expect("both names are known");
        builder.propagator(w3c).build()
    };
    [
        (
            "SDK",
            build(TracerShim::builder(SdkTracerProvider::builder().build())),
        ),
        (
            "no-op",
            build(TracerShim::builder(NoopTracerProvider::new())),
        ),
        (
            "by hand",
            build(TracerShim::builder(HandWritten::default())),
        ),
    ]
}

#[test]
fn a1_scopes_nest_over_any_provider() {
    for (provider, tracer) in tracers() {
        let outer = tracer.build_span("outer").start();
        let inner = tracer.build_span("inner").start();

        let outside = tracer.activate(&outer);
        let inside = tracer.activate(&inner);
        let innermost = tracer.active_span().expect("inner is active");
        inside.close();
        let left = tracer.active_span().expect("outer is active");
        outside.close();

        assert!(innermost.same_as(&inner), "{provider}");
        assert!(left.same_as(&outer), "{provider}");
        assert!(tracer.active_span().is_none(), "{provider}");
    }
}

#[test]
fn a1_baggage_travels_over_any_provider() {
    for (provider, tracer) in tracers() {
        let parent = tracer.build_span("parent").start();
        parent.set_baggage_item("tenant", "t1");

        let child = tracer.build_span("child").child_of(&parent).start();
        let current = child.in_scope(|| Context::current().baggage().get("tenant").cloned());
        let mut headers = Vec::<(String, String)>::new();
        tracer
            .inject(&child, Format::HttpHeaders, &mut headers)
            .expect("the item can leave");
        let received = tracer
            .extract(Format::HttpHeaders, &headers)
            .expect("nothing is corrupt")
            .expect("there is baggage");

        assert_eq!(
            child.baggage_item("tenant").as_deref(),
            Some("t1"),
            "{provider}"
        );
        assert_eq!(
            current.map(|value| value.to_string()).as_deref(),
            Some("t1"),
            "{provider}"
        );
        assert_eq!(received.baggage_item("tenant"), Some("t1"), "{provider}");
        assert_eq!(
            received.to_trace_id(),
            child.context().to_trace_id(),
            "{provider}"
        );
    }
}

#[test]
fn a1_every_call_reaches_a_provider_written_by_hand() {
    let provider = HandWritten::default();
    let tracer = TracerShim::builder(provider.clone()).build();

    let parent = tracer.build_span("parent").start();
    let span = tracer
        .build_span("a")
        .child_of(&parent)
        .tag("early", 1)
        .start();
    span.set_tag("late", "2")
        .set_tag("late", "3")
        .set_tag(tags::ERROR, true)
        .set_operation_name("b")
        .log(
            Fields::new()
                .with("event", "e")
                .with("k", FieldValue::from(4)),
        );
    span.finish();
    span.finish();
    parent.finish();

    let expected = [
        "tracer opentracing-shim",
        "start parent [] 0 links",
        "start a [early=1] 1 links",
        "2 name b",
        "2 event e [event=e k=4]",
        "2 attribute late=3",
        "2 status Error { description: \"\" }",
        "2 end",
        "1 end",
    ];
    // Threads get tracers of their own, all of the one scope, so there are as many as the machine has processors.
    let mut calls = provider.calls();
    calls.dedup();
    assert_eq!(calls, expected);
}
