//! Who is recorded: parents without ids, baggage without a parent, the two parent-based samplers.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    Span, SpanContext, TraceContextExt, TraceFlags, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{ParentBasedSampler, Sampler};

use crate::{Recorded, SPAN, TRACE, remote};

#[test]
fn a_span_under_an_invalid_active_span_is_not_recorded_by_default() {
    let recorded = Recorded::with_default_sampler();
    let parent = Context::new().with_remote_span_context(SpanContext::empty_context());

    let span = recorded
        .provider
        .tracer("native")
        .start_with_context("child", &parent);

    assert!(!span.is_recording());
    drop(span);
    assert!(recorded.spans().is_empty());
}

#[test]
fn a_span_under_a_context_with_baggage_and_no_span_is_recorded_by_default() {
    let recorded = Recorded::with_default_sampler();
    let parent = Context::new().with_baggage([KeyValue::new("user", "u1")]);

    let span = recorded
        .provider
        .tracer("native")
        .start_with_context("child", &parent);

    assert!(span.is_recording());
    drop(span);
    assert_eq!(recorded.only_span().name, "child");
}

#[test]
fn an_invalid_but_sampled_parent_is_obeyed_by_sampler_parent_based() {
    let recorded = Recorded::with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)));
    let parent = Context::new().with_remote_span_context(remote(0, 0, TraceFlags::SAMPLED));

    recorded
        .provider
        .tracer("native")
        .start_with_context("child", &parent)
        .end();

    let span = recorded.only_span();
    assert!(span.span_context.is_valid(), "a fresh trace id is made");
    assert!(span.span_context.is_sampled());
}

#[test]
fn an_invalid_but_sampled_parent_is_ignored_by_parent_based_sampler() {
    let recorded = Recorded::with_sampler(ParentBasedSampler::new(Sampler::AlwaysOff));
    let parent = Context::new().with_remote_span_context(remote(0, 0, TraceFlags::SAMPLED));

    let span = recorded
        .provider
        .tracer("native")
        .start_with_context("child", &parent);

    assert!(!span.is_recording());
    drop(span);
    assert!(recorded.spans().is_empty());
}

#[test]
fn a_sampled_child_keeps_unknown_trace_flags_of_its_parent() {
    let recorded = Recorded::with_default_sampler();
    let flags = TraceFlags::new(0x85);
    let parent = Context::new().with_remote_span_context(remote(TRACE, SPAN, flags));

    let span = recorded
        .provider
        .tracer("native")
        .start_with_context("child", &parent);

    assert_eq!(span.span_context().trace_flags(), flags);
}

#[test]
fn an_unsampled_child_loses_every_trace_flag_of_its_parent() {
    let recorded = Recorded::with_default_sampler();
    let parent =
        Context::new().with_remote_span_context(remote(TRACE, SPAN, TraceFlags::new(0x84)));

    let span = recorded
        .provider
        .tracer("native")
        .start_with_context("child", &parent);

    assert_eq!(span.span_context().trace_flags(), TraceFlags::NOT_SAMPLED);
    assert!(
        span.span_context().is_valid(),
        "it still has ids to propagate"
    );
}

#[test]
fn a_span_under_a_suppressed_context_is_empty() {
    let recorded = Recorded::with_sampler(Sampler::AlwaysOn);
    let parent = Context::new()
        .with_remote_span_context(remote(TRACE, SPAN, TraceFlags::SAMPLED))
        .with_telemetry_suppressed();

    let span = recorded
        .provider
        .tracer("native")
        .start_with_context("child", &parent);

    assert_eq!(span.span_context(), &SpanContext::empty_context());
    assert!(!span.is_recording());
}
