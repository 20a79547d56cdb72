//! A span of ours, recorded by OpenTelemetry.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as OtelSpan, SpanContext as OtelSpanContext, Status};

use super::baggage;
use super::log::Event;
use super::native::NativeSpan;
use super::scope::{self, BridgeAttachment};
use super::span_context::BridgeContext;
use super::tag::{HeldTags, error_status};
use super::teardown;
use crate::api::backend::{Attachment, LoggedFields, ScopeGuard, SpanBackend};
use crate::api::{Baggage, FinishOptions, LogRecord, Span, SpanContext, TagValue, tags};
use crate::attributes::attribute;

/// The span behind our handles and behind the one that native code finds in the context.
pub(super) struct BridgeSpan<S: OtelSpan> {
    /// A copy, so that ids need no lock and outlive the span.
    otel: OtelSpanContext,
    /// Fixed at start. What is not recorded need not be kept.
    is_recording: bool,
    /// The context with the baggage of the start, made when first asked for.
    first_context: OnceLock<SpanContext>,
    /// Whether the baggage is another since.
    is_rebagged: AtomicBool,
    /// No code of the caller and no processor runs while this is locked: either may come back to this very span.
    state: Mutex<State<S>>,
}

struct State<S> {
    /// Empty once finished.
    span: Option<S>,
    tags: HeldTags,
    /// Held until the end, because to the SDK `Ok` is final while in OpenTracing the last `error` tag wins.
    status: Option<Status>,
    baggage: Baggage,
    /// The context with the present baggage, where that is not the one of the start.
    context: Option<SpanContext>,
}

impl<S: OtelSpan> BridgeSpan<S> {
    /// A span that is open.
    #[inline]
    pub(super) fn open(
        start: impl FnOnce() -> S,
        baggage: Baggage,
        status: Option<Status>,
    ) -> Arc<Self> {
        // `default` builds in place, `new` would build beside it and move, and a span is large.
        let mut open = Arc::<Self>::default();
        if let Some(this) = Arc::get_mut(&mut open) {
            let state = this.state.get_mut().unwrap_or_else(PoisonError::into_inner);
            let span = state.span.get_or_insert_with(start);
            this.otel = span.span_context().clone();
            this.is_recording = span.is_recording();
            state.baggage = baggage;
            state.status = status;
        }
        open
    }

    pub(super) fn otel_context(&self) -> &OtelSpanContext {
        &self.otel
    }

    pub(super) fn is_recording(&self) -> bool {
        self.is_recording && self.lock().span.is_some()
    }

    /// Calls `change` with the open span, if it is recorded.
    pub(super) fn change(&self, change: impl FnOnce(&mut S)) {
        if self.is_recording
            && let Some(span) = &mut self.lock().span
        {
            change(span);
        }
    }

    #[inline]
    pub(super) fn set_attribute(&self, attribute: KeyValue) {
        self.change_state(|state| state.tags.set(attribute));
    }

    /// Native code sets the status by OpenTelemetry's rule: `Ok` beats an error beats nothing.
    pub(super) fn set_native_status(&self, status: Status) {
        self.change_state(|state| {
            if state.status.as_ref().is_none_or(|held| status > *held) {
                state.status = Some(status);
            }
        });
    }

    /// Ends the span. Only the first call counts. It is ended without the lock: processors run in there.
    pub(super) fn end(&self, options: FinishOptions) {
        let mut guard = self.lock();
        let state = &mut *guard;
        // Taken where it stays: a span is large, and to unwrap it is to move it again.
        let Some(span) = &mut state.span else { return };
        if !options.logs.is_empty() {
            add_logs(span, options.logs, options.time);
        }
        if let Some(tags) = state.tags.drain() {
            for attribute in tags {
                span.set_attribute(attribute);
            }
        }
        if let Some(status) = state.status.take() {
            span.set_status(status);
        }
        let mut taken = state.span.take();
        drop(guard);

        let Some(span) = &mut taken else { return };
        match options.time {
            Some(time) => span.end_with_timestamp(time),
            None => span.end(),
        }
    }

    #[inline]
    fn change_state(&self, change: impl FnOnce(&mut State<S>)) {
        if self.is_recording {
            let mut state = self.lock();
            if state.span.is_some() {
                change(&mut state);
            }
        }
    }

