//! One provider; a tracer of OpenTracing and a subscriber of `tracing` over it.

use std::env;
use std::sync::Arc;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentracing_shim::{SpanKindMapping, Tracer, TracerShim, propagation};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

pub(crate) type Propagator = Arc<dyn TextMapPropagator + Send + Sync>;

pub(crate) struct Telemetry {
    tracer: Tracer,
    propagator: Propagator,
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
    let formats = || propagation::from_names(&propagators).expect("OTEL_PROPAGATORS names formats");
    let tracer = TracerShim::builder(provider.clone())
        .propagator(formats())
        // Without this, `span.kind` is a tag like others, and no service graph is drawn.
        .span_kind(SpanKindMapping::FromTag { keep_tag: false })
        .build();
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("shop"))
        // Source positions, thread ids and idle times: attributes that nobody asked for.
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        // Without the hint, every `trace!` of every library would be asked about.
        .with_filter(filter_fn(is_ours).with_max_level_hint(Level::INFO));
    tracing_subscriber::registry().with(spans).init();
    Telemetry {
        tracer,
        propagator: Arc::new(formats()),
        provider,
    }
}

/// Libraries make spans of `tracing` too, among them those that send ours.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
}

impl Telemetry {
    pub(crate) fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    pub(crate) fn propagator(&self) -> Propagator {
        Arc::clone(&self.propagator)
    }

    /// Sends what is finished, of both.
    pub(crate) fn shutdown(self) {
        if let Err(error) = self.provider.shutdown() {
            eprintln!("spans may be lost: {error}");
        }
    }
}
