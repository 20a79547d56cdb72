//! One provider for two APIs: a tracer for OpenTracing code, a subscriber for `tracing` code, and one way into headers and
//! out of them.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentracing_shim::{Format, Span, SpanContext, SpanKindMapping, Tracer, TracerShim};
use pipeline::{Census, Counts, Pipeline, PipelineError, Settings};
use tracing::{Dispatch, Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

/// What a service's flow files call to be traced.
#[derive(Clone, Debug)]
pub struct Telemetry {
    tracer: Tracer,
    propagator: Arc<dyn TextMapPropagator + Send + Sync>,
}

/// A service's telemetry, from start to flush.
#[derive(Debug)]
pub struct Instrumentation {
    /// For the flow files.
    pub telemetry: Telemetry,
    /// For the threads of the service's runtime.
    pub dispatch: Dispatch,
    pipeline: Pipeline,
}

/// Sets telemetry up for one service; nothing of it is global.
///
/// Both APIs stand on one pipeline: the same provider, so that spans of both leave in one stream and one flush sends what is
/// left of either; and the same propagators, so that it does not matter which of them reads or writes headers.
///
/// # Errors
///
/// If the settings cannot be used.
pub fn start(service: &str, settings: &Settings) -> Result<Instrumentation, PipelineError> {
    let pipeline = Pipeline::start(settings)?;

    let builder = match pipeline.provider() {
        Some(provider) => TracerShim::builder(provider.clone()),
        None => TracerShim::builder(NoopTracerProvider::new()),
    };
    let tracer = builder
        .propagator(pipeline.propagator())
        .span_kind(SpanKindMapping::FromTag { keep_tag: false })
        .build();

    let spans = pipeline.provider().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(env!("CARGO_PKG_NAME")))
            // Source positions, thread ids and idle times: six to eight attributes that nobody asked for.
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_level(false)
            .with_target(false)
            // Without the hint, every `trace!` of every library would be asked about.
            .with_filter(filter_fn(is_ours).with_max_level_hint(Level::INFO))
    });
    let subscriber = tracing_subscriber::registry()
        .with(spans)
        .with(pipeline.log_records())
        .with(logging::layer(service, pipeline::ambient_ids));
    let dispatch = Dispatch::new(subscriber);

    pipeline.report_to(&dispatch);
    Ok(Instrumentation {
        telemetry: Telemetry {
            tracer,
            propagator: Arc::new(pipeline.propagator()),
        },
        dispatch,
        pipeline,
    })
}

/// What is exported of what `tracing` makes: this stage's spans.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
}

impl Instrumentation {
    /// With which trace headers the service is called.
    #[must_use]
    pub fn census(&self) -> Census {
        self.pipeline.census()
    }

    /// Sends what is left, of both APIs. Blocks for `budget` at most.
    pub fn shutdown(&self, budget: Duration) -> Counts {
        self.pipeline.shutdown(budget)
    }
}

impl Telemetry {
    /// The tracer of OpenTracing code.
    #[must_use]
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// The context that came with a request. Headers that cannot be read give none.
    #[must_use]
    pub fn extract(&self, headers: &HeaderMap) -> Option<SpanContext> {
        readable(self.tracer.extract(Format::HttpHeaders, headers))
    }

    /// The context that came with a message.
    #[must_use]
    pub fn extract_message(&self, headers: &HashMap<String, String>) -> Option<SpanContext> {
        readable(self.tracer.extract(Format::TextMap, headers))
    }

    /// The headers that take an OpenTracing span's context to the service that is called.
    #[must_use]
    pub fn inject(&self, span: &Span) -> HeaderMap {
        let mut headers = HeaderMap::new();
        written(self.tracer.inject(span, Format::HttpHeaders, &mut headers));
        headers
    }

    /// The headers that take the context of the current span, whoever started it, to whoever handles the message.
    #[must_use]
    pub fn inject_message(&self) -> HashMap<String, String> {
        let mut headers = HashMap::new();
        self.propagator
            .inject_context(&Context::current(), &mut headers);
        headers
    }
}

/// Headers come from outside: what is wrong with them must not fail a request.
fn readable<E: Display>(extracted: Result<Option<SpanContext>, E>) -> Option<SpanContext> {
    extracted.unwrap_or_else(|error| {
        log::debug!("A trace context could not be read: {error}");
        None
    })
}

fn written<E: Display>(injected: Result<(), E>) {
    if let Err(error) = injected {
        log::debug!("A trace context could not be written: {error}");
    }
}
