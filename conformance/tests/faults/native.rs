//! Faults of a bridge to OpenTelemetry, which only the cases that need both APIs can see.

use std::collections::BTreeSet;

use conformance::kit::{Capability, Case, FinishedSpan, Kit, Native, Probe, Subject};
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use opentracing_shim::TracerShim;

use crate::fault::Fault;
use crate::tracer;

/// Names and parents are enough here.
struct Exported(InMemorySpanExporter);

impl Probe for Exported {
    fn finished_spans(&self) -> Option<Vec<FinishedSpan>> {
        let spans = self.0.get_finished_spans().ok()?;
        let finished = spans.iter().map(|span| {
            let context = &span.span_context;
            let [trace, id] = [
                context.trace_id().to_string(),
                context.span_id().to_string(),
            ];
            let known = FinishedSpan::new(span.name.as_ref(), trace, id);
            match span.parent_span_id {
                SpanId::INVALID => known,
                parent => known.parent_id(parent.to_string()),
            }
        });
        Some(finished.collect())
    }
}

fn needs_native(case: &Case) -> bool {
    case.needs().contains(&Capability::Native)
}

/// The bridge behind scopes of somebody else's, which OpenTelemetry does not see.
fn failed(fault: Option<Fault>) -> BTreeSet<&'static str> {
    let kit = Kit::new(move || {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let tracer = TracerShim::builder(provider.clone()).build();
        Subject::new(tracer::wrap(tracer, fault))
            .probe(Exported(exporter))
            .native(Native::new(provider))
    });
    kit.run_where(needs_native).failed().collect()
}

/// The faults: to be invisible alone, to empty the context, to forget baggage.
#[test]
fn each_mixed_case_is_failed_by_some_fault() {
    let faults = [None, Some(Fault::BlankContext), Some(Fault::NoBaggage)];
    let failed: BTreeSet<&str> = faults.into_iter().flat_map(failed).collect();

    for case in Kit::cases().filter(|case| needs_native(case)) {
        assert!(failed.contains(case.id()), "{} passes", case.id());
    }
}

#[test]
fn scopes_that_empty_the_context_fail_the_cases_about_it() {
    let failed = failed(Some(Fault::BlankContext));

    for id in Fault::BlankContext.cases() {
        assert!(failed.contains(id), "{id} passes");
    }
}
