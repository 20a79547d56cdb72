//! The part of a span that travels to its descendants.

use std::any::Any;
use std::sync::Arc;

use super::backend::SpanContextBackend;
use super::{Baggage, BaggageItems};

/// The identity of a span and its baggage: immutable, cheap to clone, usable after the span has finished.
///
/// Setting baggage on a span gives the span a new context; one that was taken before does not change.
///
/// ```
/// use opentracing_shim::api::mock::MockTracer;
///
/// let mock = MockTracer::new();
/// let tracer = mock.tracer();
/// let span = tracer.build_span("request").start();
/// span.set_baggage_item("tenant", "t1");
/// let context = span.context();
/// span.finish();
///
/// assert!(!context.to_trace_id().is_empty());
/// assert_eq!(context.baggage_items().collect::<Vec<_>>(), [("tenant", "t1")]);
/// tracer.build_span("afterwards").follows_from(&context).start();
/// ```
#[derive(Clone, Debug, Default)]
pub struct SpanContext(Option<Arc<dyn SpanContextBackend>>);

impl SpanContext {
    /// A context that refers to nothing and carries nothing.
    pub const fn noop() -> Self {
        Self(None)
    }

    /// The handle to a tracer's own kind of context.
    pub fn from_backend(backend: Arc<dyn SpanContextBackend>) -> Self {
        Self(Some(backend))
    }

    /// This context as one that can be pointed at, but not continued: a span that refers to it keeps the reference and is
    /// neither in its trace nor takes its baggage.
    ///
    /// OpenTracing has no such thing, since its first reference always is the parent. It is for contexts of strangers,
    /// at the public edge. With the bridge the reference becomes a link; tracers that cannot do so forget it.
    ///
    /// ```
    /// # let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    /// # let tracer = opentracing_shim::TracerShim::builder(provider).build();
    /// let stranger = tracer.build_span("of a stranger").start();
    /// stranger.set_baggage_item("tenant", "all of them");
    ///
    /// let request = tracer.build_span("request").follows_from(stranger.context().to_link()).start();
    ///
    /// assert_ne!(request.context().to_trace_id(), stranger.context().to_trace_id());
    /// assert_eq!(request.baggage_item("tenant"), None);
    /// ```
    #[must_use]
    pub fn to_link(&self) -> Self {
        self.0
            .as_ref()
            .and_then(|backend| backend.to_link())
            .unwrap_or_default()
    }

    /// The value of a baggage item.
    pub fn baggage_item(&self, key: &str) -> Option<&str> {
        self.0.as_ref()?.baggage().get(key)
    }

    /// All baggage items.
    pub fn baggage_items(&self) -> BaggageItems<'_> {
        self.0
            .as_ref()
            .map_or(BaggageItems::empty(), |backend| backend.baggage().iter())
    }

    /// The trace id as text, empty when there is no valid one. With the bridge: 32 lower-case hexadecimal digits.
    pub fn to_trace_id(&self) -> String {
        self.0
            .as_ref()
            .map(|backend| backend.trace_id())
            .unwrap_or_default()
    }

    /// The span id as text, empty when there is no valid one. With the bridge: 16 lower-case hexadecimal digits.
    pub fn to_span_id(&self) -> String {
        self.0
            .as_ref()
            .map(|backend| backend.span_id())
            .unwrap_or_default()
    }

    /// Whether the trace is sampled, as far as this context knows.
    pub fn is_sampled(&self) -> bool {
        self.0.as_ref().is_some_and(|backend| backend.is_sampled())
    }

    /// The tracer's own kind of context, if it is a `T`.
    pub fn backend<T: SpanContextBackend>(&self) -> Option<&T> {
        let backend: &dyn Any = self.0.as_deref()?;
        backend.downcast_ref()
    }

    /// The baggage as a set.
    pub fn baggage(&self) -> Baggage {
        self.0
            .as_ref()
            .map(|backend| backend.baggage().clone())
            .unwrap_or_default()
    }

    /// Whether this is the context of [`SpanContext::noop`].
    pub fn is_noop(&self) -> bool {
        self.0.is_none()
    }
}
