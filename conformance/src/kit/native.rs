//! The OpenTelemetry half of a tracer that has one.

use std::fmt;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt;

/// Starts spans through OpenTelemetry's own API, for the cases in which a program uses both.
#[derive(Clone)]
pub struct Native {
    start: Arc<dyn Fn(&'static str) -> Context + Send + Sync>,
    dispatch: Arc<dyn Fn() -> Dispatch + Send + Sync>,
}

impl Native {
    /// Over the provider that the OpenTracing tracer records through.
    pub fn new<P>(provider: P) -> Self
    where
        P: TracerProvider + Clone + Send + Sync + 'static,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        let native = provider.tracer("native");
        Self {
            start: Arc::new(move |name| Context::current_with_span(native.start(name))),
            dispatch: Arc::new(move || {
                let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("tracing"));
                Dispatch::new(tracing_subscriber::registry().with(layer))
            }),
        }
    }

    /// The current context with a new span, a child of the current one.
    pub(super) fn start(&self, name: &'static str) -> Context {
        (self.start)(name)
    }

    /// A `tracing` subscriber with an OpenTelemetry layer.
    pub(super) fn dispatch(&self) -> Dispatch {
        (self.dispatch)()
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native").finish_non_exhaustive()
    }
}
