//! The active span, kept in OpenTelemetry's `Context`.

use std::{mem, ptr};

use opentelemetry::baggage::{Baggage as OtelBaggage, BaggageExt};
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};
use opentelemetry::{Context, ContextGuard};

use super::baggage;
use super::foreign::ForeignSpan;
use super::span_context::without_span;
use super::teardown;
use crate::api::backend::{Attachment, ScopeGuard};
use crate::api::{Baggage, Span};

/// What an activation leaves in the context besides the span and the baggage: the way back to our span.
struct ActiveShim {
    /// A no-op span stands for the activation of no span.
    span: Span,
    ids: (TraceId, SpanId),
    /// What of the baggage went into the context; later items are with the span alone.
    baggage: Baggage,
}

impl ActiveShim {
    /// The shim of `cx`, unless native code has put another span on top of it. A context of baggage alone has no ids to
    /// tell it by, so there the baggage has to be the same.
    fn of(cx: &Context) -> Option<&Self> {
        let shim = cx.get::<Self>()?;
        let is_same = shim.ids == ids(cx)
            && (shim.ids.1 != SpanId::INVALID || baggage::holds(cx, &shim.baggage));
        is_same.then_some(shim)
    }

    /// The baggage of the activated span at this moment, whether or not native code has put spans on top of it since.
    fn live(&self) -> Baggage {
        self.span.context().baggage()
    }

    /// The shim of `cx` and its baggage, if that has changed since the activation.
    fn late(cx: &Context) -> Option<(&Self, Baggage)> {
        let shim = cx.get::<Self>()?;
        let live = shim.live();
        (!live.same_as(&shim.baggage)).then_some((shim, live))
    }

    /// Tells one activation from another, also of the same span.
    fn address(cx: &Context) -> Option<usize> {
        cx.get::<Self>().map(|shim| ptr::from_ref(shim).addr())
    }
}

/// The active span: ours if it is on top, else what native code has made current, if that is anything.
pub(super) fn active_span() -> Option<Span> {
    teardown::with_current(|cx| {
        if let Some(shim) = ActiveShim::of(cx) {
            return Some(shim.span.clone()).filter(|span| !span.is_noop());
        }
        let is_empty = !cx.span().span_context().is_valid() && cx.baggage().is_empty();
        if is_empty {
            None
        } else {
            Some(ForeignSpan::of(cx, ambient_baggage(cx)).into_span())
        }
    })
}

/// The baggage that a span started in `cx` inherits.
pub(super) fn ambient_baggage(cx: &Context) -> Baggage {
    match cx.get::<ActiveShim>() {
        Some(shim) => baggage::merge(shim.live(), &shim.baggage, cx),
        None => baggage::from_otel(cx),
    }
}

/// Calls `write` with the baggage of `cx` as our propagators write it: with the items that its span got after it was
/// activated. A context cannot be changed, so everyone else finds them there only after the next activation or poll.
pub(crate) fn with_live_baggage<T>(cx: &Context, write: impl FnOnce(&OtelBaggage) -> T) -> T {
    match ActiveShim::late(cx) {
        Some((shim, live)) => {
            let merged = baggage::merge(live, &shim.baggage, cx);
            write(&baggage::to_otel(&merged))
        }
        None => write(cx.baggage()),
    }
}

/// `cx` with its baggage as it is, for a caller who names the context to be written rather than have the live one.
pub(super) fn without_live_baggage(cx: Context) -> Context {
    if ActiveShim::late(&cx).is_none() {
        return cx;
    }
    cx.with_value(ActiveShim {
        span: Span::noop(),
        ids: (TraceId::INVALID, SpanId::INVALID),
        baggage: Baggage::new(),
    })
}

/// Makes `span` active, `cx` being a context that has it in its span slot.
pub(super) fn activate(cx: Context, span: Span, baggage: Baggage) -> Box<dyn ScopeGuard> {
    Box::new(BridgeGuard::new(shim_context(cx, span, baggage)))
}

/// Makes no span active. The span slot stays empty, so that spans which native code starts meanwhile are recorded.
pub(super) fn activate_none() -> Box<dyn ScopeGuard> {
    activate(
        teardown::with_current(without_span),
        Span::noop(),
        Baggage::new(),
    )
}

fn shim_context(cx: Context, span: Span, baggage: Baggage) -> Context {
    let cx = baggage::replace(cx, &baggage);
    let ids = ids(&cx);
    cx.with_value(ActiveShim { span, ids, baggage })
}

fn ids(cx: &Context) -> (TraceId, SpanId) {
    let span = cx.span();
    let context = span.span_context();
    (context.trace_id(), context.span_id())
}

struct BridgeGuard {
    /// Empty if nothing was attached, because the stack of contexts was full or gone.
    address: Option<usize>,
    guard: Option<ContextGuard>,
}

impl BridgeGuard {
    fn new(cx: Context) -> Self {
        let address = ActiveShim::address(&cx);
        let guard = teardown::attach(cx);
        Self {
            address: address.filter(|_| teardown::with_current(ActiveShim::address) == address),
            guard,
        }
    }
}

impl ScopeGuard for BridgeGuard {
    fn close(self: Box<Self>) -> bool {
        // A scope that was kept in a thread's own data. The stack that it belongs to is gone, or about to.
        if !teardown::has_current_context() {
            mem::forget(self.guard);
            return true;
        }
        let Some(address) = self.address else {
            return true;
        };
        let is_on_top = || teardown::with_current(ActiveShim::address) == Some(address);
        let was_on_top = is_on_top();
        drop(self.guard);
        // Still on top after it is closed: native code has a context over it that was made from it.
        was_on_top && !is_on_top()
    }
}

/// A span that a future makes active at each poll.
pub(super) struct BridgeAttachment {
    /// The other values are those that were current when the future was given its span, for a spawned task has none of
    /// its own.
    cx: Context,
    span: Span,
    baggage: Baggage,
}

impl BridgeAttachment {
    /// `cx` is a context that has `span` in its span slot.
    pub(super) fn new(cx: Context, span: Span) -> Self {
        let baggage = span.context().baggage();
        Self {
            cx: shim_context(cx, span.clone(), baggage.clone()),
            span,
            baggage,
        }
    }

    /// The context to attach; made anew only if the span has got baggage since the last poll.
    fn context(&mut self) -> Context {
        let baggage = self.span.context().baggage();
        if !self.baggage.same_as(&baggage) {
            self.cx = shim_context(self.cx.clone(), self.span.clone(), baggage.clone());
            self.baggage = baggage;
        }
        self.cx.clone()
    }
}

impl Attachment for BridgeAttachment {
    fn run(&mut self, work: &mut dyn FnMut()) {
        let _attached = teardown::attach(self.context());
        work();
    }
}
