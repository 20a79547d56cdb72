//! What the shim allocates, against the OpenTelemetry API called directly for the same exported data.

use allocation_counter::measure;
use opentelemetry::trace::{Link, Span as _, TraceContextExt, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use opentracing_shim::TracerShim;

/// Allocations of a span with a parent, three tags and one log: called directly, through the shim with tags at start, and
/// through the shim with tags set later.
fn allocations(sampler: Sampler) -> [u64; 3] {
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let native = provider.tracer("native");
    let tracer = TracerShim::builder(provider.clone()).build();
    let parent_cx = Context::new().with_span(native.start("parent"));
    let parent = tracer.build_span("parent").start();
    parent.context();

    let direct = measure(|| {
        let attributes = [
            KeyValue::new("s", "v"),
            KeyValue::new("i", 1),
            KeyValue::new("b", true),
        ];
        let link = Link::new(
            parent_cx.span().span_context().clone(),
            vec![KeyValue::new("opentracing.ref_type", "child_of")],
            0,
        );
        let builder = native
            .span_builder("a")
            .with_attributes(attributes)
            .with_links(vec![link]);
        let mut span = native.build_with_context(builder, &parent_cx);
        span.add_event("e", vec![KeyValue::new("event", "e")]);
        // A shim span can be a parent, so the one that it is compared with has to be able to as well.
        Context::new().with_span(span).span().end();
    });
    let at_start = measure(|| {
        let span = tracer
            .build_span("a")
            .child_of(&parent)
            .tag("s", "v")
            .tag("i", 1)
            .tag("b", true)
            .start();
        span.log([("event", "e")]);
        span.finish();
    });
    let later = measure(|| {
        let span = tracer.build_span("a").child_of(&parent).start();
        span.set_tag("s", "v")
            .set_tag("i", 1)
            .set_tag("b", true)
            .log([("event", "e")]);
        span.finish();
    });
    [direct, at_start, later].map(|cost| cost.count_total)
}

#[test]
fn a_recorded_span_costs_at_most_one_allocation_more() {
    let [direct, at_start, later] = allocations(Sampler::AlwaysOn);

    assert!(at_start <= direct + 1, "{at_start} against {direct}");
    assert!(later <= direct + 1, "{later} against {direct}");
}

#[test]
fn an_unsampled_span_costs_no_allocation_more() {
    let [direct, at_start, later] = allocations(Sampler::AlwaysOff);

    assert!(at_start <= direct, "{at_start} against {direct}");
    assert!(later <= direct, "{later} against {direct}");
}
