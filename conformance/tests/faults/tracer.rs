//! A tracer that hands everything on to another one, but for its fault.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use opentracing_shim::api::SpanStart;
use opentracing_shim::api::backend::{
    Attachment, LoggedFields, ScopeGuard, SpanBackend, SpanContextBackend, TracerBackend,
};
use opentracing_shim::{
    Baggage, CloseError, ExtractCarrier, ExtractError, FinishOptions, Format, InjectCarrier,
    InjectError, Span, SpanContext, TagValue, Tracer,
};

use crate::fault::Fault;
use crate::scopes::Scopes;

/// `inner` with a fault, or without.
pub(crate) fn wrap(inner: Tracer, fault: Option<Fault>) -> Tracer {
    let scopes = Scopes::new(fault);
    Tracer::from_backend(Arc::new(Faulty {
        inner,
        fault,
        scopes,
    }))
}

#[derive(Debug)]
struct Faulty {
    inner: Tracer,
    fault: Option<Fault>,
    scopes: Scopes,
}

impl Faulty {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn span(&self, inner: Span) -> Span {
        Span::from_backend(Arc::new(FaultySpan {
            inner,
            fault: self.fault,
            scopes: self.scopes.clone(),
            tags: AtomicU64::new(0),
            is_finished: AtomicBool::new(false),
        }))
    }
}

impl TracerBackend for Faulty {
    fn start(&self, start: SpanStart) -> Span {
        let name = start.operation_name().to_owned();
        let mut builder = self.inner.build_span(name).ignore_active_span();
        let references = start.references();
        if !self.has(Fault::NoReferences) {
            for reference in references {
                builder = builder.reference(reference.kind(), reference.context());
            }
        }
        let ignores = start.ignores_active_span() && !self.has(Fault::NoIgnoreFlag);
        if references.is_empty() && !ignores && !self.has(Fault::NoInheritance) {
            builder = builder.child_of(self.scopes.active());
        }
        for (key, value) in start.tags() {
            if !self.has(Fault::NoTags) {
                builder = builder.tag(key.to_owned(), value);
            }
        }
        if let Some(time) = start.start_time() {
            builder = builder.start_time(time);
        }
        let inner = builder.start();
        if self.has(Fault::NeverEnds) {
            // A handle that is never dropped.
            std::mem::forget(inner.clone());
        }
        let span = self.span(inner);
        if self.has(Fault::StartsActive) {
            // Dropping the guard as it is closes nothing.
            drop(self.scopes.activate(Some(span.clone())));
        }
        span
    }

    fn active_span(&self) -> Option<Span> {
        match self.scopes.active() {
            None if self.has(Fault::AlwaysActive) => {
                Some(self.span(self.inner.build_span("some").start()))
            }
            Some(active) if self.has(Fault::AnotherHandle) => Some(self.span(active)),
            active => active,
        }
    }

    fn activate_none(&self) -> Box<dyn ScopeGuard> {
        self.scopes.activate(None)
    }

    fn inject(
        &self,
        context: &SpanContext,
        format: Format<'_>,
        carrier: &mut dyn InjectCarrier,
    ) -> Result<(), InjectError> {
        if self.has(Fault::UnstableInject) {
            static CALLS: AtomicU64 = AtomicU64::new(0);
            let call = CALLS.fetch_add(1, Ordering::Relaxed);
            carrier.set("call", call.to_string())?;
            return Ok(());
        }
        match self.inner.inject(context, format, carrier) {
            Err(InjectError::UnsupportedFormat(_)) if self.has(Fault::AnyFormat) => Ok(()),
            Err(InjectError::Carrier(refused)) if self.has(Fault::PanicsOnRefusal) => {
                panic!("{refused}")
            }
            Err(InjectError::ForeignContext) if self.has(Fault::ForeignContexts) => Ok(()),
            result => result,
        }
    }

    fn extract(
        &self,
        format: Format<'_>,
        carrier: &dyn ExtractCarrier,
    ) -> Result<Option<SpanContext>, ExtractError> {
        if self.has(Fault::InventsContexts) {
            return Ok(Some(self.inner.build_span("invented").start().context()));
        }
        let read = if self.has(Fault::CaseSensitive) {
            self.inner.extract(format, &CaseSensitive(carrier))
        } else {
            self.inner.extract(format, carrier)
        };
        match read {
            Err(ExtractError::UnsupportedFormat(_)) if self.has(Fault::AnyFormat) => Ok(None),
            Err(ExtractError::Corrupted { .. }) if self.has(Fault::SilentOnCorruption) => Ok(None),
            result => result,
        }
    }

