//! What the original does not have. No program needs any of it that the original was enough for.
//!
//! # Settings
//!
//! Where spans go is read from OpenTelemetry's standard variables when the first one is reported, `OTEL_EXPORTER_OTLP_ENDPOINT`
//! above all; [`Settings`] lists them. A program can say the same by [`configure`], once and before that.
//!
//! # Headers
//!
//! A program writes and reads `uber-trace-id`, and nothing else, unless `OTEL_PROPAGATORS` or [`Settings::propagators`] names
//! more: `jaeger,tracecontext,baggage` for a fleet where some services know the old header only. Without `jaeger` in the list
//! the old header is not written, and read all the same.
//!
//! # One provider
//!
//! An application that has a provider of OpenTelemetry already can send these spans through it: see [`install`].
//! [`context`] makes native spans children of old ones, [`span_context`] old ones children of native.
//!
//! ```
//! # use opentracing_shim_rustracing as rustracing;
//! # use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
//! use opentelemetry::trace::{Tracer as _, TracerProvider as _};
//! use opentelemetry_sdk::trace::{InMemorySpanExporter, RandomIdGenerator, SdkTracerProvider};
//! use rustracing::sampler::AllSampler;
//! use rustracing_jaeger::{Tracer, otel};
//!
//! let exporter = InMemorySpanExporter::default();
//! let provider = SdkTracerProvider::builder()
//!     .with_id_generator(otel::ReplayIds::new(RandomIdGenerator::default()))
//!     .with_simple_exporter(exporter.clone())
//!     .build();
//! otel::install(&provider)?;
//!
//! let (tracer, _span_rx) = Tracer::new(AllSampler);
//! let old = tracer.span("old").start();
//! drop(provider.tracer("app").start_with_context("native", &otel::context(old.context())));
//! drop(old);
//!
//! let spans = exporter.get_finished_spans()?;
//! assert_eq!(spans[0].parent_span_id, spans[1].span_context.span_id());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};
use opentracing_shim_legacy::Ids;
pub use opentracing_shim_legacy::{
    ConfigureError, Counts, InstallError, Protocol, ReplayIds, ReplaySampler, Settings, configure,
    counts, flush, install,
};
use rustracing::span::BaggageItem;

use crate::span::{SpanContext, SpanContextState};

/// The context of a span as OpenTelemetry has it, with its baggage: native spans in it are children of that span.
///
/// A span that is not recorded has no context. What is given then is one of a new trace that is not recorded, so that its
/// native children are not recorded either if the sampler is a parent-based one.
pub fn context(span: Option<&SpanContext>) -> Context {
    let Some(span) = span else {
        let nobody = Ids {
            flags: 0,
            ..SpanContextState::root().ids()
        };
        return nobody.context();
    };
    let baggage = span
        .baggage_items()
        .iter()
        .map(|item| KeyValue::new(item.name().to_owned(), item.value().to_owned()));
    span.state().ids().context().with_baggage(baggage)
}

/// The context of a native span, with its baggage, for `child_of` and `follows_from`.
///
/// `None` if `cx` has no valid span. Whether that one is recorded is in [`SpanContextState::is_sampled`]; samplers of old
/// do not look at it.
pub fn span_context(cx: &Context) -> Option<SpanContext> {
    let span = cx.span();
    let span = span.span_context();
    let baggage = cx
        .baggage()
        .iter()
        .map(|(name, (value, _))| BaggageItem::new(name.as_str(), value.as_str()))
        .collect();
    span.is_valid().then(|| {
        let trace_state = span.trace_state().clone();
        let state = SpanContextState::foreign(Ids::from(span), trace_state, span.is_remote());
        SpanContext::new(state, baggage)
    })
}
