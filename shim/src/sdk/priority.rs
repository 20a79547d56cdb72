//! The tag `sampling.priority`.

use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use super::decided;
use crate::api::tags;

/// Obeys the tag `sampling.priority`, and leaves spans without it to `S`.
///
/// OpenTracing's semantic conventions: above 0 the tracer should do its best to capture the trace, at 0 it should not.
/// Here both count for the span that has the tag; a parent-based sampler carries the decision to its descendants. A
/// sampler sees what a span is started with, so the tag has to be given to the builder. A negative number, and a value
/// that is no number, say nothing.
///
/// ```
/// use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
/// use opentracing_shim::{sdk::PrioritySampler, tags, TracerShim};
///
/// let sampler = PrioritySampler::new(Sampler::AlwaysOn);
/// let tracer = TracerShim::builder(SdkTracerProvider::builder().with_sampler(sampler).build()).build();
///
/// let poll = tracer.build_span("poll").tag(tags::SAMPLING_PRIORITY, 0).start();
/// assert!(!poll.context().is_sampled());
/// assert!(tracer.build_span("request").start().context().is_sampled());
/// ```
#[derive(Clone, Debug)]
pub struct PrioritySampler<S> {
    others: S,
}

impl<S> PrioritySampler<S> {
    /// Asks `others` about spans without the tag.
    pub fn new(others: S) -> Self {
        Self { others }
    }
}

impl<S: ShouldSample + Clone + 'static> ShouldSample for PrioritySampler<S> {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        match priority(attributes) {
            Some(decision) => decided(decision, parent_context),
            None => self.others.should_sample(
                parent_context,
                trace_id,
                name,
                span_kind,
                attributes,
                links,
            ),
        }
    }
}

fn priority(attributes: &[KeyValue]) -> Option<SamplingDecision> {
    let tag = attributes
        .iter()
        .rev()
        .find(|attribute| attribute.key.as_str() == tags::SAMPLING_PRIORITY)?;
    let priority = match tag.value {
        Value::I64(priority) => priority as f64,
        Value::F64(priority) => priority,
        _ => return None,
    };
    if priority > 0.0 {
        Some(SamplingDecision::RecordAndSample)
    } else if priority == 0.0 {
        Some(SamplingDecision::Drop)
    } else {
        None
    }
}
