//! The constructor: the one place where users meet OpenTelemetry's types.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Span, Tracer as OtelTracer, TracerProvider};

use super::carrier::Propagator;
use super::tracer::BridgeTracer;
use super::tracers::Tracers;
use crate::api::Tracer;
use crate::api::backend::TracerBackend;

/// Name and version of the instrumentation scope that all spans of the bridge have.
pub(crate) const SCOPE_NAME: &str = "opentracing-shim";

/// Makes an OpenTracing [`Tracer`] that records through OpenTelemetry.
///
/// ```
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use opentracing_shim::TracerShim;
///
/// let exporter = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
///
/// let tracer = TracerShim::builder(provider).build();
/// tracer.build_span("hello").tag("greeting", "world").start().finish();
///
/// let spans = exporter.get_finished_spans()?;
/// assert_eq!(spans[0].name, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TracerShim(());

impl TracerShim {
    /// Begins with the provider whose tracer records the spans.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a provider is a handle, and OpenTelemetry's own API takes it so"
    )]
    pub fn builder<P>(provider: P) -> TracerShimBuilder
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as OtelTracer>::Span: Span + Send + Sync + 'static,
    {
        let scope = InstrumentationScope::builder(SCOPE_NAME)
            .with_version(crate::VERSION)
            .build();
        let tracers = Tracers::new(|| provider.tracer_with_scope(scope.clone()));
        TracerShimBuilder {
            build: Box::new(|options| Arc::new(BridgeTracer::new(tracers, options))),
            options: Options::default(),
        }
    }
}

/// What to do with the tag `span.kind`.
///
/// The specification wants the tag to stay an attribute, so every span is `Internal`; service graphs, which look for
/// clients and servers, are then empty. Mapping is therefore offered but never the default.
///
/// ```
/// use opentelemetry::trace::SpanKind;
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use opentracing_shim::{tags, SpanKindMapping, TracerShim};
///
/// let exporter = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
/// let tracer = TracerShim::builder(provider)
///     .span_kind(SpanKindMapping::FromTag { keep_tag: false })
///     .build();
///
/// tracer.build_span("GET").tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT).start().finish();
/// let span = &exporter.get_finished_spans()?[0];
/// assert_eq!(span.span_kind, SpanKind::Client);
/// assert!(span.attributes.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanKindMapping {
    /// The tag is an attribute like any other.
    #[default]
    Off,
    /// A tag given at start becomes the kind of the span. A tag set later remains an attribute, because OpenTelemetry
    /// fixes the kind at start; so does a value that names no kind.
    FromTag {
        /// Whether the attribute is written besides.
        keep_tag: bool,
    },
}

/// Collects the options of a [`TracerShim`].
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use opentracing_shim::{Format, TracerShim, propagation};
///
/// // Old neighbours read text maps, new ones HTTP headers.
/// let tracer = TracerShim::builder(SdkTracerProvider::builder().build())
///     .text_map_propagator(propagation::from_names("jaeger")?)
///     .http_headers_propagator(propagation::from_names("tracecontext,baggage")?)
///     .build();
///
/// let mut headers = http::HeaderMap::new();
/// let span = tracer.build_span("call").start();
/// tracer.inject(&span, Format::HttpHeaders, &mut headers)?;
/// assert!(headers.contains_key("traceparent"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct TracerShimBuilder {
    /// Knows the provider's kind of tracer, so that no user has to name it.
    build: Box<dyn FnOnce(Options) -> Arc<dyn TracerBackend> + Send>,
    options: Options,
}

/// What a caller may choose.
#[derive(Default)]
pub(super) struct Options {
    pub(super) text_map: Propagator,
    pub(super) http_headers: Propagator,
    pub(super) span_kind: SpanKindMapping,
    pub(super) on_close: Option<CloseHook>,
}

pub(super) type CloseHook = Box<dyn FnOnce() -> Result<(), Box<dyn Error + Send + Sync>> + Send>;

impl TracerShimBuilder {
    /// Uses `propagator` for both formats. Without it, OpenTelemetry's global one is looked up at each call.
    pub fn propagator(
        mut self,
        propagator: impl TextMapPropagator + Send + Sync + 'static,
    ) -> Self {
        let propagator = Arc::new(propagator);
        self.options.text_map = Propagator::Given(propagator.clone());
        self.options.http_headers = Propagator::Given(propagator);
        self
    }

    /// Uses `propagator` for [`Format::TextMap`](crate::Format::TextMap).
    pub fn text_map_propagator(
        mut self,
        propagator: impl TextMapPropagator + Send + Sync + 'static,
    ) -> Self {
        self.options.text_map = Propagator::Given(Arc::new(propagator));
        self
    }

    /// Uses `propagator` for [`Format::HttpHeaders`](crate::Format::HttpHeaders).
    pub fn http_headers_propagator(
        mut self,
        propagator: impl TextMapPropagator + Send + Sync + 'static,
    ) -> Self {
        self.options.http_headers = Propagator::Given(Arc::new(propagator));
        self
    }

    /// Chooses what to do with the tag `span.kind`.
    pub fn span_kind(mut self, mapping: SpanKindMapping) -> Self {
        self.options.span_kind = mapping;
        self
    }

    /// Calls `hook` once when the tracer is closed, normally to shut the provider down. OpenTelemetry's API has no way
    /// to do that, so the tracer has to be told how.
    ///
    /// ```
    /// # let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    /// use opentracing_shim::TracerShim;
    ///
    /// let tracer = TracerShim::builder(provider.clone()).on_close(move || provider.shutdown()).build();
    /// tracer.close()?;
    /// # Ok::<(), opentracing_shim::CloseError>(())
    /// ```
    pub fn on_close<E>(mut self, hook: impl FnOnce() -> Result<(), E> + Send + 'static) -> Self
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.options.on_close = Some(Box::new(|| hook().map_err(Into::into)));
        self
    }

    /// Makes the tracer.
    pub fn build(self) -> Tracer {
        Tracer::from_backend((self.build)(self.options))
    }
}

impl fmt::Debug for TracerShimBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerShimBuilder")
            .field("span_kind", &self.options.span_kind)
            .finish_non_exhaustive()
    }
}
