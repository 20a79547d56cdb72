//! The bridge over three providers.

use opentelemetry::Value;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::trace::{Link, SpanId, Status, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use opentracing_shim::propagation::from_names;
use opentracing_shim::{ReferenceType, TagValue, Tracer, TracerShim};

use crate::kit::{Capabilities, Capability, FinishedSpan, Kit, Native, Probe, Subject};

/// The bridge over the SDK: everything.
pub fn sdk() -> Kit {
    Kit::new(|| {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        Subject::new(bridge(provider.clone()))
            .probe(SdkProbe(exporter))
            .native(Native::new(provider))
    })
}

/// The bridge over a sampler that drops every span: ids go on, nothing is exported.
pub fn always_off() -> Kit {
    Kit::new(|| {
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOff)
            .build();
        Subject::new(bridge(provider.clone())).native(Native::new(provider))
    })
}

/// The bridge over the API's own provider, as in a program that never installed an SDK: spans have no ids.
pub fn api_noop() -> Kit {
    Kit::new(|| {
        let provider = NoopTracerProvider::new();
        Subject::new(bridge(provider.clone())).native(Native::new(provider))
    })
    .capabilities(Capabilities::all().without([Capability::Identity]))
}

pub(super) fn bridge<P>(provider: P) -> Tracer
where
    P: TracerProvider,
    P::Tracer: Send + Sync + 'static,
    <P::Tracer as opentelemetry::trace::Tracer>::Span: Send + Sync + 'static,
{
    let propagator = from_names("tracecontext,baggage").expect("both names are known");
    TracerShim::builder(provider).propagator(propagator).build()
}

struct SdkProbe(InMemorySpanExporter);

impl Probe for SdkProbe {
    fn finished_spans(&self) -> Option<Vec<FinishedSpan>> {
        let spans = self.0.get_finished_spans();
        let spans = spans.expect("the exporter is not shut down");
        Some(spans.iter().map(finished).collect())
    }
}

fn finished(span: &SpanData) -> FinishedSpan {
    let context = &span.span_context;
    let [trace, id] = [
        context.trace_id().to_string(),
        context.span_id().to_string(),
    ];
    let plain = FinishedSpan::new(span.name.as_ref(), trace, id)
        .tags(
            span.attributes
                .iter()
                .map(|pair| (pair.key.as_str(), tag(&pair.value))),
        )
        .is_error(matches!(span.status, Status::Error { .. }))
        .references(span.links.links.iter().map(reference))
        .logs(span.events.events.len())
        .finish_time(span.end_time);
    if span.parent_span_id == SpanId::INVALID {
        plain
    } else {
        plain.parent_id(span.parent_span_id.to_string())
    }
}

pub(super) fn reference(link: &Link) -> (ReferenceType, String) {
    let kind = link
        .attributes
        .iter()
        .find(|pair| pair.key.as_str() == "opentracing.ref_type")
        .map(|pair| pair.value.as_str().into_owned());
    let kind = match kind.as_deref() {
        Some("follows_from") => ReferenceType::FollowsFrom,
        _ => ReferenceType::ChildOf,
    };
    (kind, link.span_context.span_id().to_string())
}

pub(super) fn tag(value: &Value) -> TagValue {
    match value {
        Value::Bool(value) => TagValue::from(*value),
        Value::I64(value) => TagValue::from(*value),
        Value::F64(value) => TagValue::from(*value),
        other => TagValue::from(other.as_str().into_owned()),
    }
}
