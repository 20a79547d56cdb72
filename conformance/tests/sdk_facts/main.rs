//! Facts about `opentelemetry` and `opentelemetry_sdk` 0.33 that a bridge from OpenTracing has to know.
//!
//! None of them is promised by a specification and several are surprises. Each test executes one against the two crates
//! alone, without the bridge, so that an upgrade that changes one is noticed here and not in a user's traces. A failure
//! is therefore no defect of the crates: it says that code built on the old behaviour has to be looked at again.
//!
//! `sampling` is about who gets recorded, `spans` about what a span keeps, `propagation` about headers and baggage,
//! `context` about what is current.

mod context;
mod propagation;
mod sampling;
mod spans;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SdkTracerProvider, ShouldSample, SpanData, TracerProviderBuilder,
};

/// A provider of the test's own, and everything that it exported.
struct Recorded {
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

impl Recorded {
    /// With the sampler that the SDK takes when none is set.
    fn with_default_sampler() -> Self {
        Self::build(SdkTracerProvider::builder())
    }

    fn with_sampler(sampler: impl ShouldSample + 'static) -> Self {
        Self::build(SdkTracerProvider::builder().with_sampler(sampler))
    }

    fn build(builder: TracerProviderBuilder) -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = builder.with_simple_exporter(exporter.clone()).build();
        Self { provider, exporter }
    }

    fn spans(&self) -> Vec<SpanData> {
        self.exporter
            .get_finished_spans()
            .expect("no test panics while it holds the exporter's lock")
    }

    fn only_span(&self) -> SpanData {
        let mut spans = self.spans();
        assert_eq!(spans.len(), 1, "one span was expected, got {spans:?}");
        spans.remove(0)
    }
}

/// The ids of the W3C examples.
const TRACE: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
const SPAN: u64 = 0xb7ad_6b71_6920_3331;

fn remote(trace: u128, span: u64, flags: TraceFlags) -> SpanContext {
    SpanContext::new(
        TraceId::from(trace),
        SpanId::from(span),
        flags,
        true,
        TraceState::default(),
    )
}
