//! Starts spans and moves their contexts in and out of carriers.

use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanBuilder, Tracer as OtelTracer};

use super::baggage;
use super::builder::{CloseHook, Options, SpanKindMapping};
use super::carrier::{CarrierInjector, Propagator};
use super::foreign::ForeignSpan;
use super::reference::{Origin, Referred};
use super::scope;
use super::span::BridgeSpan;
use super::span_context::BridgeContext;
use super::tag::StartTags;
use super::teardown;
use super::tracers::Tracers;
use crate::api::backend::{ScopeGuard, TracerBackend};
use crate::api::{
    CloseError, ExtractCarrier, ExtractError, Format, InjectCarrier, InjectError, Span,
    SpanContext, SpanStart,
};

/// The tag that names the request which somebody wants to see traced.
const DEBUG_ID: &str = "jaeger-debug-id";

pub(super) struct BridgeTracer<T> {
    otel: Tracers<T>,
    text_map: Propagator,
    http_headers: Propagator,
    span_kind: SpanKindMapping,
    is_closed: AtomicBool,
    on_close: Mutex<Option<CloseHook>>,
}

impl<T> BridgeTracer<T> {
    pub(super) fn new(otel: Tracers<T>, options: Options) -> Self {
        Self {
            otel,
            text_map: options.text_map,
            http_headers: options.http_headers,
            span_kind: options.span_kind,
            is_closed: AtomicBool::new(false),
            on_close: Mutex::new(options.on_close),
        }
    }

    fn wire(&self, format: Format<'_>) -> Option<Wire<'_>> {
        match format {
            Format::TextMap => Some(Wire::Text(&self.text_map)),
            Format::HttpHeaders => Some(Wire::Text(&self.http_headers)),
            Format::Binary => Some(Wire::Binary),
            Format::Custom(_) => None,
        }
    }
}

/// How a format is written.
enum Wire<'a> {
    Text(&'a Propagator),
    Binary,
}

impl<T> TracerBackend for BridgeTracer<T>
where
    T: OtelTracer + Send + Sync + 'static,
    T::Span: Send + Sync + 'static,
{
    fn start(&self, mut start: SpanStart) -> Span {
        let tags = StartTags::new(start.tags.take(), self.span_kind);
        let operation_name = mem::take(&mut start.operation_name);
        let Referred { parent, links } = Referred::of(start.references());
        let origin = teardown::with_current(|current| Origin::of(&start, parent, current));
        if self.is_closed.load(Ordering::Acquire) {
            return ForeignSpan::after_close(&origin).into_span();
        }
        let mut attributes = tags.attributes;
        if let Some(id) = origin.debug_id {
            attributes.push(KeyValue::new(DEBUG_ID, id.clone()));
        }
        let builder = SpanBuilder {
            span_kind: tags.kind,
            name: operation_name,
            start_time: start.start_time,
            attributes: Some(attributes),
            events: None,
            links: Some(links),
        };
        // Never `build`: it would take the ambient context as parent, and keep it borrowed while samplers run.
        let start = || {
            self.otel
                .here()
                .build_with_context(builder, &origin.context)
        };
        Span::from_backend(BridgeSpan::open(start, origin.baggage, tags.status))
    }

    fn active_span(&self) -> Option<Span> {
        scope::active_span()
    }

    fn activate_none(&self) -> Box<dyn ScopeGuard> {
        scope::activate_none()
    }

    fn inject(
        &self,
        context: &SpanContext,
        format: Format<'_>,
        carrier: &mut dyn InjectCarrier,
    ) -> Result<(), InjectError> {
        let Some(wire) = self.wire(format) else {
            return Err(InjectError::UnsupportedFormat(format!("{format:?}")));
        };
        let Some(context) = context.backend::<BridgeContext>() else {
            return if context.is_noop() {
                Ok(())
            } else {
                Err(InjectError::ForeignContext)
            };
        };
        let propagator = match wire {
            Wire::Binary => return context.inject_binary(carrier),
            Wire::Text(propagator) => propagator,
        };
        // Other values of the ambient context stay, for propagators that write more than the trace.
        let cx = teardown::with_current(|current| context.write_to(current, &context.baggage));
        let cx = scope::without_live_baggage(cx);
        let mut injector = CarrierInjector::new(carrier);
        propagator.with(|propagator| propagator.inject_context(&cx, &mut injector));
        injector.finish()?;
        baggage::check_written(&context.baggage, &cx)
    }

    fn extract(
        &self,
        format: Format<'_>,
        carrier: &dyn ExtractCarrier,
    ) -> Result<Option<SpanContext>, ExtractError> {
        match (self.wire(format), carrier.bytes()) {
            (Some(Wire::Binary), Some(bytes)) => BridgeContext::extract_binary(bytes),
            (Some(Wire::Text(propagator)), None) => {
                propagator.with(|propagator| BridgeContext::extract(propagator, carrier))
            }
            (Some(_), _) => Err(ExtractError::WrongCarrier),
            (None, _) => Err(ExtractError::UnsupportedFormat(format!("{format:?}"))),
        }
    }

    fn close(&self) -> Result<(), CloseError> {
        self.is_closed.store(true, Ordering::Release);
        let hook = self
            .on_close
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(hook) = hook else { return Ok(()) };
        match catch_unwind(AssertUnwindSafe(hook)) {
            Ok(closed) => closed.map_err(CloseError::Failed),
            Err(_panic) => Err(CloseError::Panicked),
        }
    }
}

impl<T> fmt::Debug for BridgeTracer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BridgeTracer")
            .field("span_kind", &self.span_kind)
            .finish_non_exhaustive()
    }
}
