//! What the examples share: a tracer whose spans stay in memory, and a picture of them.

use std::error::Error;
use std::fmt::Write;

use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use opentracing_shim::propagation::from_names;
use opentracing_shim::{Tracer, TracerShim};

/// What an example returns: the text that it prints.
pub(crate) type Outcome = Result<String, Box<dyn Error + Send + Sync>>;

pub(crate) struct Recorded {
    pub(crate) tracer: Tracer,
    exporter: InMemorySpanExporter,
}

impl Recorded {
    /// As in any program, but for the exporter: a provider of OpenTelemetry, and the tracer over it.
    pub(crate) fn new() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let propagator = from_names("tracecontext,baggage").expect("both names are known");
        Self {
            tracer: TracerShim::builder(provider).propagator(propagator).build(),
            exporter,
        }
    }

    /// The finished spans, children below their parents, with tags and logs.
    pub(crate) fn tree(&self) -> Outcome {
        let mut spans = self.exporter.get_finished_spans()?;
        spans.sort_by_key(|span| span.start_time);
        let mut tree = String::new();
        draw(&spans, SpanId::INVALID, 0, &mut tree)?;
        Ok(tree)
    }
}

fn draw(spans: &[SpanData], parent: SpanId, depth: usize, tree: &mut String) -> std::fmt::Result {
    for span in spans.iter().filter(|span| span.parent_span_id == parent) {
        write!(tree, "{:indent$}{}", "", span.name, indent = 2 * depth)?;
        for tag in &span.attributes {
            write!(tree, " {}={}", tag.key, tag.value)?;
        }
        for event in &span.events.events {
            write!(tree, " [{}]", event.name)?;
        }
        if matches!(span.status, Status::Error { .. }) {
            write!(tree, " (error)")?;
        }
        writeln!(tree)?;
        draw(spans, span.span_context.span_id(), depth + 1, tree)?;
    }
    Ok(())
}