    #[cold]
    fn make_context(&self) -> SpanContext {
        let state = &mut *self.lock();
        let make = || BridgeContext::new(self.otel.clone(), state.baggage.clone()).into_context();
        if self.is_rebagged.load(Ordering::Acquire) {
            state.context.get_or_insert_with(make).clone()
        } else {
            self.first_context.get_or_init(make).clone()
        }
    }

    fn baggage(&self) -> Baggage {
        self.lock().baggage.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cold]
fn add_logs<S: OtelSpan>(span: &mut S, logs: Vec<LogRecord>, end: Option<SystemTime>) {
    for log in logs {
        let event = Event::new(log.fields.into_iter().collect());
        add_event(span, log.time.or(end), event);
    }
}

fn add_event<S: OtelSpan>(span: &mut S, time: Option<SystemTime>, event: Event) {
    match time {
        Some(time) => span.add_event_with_timestamp(event.name, time, event.attributes),
        None => span.add_event(event.name, event.attributes),
    }
}

impl<S: OtelSpan + Send + Sync + 'static> SpanBackend for BridgeSpan<S> {
    #[inline]
    fn context(&self) -> SpanContext {
        if !self.is_rebagged.load(Ordering::Acquire)
            && let Some(context) = self.first_context.get()
        {
            return context.clone();
        }
        self.make_context()
    }

    fn set_operation_name(&self, name: Cow<'static, str>) {
        self.change(|span| span.update_name(name));
    }

    fn set_tag(&self, key: Cow<'static, str>, value: TagValue) {
        if !self.is_recording {
            return;
        }
        let attribute = attribute(key, value);
        let status = error_status(&attribute);
        let state = &mut *self.lock();
        if state.span.is_none() {
            return;
        }
        match status {
            Some(status) => {
                state.status = Some(status);
                state.tags.remove(tags::ERROR);
            }
            None => state.tags.set(attribute),
        }
    }

    fn is_recording(&self) -> bool {
        self.is_recording
    }

    fn log(&self, time: Option<SystemTime>, fields: LoggedFields) {
        self.change(|span| add_event(span, time, Event::new(fields)));
    }

    fn log_event(&self, event: Cow<'static, str>) {
        self.change(|span| add_event(span, None, Event::named(event)));
    }

    fn set_baggage_item(&self, key: Arc<str>, value: Arc<str>) {
        baggage::report_key(&key);
        let mut state = self.lock();
        if state.span.is_some() {
            state.context = None;
            state.baggage.insert(key, value);
            self.is_rebagged.store(true, Ordering::Release);
        }
    }

    fn baggage_item(&self, key: &str) -> Option<String> {
        self.lock().baggage.get(key).map(ToOwned::to_owned)
    }

    fn finish(&self, options: FinishOptions) {
        self.end(options);
    }

    fn activate(self: Arc<Self>) -> Box<dyn ScopeGuard> {
        let baggage = self.baggage();
        let cx = teardown::with_current(|current| NativeSpan::put(&self, current));
        scope::activate(cx, Span::from_backend(self), baggage)
    }

    fn attachment(self: Arc<Self>) -> Box<dyn Attachment> {
        let cx = teardown::with_current(|current| NativeSpan::put(&self, current));
        Box::new(BridgeAttachment::new(cx, Span::from_backend(self)))
    }
}

/// A span that has never been open.
impl<S: OtelSpan> Default for BridgeSpan<S> {
    #[inline]
    fn default() -> Self {
        Self {
            otel: OtelSpanContext::NONE,
            is_recording: false,
            first_context: OnceLock::new(),
            is_rebagged: AtomicBool::new(false),
            state: Mutex::new(State {
                span: None,
                tags: HeldTags::default(),
                status: None,
                baggage: Baggage::new(),
                context: None,
            }),
        }
    }
}

/// The last handle is gone. The span ends now and is exported once, so that forgotten work is seen.
impl<S: OtelSpan> Drop for BridgeSpan<S> {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.span.is_some() {
            self.end(FinishOptions::default());
        }
    }
}

impl<S: OtelSpan> fmt::Debug for BridgeSpan<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BridgeSpan")
            .field("otel", &self.otel)
            .finish_non_exhaustive()
    }
}
