//! F9 and H3 with feature `sdk`: samplers that obey `jaeger-debug-id` and `sampling.priority`.

mod support;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use opentelemetry_sdk::trace::{
    ParentBasedSampler, Sampler, SamplingDecision, SdkTracerProvider, ShouldSample,
};
use opentracing_shim::propagation::from_names;
use opentracing_shim::sdk::{DebugIdSampler, PrioritySampler};
use opentracing_shim::{Format, TagValue, Tracer, TracerShim, tags};
use support::SAMPLED;

fn tracer(sampler: impl ShouldSample + 'static) -> Tracer {
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let names = from_names("tracecontext,jaeger,b3").expect("all are known");
    TracerShim::builder(provider).propagator(names).build()
}

/// The SDK's two parent-based samplers, with nothing sampled of its own accord.
fn parent_based() -> [Tracer; 2] {
    [
        tracer(DebugIdSampler::new(Sampler::ParentBased(Box::new(
            Sampler::AlwaysOff,
        )))),
        tracer(DebugIdSampler::new(ParentBasedSampler::new(
            Sampler::AlwaysOff,
        ))),
    ]
}

/// Whether a span that continues `headers` is sampled.
fn is_sampled(tracer: &Tracer, headers: &[(&str, &str)]) -> bool {
    let parent = tracer
        .extract(Format::HttpHeaders, &headers)
        .expect("nothing in it is corrupt");
    let span = tracer.build_span("a").child_of(&parent).start();
    span.context().is_sampled()
}

#[test]
fn f9_a_debug_id_is_obeyed_under_both_parent_based_samplers() {
    for tracer in parent_based() {
        assert!(is_sampled(&tracer, &[("jaeger-debug-id", "ticket 42")]));
    }
}

#[test]
fn f9_a_decision_without_ids_is_obeyed_under_both_parent_based_samplers() {
    for tracer in parent_based() {
        assert!(is_sampled(&tracer, &[("b3", "1")]));
        assert!(!is_sampled(&tracer, &[("b3", "0")]));
    }
}

#[test]
fn f9_all_other_spans_are_left_to_the_sampler_behind() {
    for tracer in parent_based() {
        let unsampled = [("traceparent", &*SAMPLED[0].1.replace("-01", "-00"))];

        assert!(!is_sampled(&tracer, &[]));
        assert!(is_sampled(&tracer, &SAMPLED));
        assert!(!is_sampled(&tracer, &unsampled));
    }
}

#[test]
fn f9_the_trace_that_was_asked_for_is_a_new_one_with_valid_ids() {
    for tracer in parent_based() {
        let parent = tracer
            .extract(Format::HttpHeaders, &[("jaeger-debug-id", "ticket 42")])
            .expect("it is good");

        let span = tracer.build_span("a").child_of(&parent).start();
        let child = tracer.build_span("b").child_of(&span).start();

        assert_eq!(span.context().to_trace_id().len(), 32);
        assert_eq!(child.context().to_trace_id(), span.context().to_trace_id());
        assert!(child.context().is_sampled());
    }
}

#[test]
fn f9_the_trace_state_of_the_parent_is_handed_on() {
    let state = TraceState::from_key_value([("congo", "t61")]).expect("it is good");
    let parent = SpanContext::new(
        TraceId::INVALID,
        SpanId::INVALID,
        TraceFlags::SAMPLED,
        true,
        state.clone(),
    );
    let cx = Context::new().with_remote_span_context(parent);

    let result = DebugIdSampler::new(Sampler::AlwaysOff).should_sample(
        Some(&cx),
        TraceId::from(1),
        "a",
        &SpanKind::Internal,
        &[],
        &[],
    );

    assert_eq!(result.decision, SamplingDecision::RecordAndSample);
    assert_eq!(result.trace_state, state);
}

/// Whether a span with that priority is sampled where all others are, and where no other is.
fn with_priority(priority: impl Into<TagValue>) -> [bool; 2] {
    let priority = priority.into();
    [Sampler::AlwaysOn, Sampler::AlwaysOff].map(|others| {
        let tracer = tracer(PrioritySampler::new(others));
        let builder = tracer.build_span("a");
        let span = builder
            .tag(tags::SAMPLING_PRIORITY, priority.clone())
            .start();
        span.context().is_sampled()
    })
}

#[test]
fn h3_a_priority_above_zero_keeps_the_span() {
    assert_eq!(with_priority(1), [true, true]);
    assert_eq!(with_priority(100), [true, true]);
    assert_eq!(with_priority(0.5), [true, true]);
}

#[test]
fn h3_a_priority_of_zero_drops_the_span() {
    assert_eq!(with_priority(0), [false, false]);
    assert_eq!(with_priority(0.0), [false, false]);
}

#[test]
fn h3_other_values_and_spans_without_the_tag_are_left_to_the_sampler_behind() {
    assert_eq!(with_priority(-1), [true, false]);
    assert_eq!(with_priority(f64::NAN), [true, false]);
    assert_eq!(with_priority("1"), [true, false]);
    assert_eq!(with_priority(true), [true, false]);

    let without_tag = [Sampler::AlwaysOn, Sampler::AlwaysOff].map(|others| {
        let tracer = tracer(PrioritySampler::new(others));
        tracer.build_span("a").start().context().is_sampled()
    });
    assert_eq!(without_tag, [true, false]);
}

#[test]
fn h3_the_last_of_two_priorities_counts() {
    let tracer = tracer(PrioritySampler::new(Sampler::AlwaysOff));

    let builder = tracer.build_span("a").tag(tags::SAMPLING_PRIORITY, 0);
    let span = builder.tag(tags::SAMPLING_PRIORITY, 1).start();

    assert!(span.context().is_sampled());
}

#[test]
fn h3_descendants_follow_under_a_parent_based_sampler() {
    let others = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    let tracer = tracer(PrioritySampler::new(others));

    let builder = tracer.build_span("a").tag(tags::SAMPLING_PRIORITY, 0);
    let dropped = builder.start();
    let child = tracer.build_span("b").child_of(&dropped).start();

    assert!(!child.context().is_sampled());
}
