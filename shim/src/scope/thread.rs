//! Active spans of a thread.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::thread;

use crate::api::backend::ScopeGuard;
use crate::api::{Span, Tracer, tags};

/// An activation of a span on this thread. Dropping it makes the span active again that was so before.
///
/// It cannot leave its thread, and must not be held across an `.await`: other tasks would see the span. For async code
/// there is [`SpanFuture::in_span`](super::SpanFuture::in_span).
///
/// Scopes are closed in the reverse order of opening. Closing one that is not the active one changes nothing: the inner
/// one stays active, and no span is finished by it.
///
/// ```
/// use opentracing_shim::api::mock::MockTracer;
///
/// let mock = MockTracer::new();
/// let tracer = mock.tracer();
/// let outer = tracer.build_span("outer").start_active();
/// let inner = tracer.build_span("inner").start_active();
/// assert!(tracer.active_span().is_some_and(|active| active.same_as(inner.span())));
/// drop(inner); // finishes "inner", and "outer" is active again
/// assert!(tracer.active_span().is_some_and(|active| active.same_as(outer.span())));
/// ```
///
/// A task that may move to another thread does not compile with a scope in it:
///
/// ```compile_fail,E0277
/// # use std::future::ready;
/// # use opentracing_shim::Tracer;
/// # fn spawn(_task: impl Future + Send) {}
/// let tracer = Tracer::noop();
/// spawn(async move {
///     let _scope = tracer.build_span("job").start_active();
///     ready(()).await;
/// });
/// ```
#[must_use = "the span is active only until the scope is dropped"]
pub struct Scope {
    span: Span,
    guard: Option<Box<dyn ScopeGuard>>,
    finish_on_close: bool,
    panicking_at_start: bool,
    /// Activations belong to one thread.
    not_send: PhantomData<*const ()>,
}

impl Scope {
    pub(crate) fn new(span: Span, guard: Option<Box<dyn ScopeGuard>>) -> Self {
        Self {
            span,
            guard,
            finish_on_close: false,
            panicking_at_start: thread::panicking(),
            not_send: PhantomData,
        }
    }

    /// The span of this scope; a no-op span if it was made by [`Tracer::activate_none`].
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Chooses whether closing the scope finishes the span. If it does so while a panic unwinds, the span gets the tag
    /// `error` first.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let span = tracer.build_span("request").start();
    /// span.activate().finish_on_close(true).close();
    /// assert_eq!(mock.finished_spans().len(), 1);
    /// ```
    pub fn finish_on_close(mut self, finish: bool) -> Self {
        self.finish_on_close = finish;
        self
    }

    /// Ends the activation. Dropping does the same.
    pub fn close(self) {}
}

impl Drop for Scope {
    fn drop(&mut self) {
        let was_active = self.guard.take().is_none_or(ScopeGuard::close);
        if self.finish_on_close && was_active {
            if thread::panicking() && !self.panicking_at_start {
                self.span.set_tag(tags::ERROR, true);
            }
            self.span.finish();
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("span", &self.span)
            .field("finish_on_close", &self.finish_on_close)
            .finish()
    }
}

/// OpenTracing's scope manager: what a [`Tracer`] knows about active spans.
///
/// ```
/// use opentracing_shim::api::mock::MockTracer;
///
/// let mock = MockTracer::new();
/// let tracer = mock.tracer();
/// let span = tracer.build_span("request").start();
/// let manager = tracer.scope_manager();
/// let scope = manager.activate(&span);
/// let nothing = manager.activate(None);
/// assert!(manager.active_span().is_none());
/// drop(nothing);
/// drop(scope);
/// ```
#[derive(Clone, Debug)]
pub struct ScopeManager(Tracer);

impl ScopeManager {
    pub(crate) fn new(tracer: Tracer) -> Self {
        Self(tracer)
    }

    /// See [`Tracer::active_span`].
    pub fn active_span(&self) -> Option<Span> {
        self.0.active_span()
    }

    /// Makes `span` active; `None` makes it so that no span is active.
    pub fn activate<'a>(&self, span: impl Into<Option<&'a Span>>) -> Scope {
        span.into()
            .map_or_else(|| self.0.activate_none(), |span| self.0.activate(span))
    }
}

/// Active spans of tracers that have no context of their own to keep them in: one stack for each thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LocalScopes {
    /// Tells the tracers of a process apart.
    tracer: u64,
}

struct LocalEntry {
    tracer: u64,
    id: u64,
    /// `None` is the activation of no span.
    span: Option<Span>,
}

#[derive(Default)]
struct LocalStack {
    entries: Vec<LocalEntry>,
    last_id: u64,
}

thread_local! {
    static STACK: RefCell<LocalStack> = RefCell::default();
}

impl LocalScopes {
    pub(crate) fn new(tracer: u64) -> Self {
        Self { tracer }
    }

    pub(crate) fn active(self) -> Option<Span> {
        STACK
            .try_with(|stack| {
                self.top(&stack.borrow())
                    .and_then(|entry| entry.span.clone())
            })
            .ok()
            .flatten()
    }

    pub(crate) fn activate(self, span: Option<Span>) -> Box<dyn ScopeGuard> {
        // While the thread's own data is torn down there is no stack any more, and no one left to ask for the span.
        let id = STACK.try_with(|stack| {
            let mut stack = stack.borrow_mut();
            stack.last_id += 1;
            let id = stack.last_id;
            stack.entries.push(LocalEntry {
                tracer: self.tracer,
                id,
                span,
            });
            id
        });
        Box::new(LocalGuard {
            scopes: self,
            id: id.ok(),
        })
    }

    fn top(self, stack: &LocalStack) -> Option<&LocalEntry> {
        stack
            .entries
            .iter()
            .rev()
            .find(|entry| entry.tracer == self.tracer)
    }
}

struct LocalGuard {
    scopes: LocalScopes,
    id: Option<u64>,
}

impl ScopeGuard for LocalGuard {
    fn close(self: Box<Self>) -> bool {
        let Some(id) = self.id else { return true };
        // The span leaves the stack inside the borrow but is dropped outside, since its end may come back here.
        let closed = STACK.try_with(|stack| {
            let mut stack = stack.borrow_mut();
            let was_active = self.scopes.top(&stack).is_some_and(|entry| entry.id == id);
            let index = stack.entries.iter().rposition(|entry| entry.id == id)?;
            Some((was_active, stack.entries.remove(index)))
        });
        closed
            .ok()
            .flatten()
            .is_none_or(|(was_active, _entry)| was_active)
    }
}
