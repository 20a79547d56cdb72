//! Active spans of the faulty tracers: a list for each thread, or one for all.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::{Context, ContextGuard};
use opentracing_shim::Span;
use opentracing_shim::api::backend::ScopeGuard;

use crate::fault::Fault;

/// An activation of a tracer: both by number; `None` is the activation of no span.
#[derive(Clone, Debug)]
struct Entry {
    tracer: u64,
    id: u64,
    span: Option<Span>,
}

type Entries = Vec<Entry>;

thread_local! {
    static OF_THIS_THREAD: RefCell<Entries> = const { RefCell::new(Vec::new()) };
}

/// The scopes of one tracer.
#[derive(Clone, Debug)]
pub(crate) struct Scopes {
    tracer: u64,
    fault: Option<Fault>,
    of_all_threads: Arc<Mutex<Entries>>,
}

impl Scopes {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        static TRACERS: AtomicU64 = AtomicU64::new(0);
        Self {
            tracer: TRACERS.fetch_add(1, Ordering::Relaxed),
            fault,
            of_all_threads: Arc::default(),
        }
    }

    pub(crate) fn active(&self) -> Option<Span> {
        self.with(|entries| self.top(entries).and_then(|entry| entry.span.clone()))
    }

    pub(crate) fn activate(&self, span: Option<Span>) -> Box<dyn ScopeGuard> {
        static IDS: AtomicU64 = AtomicU64::new(0);
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        if self.fault != Some(Fault::NoActivation) {
            let tracer = self.tracer;
            self.with(|entries| {
                let is_full = self.fault == Some(Fault::ShallowStack) && entries.len() >= 100;
                assert!(!is_full, "too many scopes");
                entries.push(Entry { tracer, id, span });
            });
        }
        let blank = self.fault == Some(Fault::BlankContext);
        Box::new(Guard {
            scopes: self.clone(),
            id,
            _blank: blank.then(|| Context::new().attach()),
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Entries) -> T) -> T {
        if self.fault == Some(Fault::OneStackForAll) {
            let entries = &mut *self
                .of_all_threads
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            work(entries)
        } else {
            OF_THIS_THREAD.with_borrow_mut(work)
        }
    }

    fn top<'a>(&self, entries: &'a Entries) -> Option<&'a Entry> {
        entries
            .iter()
            .rev()
            .find(|entry| entry.tracer == self.tracer)
    }
}

struct Guard {
    scopes: Scopes,
    id: u64,
    _blank: Option<ContextGuard>,
}

impl ScopeGuard for Guard {
    fn close(self: Box<Self>) -> bool {
        if self.scopes.fault == Some(Fault::ScopesStay) {
            return true;
        }
        let closed = self.scopes.with(|entries| {
            let top = self.scopes.top(entries).map(|entry| entry.id)?;
            let closes_top = self.scopes.fault == Some(Fault::ClosesTheTop);
            let id = if closes_top { top } else { self.id };
            let index = entries.iter().rposition(|entry| entry.id == id)?;
            Some((top == id, entries.remove(index)))
        });
        closed.is_none_or(|(was_active, _entry)| was_active)
    }
}