    fn close(&self) -> Result<(), CloseError> {
        self.inner.close()
    }
}

/// Hides the entries whose names are not in lower case.
struct CaseSensitive<'c>(&'c dyn ExtractCarrier);

impl ExtractCarrier for CaseSensitive<'_> {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str)) {
        self.0.visit(&mut |name, value| {
            if name.to_lowercase() == name {
                visitor(name, value);
            }
        });
    }
}

#[derive(Debug)]
struct FaultySpan {
    inner: Span,
    fault: Option<Fault>,
    scopes: Scopes,
    /// How many tags were set.
    tags: AtomicU64,
    is_finished: AtomicBool,
}

impl FaultySpan {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn assert_open(&self) {
        let is_finished = self.is_finished.load(Ordering::Relaxed);
        assert!(
            !(is_finished && self.has(Fault::PanicsAfterEnd)),
            "the span is finished"
        );
    }
}

impl SpanBackend for FaultySpan {
    fn context(&self) -> SpanContext {
        if self.has(Fault::SameIds) {
            return SpanContext::from_backend(Arc::new(SameIds(self.inner.context().baggage())));
        }
        self.inner.context()
    }

    fn set_operation_name(&self, name: Cow<'static, str>) {
        self.assert_open();
        if !self.has(Fault::NoNames) {
            self.inner.set_operation_name(name);
        }
    }

    fn set_tag(&self, key: Cow<'static, str>, value: TagValue) {
        self.assert_open();
        let is_first = self.tags.fetch_add(1, Ordering::Relaxed) == 0;
        if !self.has(Fault::NoTags) && (is_first || !self.has(Fault::FirstTagWins)) {
            self.inner.set_tag(key, value);
        }
    }

    fn log(&self, time: Option<SystemTime>, fields: LoggedFields) {
        self.assert_open();
        let fields = fields.iter().map(|(key, value)| (key.to_owned(), value));
        match time {
            _ if self.has(Fault::NoLogs) => &self.inner,
            Some(time) => self.inner.log_at(time, fields),
            None => self.inner.log(fields),
        };
    }

    fn set_baggage_item(&self, key: Arc<str>, value: Arc<str>) {
        let is_first = self.inner.context().baggage_items().next().is_none();
        if !self.has(Fault::NoBaggage) && (is_first || !self.has(Fault::OneBaggageItem)) {
            self.inner.set_baggage_item(key, value);
        }
    }

    fn baggage_item(&self, key: &str) -> Option<String> {
        self.inner.baggage_item(key)
    }

    fn finish(&self, options: FinishOptions) {
        self.is_finished.store(true, Ordering::Relaxed);
        if self.has(Fault::NeverEnds) {
            return;
        }
        if self.has(Fault::OwnEndTime) {
            self.inner.finish();
        }
        self.inner.finish_with(options);
    }

    fn activate(self: Arc<Self>) -> Box<dyn ScopeGuard> {
        let scopes = self.scopes.clone();
        scopes.activate(Some(Span::from_backend(self)))
    }

    fn attachment(self: Arc<Self>) -> Box<dyn Attachment> {
        Box::new(FaultyAttachment {
            fault: self.fault,
            scopes: self.scopes.clone(),
            span: Span::from_backend(self),
        })
    }
}

struct FaultyAttachment {
    fault: Option<Fault>,
    scopes: Scopes,
    span: Span,
}

impl Attachment for FaultyAttachment {
    fn run(&mut self, work: &mut dyn FnMut()) {
        match self.fault {
            Some(Fault::TasksHaveNone) => work(),
            Some(Fault::TasksLeak) => {
                // Dropping the guard as it is closes nothing.
                drop(self.scopes.activate(Some(self.span.clone())));
                work();
            }
            _ => self.span.in_scope(work),
        }
    }
}

#[derive(Debug)]
struct SameIds(Baggage);

impl SpanContextBackend for SameIds {
    fn trace_id(&self) -> String {
        "1".to_owned()
    }

    fn span_id(&self) -> String {
        "1".to_owned()
    }

    fn is_sampled(&self) -> bool {
        true
    }

    fn baggage(&self) -> &Baggage {
        &self.0
    }
}
