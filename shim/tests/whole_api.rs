//! A3, B6, D1 and D2: OpenTracing 1.1 from end to end, on one kind of tracer.

mod support;

use std::time::{Duration, SystemTime};

use opentelemetry::trace::Status;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentracing_shim::api::mock::MockTracer;
use opentracing_shim::{Fields, Format, ReferenceType, Tracer, TracerShim, tags};
use support::{Recorder, attribute, event_attribute, is_child_of, items, links, pair};

fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

/// The operations in the order of the specification: tracer, span context, span, scope manager.
#[test]
fn a3_every_operation_of_opentracing_does_its_part() {
    let recorder = Recorder::new();
    let tracer = &recorder.tracer;

    // Start a new span; the scope manager; inject and extract.
    let caller = tracer.build_span("caller").start_time(at(1)).start();
    caller.set_baggage_item("tenant", "t1");
    let scope = tracer.scope_manager().activate(&caller);
    let inferred = tracer.build_span("inferred").start();
    let mut wire = Vec::<(String, String)>::new();
    tracer
        .inject(&inferred, Format::HttpHeaders, &mut wire)
        .expect("all of it can be written");
    scope.close();
    let received = tracer
        .extract(Format::HttpHeaders, &wire)
        .expect("nothing is corrupt")
        .expect("something was sent");

    // The span context.
    assert_eq!(items(&received), [pair("tenant", "t1")]);
    assert_eq!(received.to_span_id(), inferred.context().to_span_id());
    assert_eq!(received.to_trace_id(), caller.context().to_trace_id());

    // The span.
    let callee = tracer
        .build_span("renamed")
        .reference(ReferenceType::FollowsFrom, &caller)
        .reference(ReferenceType::ChildOf, &received)
        .tag("early", true)
        .start_time(at(2))
        .start();
    callee
        .set_operation_name("callee")
        .set_tag("late", 2.5)
        .set_tag(tags::ERROR, true)
        .log_at(at(3), Fields::new().with("event", "read").with("rows", 7));
    assert_eq!(callee.baggage_item("tenant").as_deref(), Some("t1"));
    callee.finish_at(at(4));
    inferred.finish();
    caller.finish();
    assert!(tracer.scope_manager().active_span().is_none());

    let (callee, inferred) = (recorder.named("callee"), recorder.named("inferred"));
    assert!(is_child_of(&callee, &inferred));
    assert!(is_child_of(&inferred, &recorder.named("caller")));
    assert_eq!(
        links(&callee)
            .iter()
            .map(|(kind, _)| kind.as_str())
            .collect::<Vec<_>>(),
        ["follows_from", "child_of"]
    );
    assert_eq!(attribute(&callee, "early"), [true.into()]);
    assert_eq!(attribute(&callee, "late"), [2.5.into()]);
    assert_eq!(callee.status, Status::error(""));
    assert_eq!(event_attribute(&callee, 0, "rows"), [7.into()]);
    assert_eq!(callee.events.events[0].timestamp, at(3));
    assert_eq!((callee.start_time, callee.end_time), (at(2), at(4)));
}

/// Code that is instrumented names one type, whatever is behind it.
#[test]
fn b6_all_tracers_are_of_one_type() {
    fn instrumented(tracer: &Tracer) -> String {
        let span = tracer.build_span("work").start();
        span.set_baggage_item("k", "v");
        span.baggage_item("k").unwrap_or_default()
    }
    let tracers: [Tracer; 4] = [
        TracerShim::builder(SdkTracerProvider::builder().build()).build(),
        TracerShim::builder(NoopTracerProvider::new()).build(),
        MockTracer::new().tracer(),
        Tracer::noop(),
    ];

    assert_eq!(tracers.each_ref().map(instrumented), ["v", "v", "v", ""]);
}

#[test]
fn d1_d2_calls_on_a_span_reach_the_exported_one() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("before").start();

    span.set_operation_name("after")
        .set_tag("k", "v")
        .set_tag("n", 1)
        .log([("event", "first"), ("a", "1")])
        .log([("b", "2")])
        .set_baggage_item("item", "value");
    let child = recorder.tracer.build_span("child").child_of(&span).start();
    let ids = span.context();
    span.finish();

    let exported = recorder.named("after");
    assert_eq!(attribute(&exported, "k"), ["v".into()]);
    assert_eq!(attribute(&exported, "n"), [1.into()]);
    let names: Vec<_> = exported.events.iter().map(|event| &*event.name).collect();
    assert_eq!(names, ["first", "log"]);
    assert_eq!(event_attribute(&exported, 0, "a"), ["1".into()]);
    assert_eq!(event_attribute(&exported, 1, "b"), ["2".into()]);
    assert_eq!(
        exported.span_context.span_id().to_string(),
        ids.to_span_id()
    );
    assert_eq!(child.baggage_item("item").as_deref(), Some("value"));
}
