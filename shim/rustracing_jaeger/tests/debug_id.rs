//! A trace that somebody asks for by the header `jaeger-debug-id`.

use std::collections::HashMap;

use opentracing_shim_rustracing as rustracing;
use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
use rustracing::sampler::PassiveSampler;
use rustracing_jaeger::Tracer;
use rustracing_jaeger::span::SpanContext;

fn debug_context() -> SpanContext {
    let request = HashMap::from([("jaeger-debug-id".to_owned(), "ticket-7".to_owned())]);
    SpanContext::extract_from_text_map(&request)
        .unwrap()
        .expect("a debug id is a context")
}

#[test]
fn the_context_has_no_ids_as_in_the_original() {
    let context = debug_context();

    assert_eq!(context.state().to_string(), "0:0:0:2");
    assert_eq!(context.state().debug_id(), Some("ticket-7"));
}

#[test]
fn the_first_span_begins_a_trace_and_carries_the_debug_id() {
    let (tracer, _span_rx) = Tracer::new(PassiveSampler);

    let span = tracer.span("login").child_of(&debug_context()).start();

    let state = span.context().unwrap().state();
    assert_ne!((state.trace_id().high, state.trace_id().low), (0, 0));
    assert_eq!(state.debug_id(), Some("ticket-7"));
    assert_eq!(state.flags(), 3);
}

#[test]
fn spans_below_it_are_in_its_trace_and_plain() {
    let (tracer, _span_rx) = Tracer::new(PassiveSampler);

    let span = tracer.span("login").child_of(&debug_context()).start();
    let child = span.child("query", |options| options.start());

    let (state, child) = (span.context().unwrap(), child.context().unwrap());
    assert_eq!(child.state().trace_id(), state.state().trace_id());
    assert_eq!((child.state().debug_id(), child.state().flags()), (None, 1));
}

#[test]
fn a_context_without_a_trace_begins_one_too() {
    let (tracer, _span_rx) = Tracer::new(PassiveSampler);
    let broken = SpanContext::new("0:1:0:1".parse().unwrap(), Vec::new());

    let span = tracer.span("login").child_of(&broken).start();

    let trace_id = span.context().unwrap().state().trace_id();
    assert_ne!((trace_id.high, trace_id.low), (0, 0));
}
