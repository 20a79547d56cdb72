//! A span that native code started, as OpenTracing code meets it; and contexts without a span but with baggage.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext as OtelSpanContext, TraceContextExt};

use super::baggage;
use super::log::Event;
use super::reference::Origin;
use super::scope::{self, BridgeAttachment};
use super::span_context::{BridgeContext, without_span};
use super::tag::error_status;
use crate::api::backend::{Attachment, LoggedFields, ScopeGuard, SpanBackend};
use crate::api::{Baggage, FinishOptions, Span, SpanContext, TagValue};
use crate::attributes::attribute;

/// Wraps the span of a context. It is not ours, so tags and status are written through at once and the SDK's rules
/// apply: a tag set twice is there twice.
pub(super) struct ForeignSpan {
    /// A span cannot be cloned out of a context, but the context that holds it can.
    cx: Context,
    state: Mutex<State>,
}

struct State {
    baggage: Baggage,
    context: Option<SpanContext>,
}

impl ForeignSpan {
    /// The span of `cx`, with `baggage`.
    pub(super) fn of(cx: &Context, baggage: Baggage) -> Self {
        Self::new(cx.clone(), baggage)
    }

    /// What a closed tracer starts: nothing is recorded, ids and baggage of the parent go on.
    pub(super) fn after_close(origin: &Origin<'_>) -> Self {
        let parent = origin.context.span().span_context().clone();
        // The parent itself may be in that context, and must not get the writes meant for its child.
        let cx = if parent == OtelSpanContext::NONE {
            without_span(&origin.context)
        } else {
            origin.context.with_remote_span_context(parent)
        };
        Self::new(cx, origin.baggage.clone())
    }

    pub(super) fn into_span(self) -> Span {
        Span::from_backend(Arc::new(self))
    }

    fn new(cx: Context, baggage: Baggage) -> Self {
        Self {
            cx,
            state: Mutex::new(State {
                baggage,
                context: None,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_event(&self, time: Option<SystemTime>, event: Event) {
        match time {
            Some(time) => {
                self.cx
                    .span()
                    .add_event_with_timestamp(event.name, time, event.attributes)
            }
            None => self.cx.span().add_event(event.name, event.attributes),
        }
    }
}

impl SpanBackend for ForeignSpan {
    fn context(&self) -> SpanContext {
        let state = &mut *self.lock();
        let otel = || self.cx.span().span_context().clone();
        let make = || BridgeContext::new(otel(), state.baggage.clone()).into_context();
        state.context.get_or_insert_with(make).clone()
    }

    fn set_operation_name(&self, name: Cow<'static, str>) {
        self.cx.span().update_name(name);
    }

    fn set_tag(&self, key: Cow<'static, str>, value: TagValue) {
        let attribute = attribute(key, value);
        match error_status(&attribute) {
            Some(status) => self.cx.span().set_status(status),
            None => self.cx.span().set_attribute(attribute),
        }
    }

    fn log(&self, time: Option<SystemTime>, fields: LoggedFields) {
        self.add_event(time, Event::new(fields));
    }

    fn log_event(&self, event: Cow<'static, str>) {
        self.add_event(None, Event::named(event));
    }

    fn set_baggage_item(&self, key: Arc<str>, value: Arc<str>) {
        baggage::report_key(&key);
        let mut state = self.lock();
        state.context = None;
        state.baggage.insert(key, value);
    }

    fn baggage_item(&self, key: &str) -> Option<String> {
        self.lock().baggage.get(key).map(ToOwned::to_owned)
    }

    fn finish(&self, options: FinishOptions) {
        for log in options.logs {
            self.add_event(
                log.time.or(options.time),
                Event::new(log.fields.into_iter().collect()),
            );
        }
        match options.time {
            Some(time) => self.cx.span().end_with_timestamp(time),
            None => self.cx.span().end(),
        }
    }

    fn activate(self: Arc<Self>) -> Box<dyn ScopeGuard> {
        let (cx, baggage) = (self.cx.clone(), self.lock().baggage.clone());
        scope::activate(cx, Span::from_backend(self), baggage)
    }

    fn attachment(self: Arc<Self>) -> Box<dyn Attachment> {
        Box::new(BridgeAttachment::new(
            self.cx.clone(),
            Span::from_backend(self),
        ))
    }
}

impl fmt::Debug for ForeignSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignSpan")
            .field("cx", &self.cx)
            .finish_non_exhaustive()
    }
}
