//! A tracer over the SDK with an in-memory exporter, one for each test.

// Every test file takes what it needs of this module.
#![allow(dead_code)]

pub(crate) mod hand_written;

use std::collections::HashMap;

use opentelemetry::Value;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData, TracerProviderBuilder,
};
use opentracing_shim::propagation::from_names;
use opentracing_shim::{Format, SpanContext, Tracer, TracerShim};

pub(crate) struct Recorder {
    pub(crate) provider: SdkTracerProvider,
    pub(crate) tracer: Tracer,
    exporter: InMemorySpanExporter,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self::configured(|provider| provider)
    }

    pub(crate) fn with_sampler(sampler: Sampler) -> Self {
        Self::configured(|provider| provider.with_sampler(sampler))
    }

    pub(crate) fn configured(
        configure: impl FnOnce(TracerProviderBuilder) -> TracerProviderBuilder,
    ) -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider =
            configure(SdkTracerProvider::builder().with_simple_exporter(exporter.clone())).build();
        let w3c = from_names("tracecontext,baggage").expect("both names are known");
        let tracer = TracerShim::builder(provider.clone())
            .propagator(w3c)
            .build();
        Self {
            provider,
            tracer,
            exporter,
        }
    }

    /// The finished spans in the order of finishing.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.exporter
            .get_finished_spans()
            .expect("the exporter is not shut down")
    }

    /// The only finished span.
    pub(crate) fn span(&self) -> SpanData {
        let mut spans = self.spans();
        assert_eq!(spans.len(), 1, "one span was expected: {spans:#?}");
        spans.remove(0)
    }

    pub(crate) fn named(&self, name: &str) -> SpanData {
        self.spans()
            .into_iter()
            .find(|span| span.name == name)
            .unwrap_or_else(|| panic!("no span is named {name}"))
    }

    pub(crate) fn inject(&self, context: &SpanContext) -> HashMap<String, String> {
        let mut headers = HashMap::new();
        self.tracer
            .inject(context, Format::HttpHeaders, &mut headers)
            .expect("all of it can be written");
        headers
    }

    pub(crate) fn extract(&self, headers: &[(&str, &str)]) -> Option<SpanContext> {
        self.tracer
            .extract(Format::HttpHeaders, &headers)
            .expect("nothing in it is corrupt")
    }
}

pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const PARENT: &str = "b7ad6b7169203331";
pub(crate) const SAMPLED: [(&str, &str); 1] = [(
    "traceparent",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)];

/// All values of an attribute: more than one is a fault.
pub(crate) fn attribute(span: &SpanData, key: &str) -> Vec<Value> {
    span.attributes
        .iter()
        .filter(|pair| pair.key.as_str() == key)
        .map(|pair| pair.value.clone())
        .collect()
}

pub(crate) fn event_attribute(span: &SpanData, event: usize, key: &str) -> Vec<Value> {
    let attributes = &span.events.events[event].attributes;
    attributes
        .iter()
        .filter(|pair| pair.key.as_str() == key)
        .map(|pair| pair.value.clone())
        .collect()
}

pub(crate) fn is_root(span: &SpanData) -> bool {
    span.parent_span_id == SpanId::INVALID
}

pub(crate) fn is_child_of(child: &SpanData, parent: &SpanData) -> bool {
    child.parent_span_id == parent.span_context.span_id()
        && child.span_context.trace_id() == parent.span_context.trace_id()
}

/// The references that a span has kept as links: type and span id.
pub(crate) fn links(span: &SpanData) -> Vec<(String, SpanId)> {
    span.links
        .links
        .iter()
        .map(|link| {
            assert_eq!(link.attributes.len(), 1);
            assert_eq!(link.attributes[0].key.as_str(), "opentracing.ref_type");
            (
                link.attributes[0].value.to_string(),
                link.span_context.span_id(),
            )
        })
        .collect()
}

pub(crate) fn items(context: &SpanContext) -> Vec<(String, String)> {
    context
        .baggage_items()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

pub(crate) fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}
