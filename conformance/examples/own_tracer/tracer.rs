//! Starts spans and moves contexts in and out of carriers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use opentracing_shim::api::SpanStart;
use opentracing_shim::api::backend::{ScopeGuard, TracerBackend};
use opentracing_shim::{
    Baggage, CloseError, ExtractCarrier, ExtractError, Format, InjectCarrier, InjectError, Span,
    SpanContext, Tracer,
};

use crate::scope;
use crate::span::{LedgerContext, LedgerSpan, Page};

/// `<trace>-<span>` in decimal.
const IDS: &str = "ledger-ids";
const BAGGAGE: &str = "ledger-baggage-";

/// The pages of the spans that its tracer has finished. Clones are handles to the same ledger.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<Page>>>);

impl Ledger {
    pub(crate) fn tracer(&self) -> Tracer {
        Tracer::from_backend(Arc::new(LedgerTracer(self.clone())))
    }

    pub(crate) fn pages(&self) -> Vec<Page> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn add(&self, page: Page) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.push(page);
    }
}

#[derive(Debug)]
struct LedgerTracer(Ledger);

impl TracerBackend for LedgerTracer {
    fn start(&self, start: SpanStart) -> Span {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let active = || scope::active().filter(|_| !start.ignores_active_span());
        let parent = match start.parent() {
            Some(reference) => Some(reference.context().clone()),
            None => active().map(|span| span.context()),
        };
        let parent = parent
            .as_ref()
            .and_then(SpanContext::backend::<LedgerContext>);
        // The parent's value wins over those of the other references.
        let others = start.references().iter().rev();
        let mut baggage = Baggage::new();
        let others = others.map(|reference| reference.context().baggage());
        for items in others.chain(parent.map(|parent| parent.baggage.clone())) {
            for (key, value) in &items {
                baggage.insert(key, value);
            }
        }
        let tags = start.tags();
        let page = Page {
            name: start.operation_name().to_owned(),
            trace: parent.map_or(id, |parent| parent.trace),
            id,
            parent: parent.map(|parent| parent.id),
            tags: tags.map(|(key, value)| (key.to_owned(), value)).collect(),
            logs: 0,
            end: SystemTime::UNIX_EPOCH,
        };
        Span::from_backend(Arc::new(LedgerSpan::new(self.0.clone(), page, baggage)))
    }

    fn active_span(&self) -> Option<Span> {
        scope::active()
    }

    fn activate_none(&self) -> Box<dyn ScopeGuard> {
        scope::activate(None)
    }

    fn inject(
        &self,
        context: &SpanContext,
        format: Format<'_>,
        carrier: &mut dyn InjectCarrier,
    ) -> Result<(), InjectError> {
        if !is_text(format) {
            return Err(InjectError::UnsupportedFormat(format!("{format:?}")));
        }
        let Some(context) = context.backend::<LedgerContext>() else {
            return Err(InjectError::ForeignContext);
        };
        carrier.set(IDS, format!("{}-{}", context.trace, context.id))?;
        for (key, value) in &context.baggage {
            carrier.set(&format!("{BAGGAGE}{key}"), value.to_owned())?;
        }
        Ok(())
    }

    fn extract(
        &self,
        format: Format<'_>,
        carrier: &dyn ExtractCarrier,
    ) -> Result<Option<SpanContext>, ExtractError> {
        if !is_text(format) {
            return Err(ExtractError::UnsupportedFormat(format!("{format:?}")));
        }
        let Some(ids) = carrier.get(IDS) else {
            return Ok(None);
        };
        let (trace, id) = parse(ids).ok_or_else(|| ExtractError::Corrupted {
            header: IDS.to_owned(),
            reason: "no two numbers",
        })?;
        let mut baggage = Baggage::new();
        carrier.visit(&mut |name, value| {
            if let Some(key) = name.to_lowercase().strip_prefix(BAGGAGE) {
                baggage.insert(key, value);
            }
        });
        let context = LedgerContext { trace, id, baggage };
        Ok(Some(SpanContext::from_backend(Arc::new(context))))
    }

    fn close(&self) -> Result<(), CloseError> {
        Ok(())
    }
}

fn is_text(format: Format<'_>) -> bool {
    matches!(format, Format::TextMap | Format::HttpHeaders)
}

fn parse(ids: &str) -> Option<(u64, u64)> {
    let (trace, id) = ids.split_once('-')?;
    Some((trace.parse().ok()?, id.parse().ok()?))
}
