//! One provider, and a tracer of OpenTracing over it.

use std::env;

use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentracing_shim::{SpanKindMapping, Tracer, TracerShim, propagation};

pub(crate) struct Telemetry {
    tracer: Tracer,
    provider: SdkTracerProvider,
}

/// Needs a runtime of tokio around it, which the exporter goes on to use.
pub(crate) fn start(service: &'static str) -> Telemetry {
    // Reads OTEL_EXPORTER_OTLP_ENDPOINT. Nothing is connected to yet.
    let exporter = SpanExporter::builder()
        .with_tonic()
        .build()
        .expect("the settings of the exporter can be read");
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name(service).build())
        .with_batch_exporter(exporter)
        .build();
    // The SDK does not read this variable. `fleet` writes and reads the old headers and the new.
    let propagators = env::var("OTEL_PROPAGATORS").unwrap_or_else(|_| "fleet".to_owned());
    let tracer = TracerShim::builder(provider.clone())
        .propagator(propagation::from_names(&propagators).expect("OTEL_PROPAGATORS names formats"))
        // Without this, `span.kind` is a tag like others, and no service graph is drawn.
        .span_kind(SpanKindMapping::FromTag { keep_tag: false })
        .build();
    Telemetry { tracer, provider }
}

impl Telemetry {
    pub(crate) fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    /// Sends what is finished.
    pub(crate) fn shutdown(self) {
        if let Err(error) = self.provider.shutdown() {
            eprintln!("spans may be lost: {error}");
        }
    }
}
