//! What the API alone cannot do, for providers of OpenTelemetry's SDK; feature `sdk`.
//!
//! - [`TagOverwrite`], a span processor: a tag that was given at start and set again later is exported once.
//! - [`DebugIdSampler`] keeps a trace that `jaeger-debug-id` asks for, under either of the SDK's parent-based samplers.
//! - [`PrioritySampler`] obeys the tag `sampling.priority`.
//!
//! All of them wrap what is there already, so they are put around it in the line that makes the provider:
//!
//! ```
//! use opentelemetry_sdk::trace::{
//!     InMemorySpanExporter, Sampler, SdkTracerProvider, SimpleSpanProcessor,
//! };
//! use opentracing_shim::sdk::{DebugIdSampler, PrioritySampler, TagOverwrite};
//! use opentracing_shim::{tags, TracerShim};
//!
//! let exporter = InMemorySpanExporter::default();
//! let processor = SimpleSpanProcessor::new(exporter.clone());
//! let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(0.0)));
//! let provider = SdkTracerProvider::builder()
//!     .with_span_processor(TagOverwrite::new(processor))
//!     .with_sampler(DebugIdSampler::new(PrioritySampler::new(sampler)))
//!     .build();
//!
//! let tracer = TracerShim::builder(provider).build();
//! tracer.build_span("dropped").start().finish();
//! let span = tracer.build_span("kept").tag(tags::SAMPLING_PRIORITY, 1).tag("rows", 0).start();
//! span.set_tag("rows", 3);
//! span.finish();
//!
//! let [span] = &exporter.get_finished_spans()?[..] else { panic!("one span was kept") };
//! let rows: Vec<_> = span.attributes.iter().filter(|tag| tag.key.as_str() == "rows").collect();
//! assert_eq!(rows, [&opentelemetry::KeyValue::new("rows", 3)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod debug_id;
mod priority;
mod tag_overwrite;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, TraceState};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult};

pub use debug_id::DebugIdSampler;
pub use priority::PrioritySampler;
pub use tag_overwrite::TagOverwrite;

/// A decision that asks no other sampler. It hands on the trace state, as the SDK's own samplers do.
fn decided(decision: SamplingDecision, parent: Option<&Context>) -> SamplingResult {
    let trace_state = parent.map_or(TraceState::NONE, |cx| {
        cx.span().span_context().trace_state().clone()
    });
    SamplingResult {
        decision,
        attributes: Vec::new(),
        trace_state,
    }
}
