//! The context of a span: OpenTelemetry's span context and our baggage.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext as OtelSpanContext, TraceContextExt};

use super::baggage;
use super::carrier::CarrierExtractor;
use super::teardown;
use crate::api::backend::SpanContextBackend;
use crate::api::{Baggage, ExtractCarrier, ExtractError, InjectCarrier, InjectError, SpanContext};
use crate::propagation::{self, BinaryError, ConflictingContext, DebugId, LeftOut, Outcome};

/// What an OpenTracing [`SpanContext`] of the bridge holds. It never changes.
#[derive(Clone, Debug)]
pub(super) struct BridgeContext {
    pub(super) otel: OtelSpanContext,
    pub(super) baggage: Baggage,
    /// What came in as `jaeger-debug-id`; the span that starts from here gets it as a tag.
    pub(super) debug_id: Option<Arc<str>>,
    /// What else came in and names another trace; the span that starts from here gets a link to it.
    pub(super) conflict: Option<Box<ConflictingContext>>,
    /// Never a parent, whatever refers to it.
    pub(super) is_link: bool,
    /// What children start in, made for the first of them.
    context: OnceLock<Context>,
}

impl BridgeContext {
    pub(super) fn new(otel: OtelSpanContext, baggage: Baggage) -> Self {
        Self {
            otel,
            baggage,
            debug_id: None,
            conflict: None,
            is_link: false,
            context: OnceLock::new(),
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
            let _isolated = teardown::attach(teardown::with_current(blank));
            propagator.extract_with_context(&Context::new(), &extractor)
        };
        let otel = cx.span().span_context().clone();
        // A debug id asks for a new trace; it says nothing where there is one.
        let debug_id = cx
            .get::<DebugId>()
            .filter(|_| !otel.is_valid())
            .map(|id| id.0.clone());
        let context = Self {
            debug_id,
            conflict: ConflictingContext::of(&cx).cloned().map(Box::new),
            ..Self::new(otel, baggage::from_otel(&cx))
        };
        if context.is_something() {
            return Ok(Some(context.into_context()));
        }
        match cx.get::<Outcome>() {
            Some(Outcome::Silent) => Ok(None),
            Some(Outcome::Corrupt { header, reason }) => Err(ExtractError::Corrupted {
                header: header.clone().into_owned(),
                reason,
            }),
            None => unexplained(propagator, carrier),
        }
    }

    /// Reads bytes. These hold any key, so the baggage does not have to go through OpenTelemetry's type.
    pub(super) fn extract_binary(bytes: &[u8]) -> Result<Option<SpanContext>, ExtractError> {
        let corrupted = |error: BinaryError| ExtractError::Corrupted {
            header: "run of bytes".to_owned(),
            reason: error.reason(),
        };
        let Some((otel, items)) = propagation::decode(bytes).map_err(corrupted)? else {
            return Ok(None);
        };
        let context = Self::new(otel, items.into_iter().collect());
        Ok(Some(context)
            .filter(Self::is_something)
            .map(Self::into_context))
    }

    /// Writes bytes.
    pub(super) fn inject_binary(&self, carrier: &mut dyn InjectCarrier) -> Result<(), InjectError> {
        let mut bytes = Vec::new();
        let written = propagation::encode(&self.otel, self.baggage.iter(), &mut bytes);
        carrier.append(&bytes)?;
        written.map_err(|LeftOut { items, first }| InjectError::Baggage { items, first })
    }

    /// What the specification lets through: a valid context, a sampled one, or one with baggage.
    fn is_something(&self) -> bool {
        self.otel.is_valid() || self.otel.is_sampled() || !self.baggage.is_empty()
    }

    /// The context for children of this.
    ///
    /// Where this is the active span, that is the current context with all that is in it. Otherwise it has this span and
    /// its baggage and nothing else, as if OpenTelemetry's API had been given the parent by hand.
    #[inline]
    pub(super) fn parent_context(&self, current: &Context) -> Cow<'_, Context> {
        if current.is_telemetry_suppressed() {
            return Cow::Owned(self.write_to(current, &self.baggage));
        }
        let is_active = self.otel.is_valid() && *current.span().span_context() == self.otel;
        if is_active && baggage::holds(current, &self.baggage) {
            return Cow::Owned(current.clone());
        }
        let make = || self.write_to(&Context::new(), &self.baggage);
        Cow::Borrowed(self.context.get_or_init(make))
    }

    /// `cx` with this span and with `baggage`.
    pub(super) fn write_to(&self, cx: &Context, baggage: &Baggage) -> Context {
        // Invalid but sampled is how a debug id asks the sampler for a trace. Any other invalid parent must leave no
        // span slot: the default sampler would take it for an unsampled parent.
        let cx = if self.otel.is_valid() || self.otel.is_sampled() {
            cx.with_remote_span_context(self.otel.clone())
        } else {
            without_span(cx)
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

    fn to_link(&self) -> Option<SpanContext> {
        let mut link = Self::new(self.otel.clone(), Baggage::new());
        link.is_link = true;
        self.otel.is_valid().then(|| link.into_context())
    }
}

/// A propagator of others does not say why it found nothing; if one of its headers is there, that one is to blame.
fn unexplained(
    propagator: &dyn TextMapPropagator,
    carrier: &dyn ExtractCarrier,
) -> Result<Option<SpanContext>, ExtractError> {
    match propagator
        .fields()
        .find(|field| carrier.get(field).is_some())
    {
        Some(field) => {
            let reason = "the propagator made nothing of it";
            Err(ExtractError::Corrupted {
                header: field.to_owned(),
                reason,
            })
        }
        None => Ok(None),
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
