//! The context of a span: OpenTelemetry's span context and our baggage.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext as OtelSpanContext, TraceContextExt};

use super::baggage;
use super::carrier::CarrierExtractor;
use crate::api::backend::SpanContextBackend;
use crate::api::{Baggage, ExtractCarrier, ExtractError, SpanContext};
use crate::propagation::{DebugId, Fault};

/// What an OpenTracing [`SpanContext`] of the bridge holds. It never changes.
#[derive(Clone, Debug)]
pub(super) struct BridgeContext {
    pub(super) otel: OtelSpanContext,
    pub(super) baggage: Baggage,
    /// What came in as `jaeger-debug-id`; the span that starts from here gets it as a tag.
    pub(super) debug_id: Option<Arc<str>>,
}

impl BridgeContext {
    pub(super) fn new(otel: OtelSpanContext, baggage: Baggage) -> Self {
        Self {
            otel,
            baggage,
            debug_id: None,
        }
    }

    pub(super) fn into_context(self) -> SpanContext {
        SpanContext::from_backend(Arc::new(self))
    }

    /// Reads a carrier. What is valid, or sampled, or has baggage is a context; anything else is none.
    pub(super) fn extract(
        propagator: &dyn TextMapPropagator,
        carrier: &dyn ExtractCarrier,
    ) -> Result<Option<SpanContext>, ExtractError> {
        let extractor = CarrierExtractor::new(carrier);
        let cx = {
            // Some propagators answer with the ambient context when they find nothing, the global default among them.
            let _isolated = Context::map_current(blank).attach();
            propagator.extract_with_context(&Context::new(), &extractor)
        };
        let context = Self {
            otel: cx.span().span_context().clone(),
            baggage: baggage::from_otel(&cx),
            debug_id: cx.get::<DebugId>().map(|id| id.0.clone()),
        };
        if context.otel.is_valid() || context.otel.is_sampled() || !context.baggage.is_empty() {
            return Ok(Some(context.into_context()));
        }
        if let Some(fault) = cx.get::<Fault>() {
            return Err(ExtractError::Corrupted {
                header: fault.header.to_owned(),
                reason: fault.reason,
            });
        }
        match propagator
            .fields()
            .find(|field| carrier.get(field).is_some())
        {
            Some(field) => Err(ExtractError::Corrupted {
                header: field.to_owned(),
                reason: "the propagator made nothing of it",
            }),
            None => Ok(None),
        }
    }

    /// The context that makes this the parent, with `baggage` in place of what `current` has.
    pub(super) fn parent_context(&self, current: &Context, baggage: &Baggage) -> Context {
        // Invalid but sampled is how a debug id asks the sampler for a trace. Any other invalid parent must leave no
        // span slot: the default sampler would take it for an unsampled parent.
        let cx = if self.otel.is_valid() || self.otel.is_sampled() {
            current.with_remote_span_context(self.otel.clone())
        } else {
            without_span(current)
        };
        baggage::replace(cx, baggage)
    }
}

impl SpanContextBackend for BridgeContext {
    fn trace_id(&self) -> String {
        if self.otel.is_valid() {
            self.otel.trace_id().to_string()
        } else {
            String::new()
        }
    }

    fn span_id(&self) -> String {
        if self.otel.is_valid() {
            self.otel.span_id().to_string()
        } else {
            String::new()
        }
    }

    fn is_sampled(&self) -> bool {
        self.otel.is_sampled()
    }

    fn baggage(&self) -> &Baggage {
        &self.baggage
    }
}

/// `cx` without its span. The API cannot empty the slot alone, so the other values go with a span that is there.
pub(super) fn without_span(cx: &Context) -> Context {
    if cx.has_active_span() {
        blank(cx)
    } else {
        cx.clone()
    }
}

/// A context of no values that still suppresses telemetry where `cx` does: an exporter must not trace itself.
pub(super) fn blank(cx: &Context) -> Context {
    if cx.is_telemetry_suppressed() {
        Context::new().with_telemetry_suppressed()
    } else {
        Context::new()
    }
}
