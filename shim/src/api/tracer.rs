//! The entry point: starts spans, knows the active one, crosses process boundaries.

use std::borrow::Cow;
use std::sync::Arc;

use super::backend::TracerBackend;
use super::{
    CloseError, ExtractCarrier, ExtractError, Format, InjectCarrier, InjectError, Referent, Span,
    SpanBuilder, SpanContext, SpanStart,
};
use crate::scope::{Scope, ScopeManager};

/// Starts spans and carries their contexts across process boundaries. Clones are handles to the same tracer.
///
/// Made by [`TracerShim`](crate::bridge::TracerShim) over OpenTelemetry, by [`MockTracer`](super::mock::MockTracer) for
/// tests, or by [`Tracer::noop`].
#[derive(Clone, Debug, Default)]
pub struct Tracer(Option<Arc<dyn TracerBackend>>);

impl Tracer {
    /// A tracer that does nothing and allocates nothing.
    pub const fn noop() -> Self {
        Self(None)
    }

    /// The handle to a tracer of one's own.
    pub fn from_backend(backend: Arc<dyn TracerBackend>) -> Self {
        Self(Some(backend))
    }

    /// Describes a new span.
    pub fn build_span(&self, operation_name: impl Into<Cow<'static, str>>) -> SpanBuilder<'_> {
        SpanBuilder::new(self, operation_name)
    }

    /// The span that is active on this thread, or in this task.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// fn library(tracer: &opentracing_shim::Tracer) {
    ///     if let Some(span) = tracer.active_span() {
    ///         span.set_tag("library", true);
    ///     }
    /// }
    ///
    /// tracer.build_span("request").start().in_scope(|| library(&tracer));
    /// assert!(mock.finished_spans()[0].tag("library").is_some());
    /// ```
    pub fn active_span(&self) -> Option<Span> {
        self.0.as_ref()?.active_span()
    }

    /// Makes `span` the active one of this thread until the scope is closed. Closing it does not finish the span.
    pub fn activate(&self, span: &Span) -> Scope {
        span.activate()
    }

    /// Makes it so that no span is active on this thread until the scope is closed. Spans started meanwhile are roots.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let _request = tracer.build_span("request").start_active();
    /// let nothing = tracer.activate_none();
    /// assert!(tracer.active_span().is_none());
    /// nothing.close();
    /// assert!(tracer.active_span().is_some());
    /// ```
    pub fn activate_none(&self) -> Scope {
        Scope::new(
            Span::noop(),
            self.0.as_ref().map(|backend| backend.activate_none()),
        )
    }

    /// The same three operations under the name that OpenTracing gives them.
    pub fn scope_manager(&self) -> ScopeManager {
        ScopeManager::new(self.clone())
    }

    /// Writes the context of a span into a carrier.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use opentracing_shim::{api::mock::MockTracer, Format};
    ///
    /// let tracer = MockTracer::new().tracer();
    /// let span = tracer.build_span("call").start();
    /// let mut headers = HashMap::new();
    /// tracer.inject(&span, Format::HttpHeaders, &mut headers)?;
    /// let parent = tracer.extract(Format::HttpHeaders, &headers)?.expect("just written");
    /// assert_eq!(parent.to_span_id(), span.context().to_span_id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the format is not offered or the context belongs to another tracer. If the carrier, or the format, cannot hold
    /// some item, the others are written all the same and the error tells what is missing.
    pub fn inject(
        &self,
        context: impl Referent,
        format: Format<'_>,
        carrier: &mut dyn InjectCarrier,
    ) -> Result<(), InjectError> {
        match (&self.0, context.referent()) {
            (Some(backend), Some(context)) => backend.inject(&context, format, carrier),
            _ => Ok(()),
        }
    }

    /// Reads the context that a caller wrote. `Ok(None)` means that the carrier holds none.
    ///
    /// # Errors
    /// If the format is not offered, or something was there but could not be understood and nothing else was found.
    pub fn extract(
        &self,
        format: Format<'_>,
        carrier: &dyn ExtractCarrier,
    ) -> Result<Option<SpanContext>, ExtractError> {
        self.0
            .as_ref()
            .map_or(Ok(None), |backend| backend.extract(format, carrier))
    }

    /// Flushes and stops. Spans that start later do nothing; further calls return at once.
    ///
    /// # Errors
    /// If what was registered to be closed failed. The tracer is closed all the same.
    pub fn close(&self) -> Result<(), CloseError> {
        self.0.as_ref().map_or(Ok(()), |backend| backend.close())
    }

    pub(super) fn is_noop(&self) -> bool {
        self.0.is_none()
    }

    #[inline(always)]
    pub(super) fn start(&self, start: SpanStart) -> Span {
        match &self.0 {
            Some(backend) => backend.start(start),
            None => Span::noop(),
        }
    }
}
