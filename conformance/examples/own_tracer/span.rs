//! Spans: a page that is written until the span is finished, and then goes into the ledger.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use opentracing_shim::api::backend::{
    Attachment, LoggedFields, ScopeGuard, SpanBackend, SpanContextBackend,
};
use opentracing_shim::{Baggage, FinishOptions, Span, SpanContext, TagValue};

use crate::scope;
use crate::tracer::Ledger;

/// What is known of a finished span.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) trace: u64,
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) tags: BTreeMap<String, TagValue>,
    pub(crate) logs: usize,
    pub(crate) end: SystemTime,
}

/// What travels.
#[derive(Clone, Debug)]
pub(crate) struct LedgerContext {
    pub(crate) trace: u64,
    pub(crate) id: u64,
    pub(crate) baggage: Baggage,
}

impl SpanContextBackend for LedgerContext {
    fn trace_id(&self) -> String {
        self.trace.to_string()
    }

    fn span_id(&self) -> String {
        self.id.to_string()
    }

    fn is_sampled(&self) -> bool {
        true
    }

    fn baggage(&self) -> &Baggage {
        &self.baggage
    }
}

#[derive(Debug)]
pub(crate) struct LedgerSpan {
    ledger: Ledger,
    /// The page is gone once the span is finished; the context stays.
    state: Mutex<(Option<Page>, LedgerContext)>,
}

impl LedgerSpan {
    pub(crate) fn new(ledger: Ledger, page: Page, baggage: Baggage) -> Self {
        let context = LedgerContext {
            trace: page.trace,
            id: page.id,
            baggage,
        };
        Self {
            ledger,
            state: Mutex::new((Some(page), context)),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Option<Page>, &mut LedgerContext) -> T) -> T {
        let (page, context) = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        work(page, context)
    }

    fn write(&self, change: impl FnOnce(&mut Page)) {
        self.with(|page, _| page.as_mut().map(change));
    }
}

impl SpanBackend for LedgerSpan {
    fn context(&self) -> SpanContext {
        SpanContext::from_backend(Arc::new(self.with(|_, context| context.clone())))
    }

    fn set_operation_name(&self, name: Cow<'static, str>) {
        self.write(|page| page.name = name.into_owned());
    }

    fn set_tag(&self, key: Cow<'static, str>, value: TagValue) {
        self.write(|page| drop(page.tags.insert(key.into_owned(), value)));
    }

    fn log(&self, _time: Option<SystemTime>, _fields: LoggedFields) {
        self.write(|page| page.logs += 1);
    }

    fn set_baggage_item(&self, key: Arc<str>, value: Arc<str>) {
        self.with(|page, context| {
            if page.is_some() {
                context.baggage.insert(key, value);
            }
        });
    }

    fn baggage_item(&self, key: &str) -> Option<String> {
        self.with(|_, context| context.baggage.get(key).map(ToOwned::to_owned))
    }

    fn finish(&self, options: FinishOptions) {
        let Some(mut page) = self.with(|page, _| page.take()) else {
            return;
        };
        page.logs += options.logs().len();
        page.end = options.time().unwrap_or_else(SystemTime::now);
        self.ledger.add(page);
    }

    fn activate(self: Arc<Self>) -> Box<dyn ScopeGuard> {
        scope::activate(Some(Span::from_backend(self)))
    }

    fn attachment(self: Arc<Self>) -> Box<dyn Attachment> {
        Box::new(Attached(Span::from_backend(self)))
    }
}

/// The last handle is gone: work that nobody finished is seen all the same.
impl Drop for LedgerSpan {
    fn drop(&mut self) {
        self.finish(FinishOptions::new());
    }
}

struct Attached(Span);

impl Attachment for Attached {
    fn run(&mut self, work: &mut dyn FnMut()) {
        self.0.in_scope(work);
    }
}
