//! H8: the tracer that does nothing, and does it without allocating.

use std::collections::HashMap;

use allocation_counter::measure;
use opentracing_shim::{Fields, Format, ReferenceType, Span, SpanContext, Tracer, tags};

#[test]
fn h8_every_call_is_allowed() {
    let tracer = Tracer::noop();
    let span = tracer
        .build_span("a")
        .tag("k", "v")
        .reference(ReferenceType::ChildOf, Span::noop())
        .start();
    let mut headers = HashMap::new();

    span.set_tag("k", 1)
        .log_event("e")
        .set_baggage_item("k", "v")
        .set_operation_name("b");
    let scope = tracer.activate(&span).finish_on_close(true);
    tracer
        .inject(&span, Format::HttpHeaders, &mut headers)
        .expect("nothing to write");

    assert!(tracer.active_span().is_none());
    assert!(headers.is_empty());
    assert!(
        tracer
            .extract(Format::HttpHeaders, &headers)
            .expect("nothing to read")
            .is_none()
    );
    assert_eq!(span.baggage_item("k"), None);
    assert_eq!(span.context().to_trace_id(), "");
    drop(scope);
    tracer.close().expect("nothing to close");
}

#[test]
fn h8_a_span_with_parent_tags_log_and_scope_costs_no_allocation() {
    let tracer = Tracer::noop();
    let parent = SpanContext::noop();

    let cost = measure(|| {
        let span = tracer
            .build_span("a")
            .child_of(&parent)
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
            .tag("n", 1)
            .tag("b", true)
            .start();
        let scope = tracer.activate(&span);
        span.set_tag("k", "v")
            .log(Fields::new().with("event", "e").with("n", 1));
        scope.close();
        span.finish();
    });

    assert_eq!(cost.count_total, 0);
}
