//! Traces that somebody asked to see.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use super::decided;

/// Keeps a trace that was asked for without being named, and leaves all others to `S`.
///
/// A request with the header `jaeger-debug-id` alone has no trace yet, and wants one that is kept. So does one whose B3
/// headers are a decision without ids. Our propagators, and the specification of the bridge, express this as a parent
/// without ids that is sampled. [`Sampler::ParentBased`] takes such a parent at its word, the newer
/// [`ParentBasedSampler`] takes it for none and asks its sampler for roots. With this one around them both keep the trace.
///
/// [`Sampler::ParentBased`]: opentelemetry_sdk::trace::Sampler::ParentBased
/// [`ParentBasedSampler`]: opentelemetry_sdk::trace::ParentBasedSampler
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry_sdk::trace::{ParentBasedSampler, Sampler, SdkTracerProvider};
/// use opentracing_shim::{Format, TracerShim, propagation, sdk::DebugIdSampler};
///
/// let sampler = ParentBasedSampler::new(Sampler::AlwaysOff);
/// let provider = SdkTracerProvider::builder().with_sampler(DebugIdSampler::new(sampler)).build();
/// let jaeger = propagation::from_names("jaeger")?;
/// let tracer = TracerShim::builder(provider).propagator(jaeger).build();
///
/// let headers = HashMap::from([("jaeger-debug-id".to_owned(), "ticket 42".to_owned())]);
/// let parent = tracer.extract(Format::HttpHeaders, &headers)?;
/// assert!(tracer.build_span("asked for").child_of(&parent).start().context().is_sampled());
/// assert!(!tracer.build_span("any other").start().context().is_sampled());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct DebugIdSampler<S> {
    others: S,
}

impl<S> DebugIdSampler<S> {
    /// Asks `others` about all other spans.
    pub fn new(others: S) -> Self {
        Self { others }
    }
}

impl<S: ShouldSample + Clone + 'static> ShouldSample for DebugIdSampler<S> {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let is_asked_for = parent_context.is_some_and(|cx| {
            let span = cx.span();
            !span.span_context().is_valid() && span.span_context().is_sampled()
        });
        if is_asked_for {
            return decided(SamplingDecision::RecordAndSample, parent_context);
        }
        self.others
            .should_sample(parent_context, trace_id, name, span_kind, attributes, links)
    }
}
