//! The mock tracer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::span::{OpenSpan, State};
use super::{MockReference, MockSpan, MockSpanContext};
use crate::api::backend::{ScopeGuard, TracerBackend};
use crate::api::{
    Baggage, CloseError, ExtractCarrier, ExtractError, Format, InjectCarrier, InjectError,
    Reference, Span, SpanContext, SpanStart, Tracer,
};
use crate::scope::LocalScopes;

const TRACE_ID: &str = "mock-trace-id";
const SPAN_ID: &str = "mock-span-id";
const BAGGAGE_PREFIX: &str = "mock-baggage-";

/// Remembers the spans of its [`tracer`](Self::tracer) once they are finished. Clones share what they remember.
///
/// Contexts travel as `TextMap` and `HttpHeaders`; `Binary` is refused as a format that is not offered. There are no links
/// here: what [`SpanContext::to_link`] gives is no reference.
#[derive(Clone, Debug)]
pub struct MockTracer(Arc<Backend>);

#[derive(Debug)]
struct Backend {
    scopes: LocalScopes,
    finished: Arc<Mutex<Vec<MockSpan>>>,
    is_closed: AtomicBool,
}

impl MockTracer {
    /// A tracer that remembers nothing yet.
    pub fn new() -> Self {
        static TRACERS: AtomicU64 = AtomicU64::new(1);

        Self(Arc::new(Backend {
            scopes: LocalScopes::new(TRACERS.fetch_add(1, Ordering::Relaxed)),
            finished: Arc::default(),
            is_closed: AtomicBool::new(false),
        }))
    }

    /// The handle that instrumented code takes.
    pub fn tracer(&self) -> Tracer {
        Tracer::from_backend(self.0.clone())
    }

    /// The finished spans in the order of finishing.
    pub fn finished_spans(&self) -> Vec<MockSpan> {
        self.0
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The id of a span of this tracer, also while it is open; 0 for any other.
    pub fn span_id(&self, span: &Span) -> u64 {
        span.context()
            .backend::<MockSpanContext>()
            .map_or(0, |context| context.span_id)
    }

    /// Forgets all finished spans.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// mock.tracer().build_span("set up").start().finish();
    /// mock.reset();
    /// assert!(mock.finished_spans().is_empty());
    /// ```
    pub fn reset(&self) {
        self.0
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Default for MockTracer {
    fn default() -> Self {
        Self::new()
    }
}

impl Backend {
    /// The parent: by reference, else the active span.
    fn parent(&self, start: &SpanStart) -> Option<MockSpanContext> {
        match start.parent() {
            Some(reference) => mock_context(reference).cloned(),
            None if start.ignores_active_span() => None,
            None => self
                .scopes
                .active()?
                .backend::<OpenSpan>()
                .map(OpenSpan::mock_context),
        }
    }
}

impl TracerBackend for Backend {
    fn start(&self, start: SpanStart) -> Span {
        static IDS: AtomicU64 = AtomicU64::new(1);

        if self.is_closed.load(Ordering::Relaxed) {
            return Span::noop();
        }
        let parent = self.parent(&start);
        let mut baggage = parent
            .as_ref()
            .map_or_else(Baggage::new, |parent| parent.baggage.clone());
        for context in start.references().iter().filter_map(mock_context) {
            baggage.union(&context.baggage);
        }
        let references = start
            .references()
            .iter()
            .filter_map(|reference| {
                let span_id = mock_context(reference)?.span_id;
                Some(MockReference {
                    kind: reference.kind(),
                    span_id,
                })
            })
            .collect();
        let span_id = IDS.fetch_add(1, Ordering::Relaxed);
        let time = start.start_time.unwrap_or_else(SystemTime::now);
        let mut record = MockSpan {
            operation_name: start.operation_name,
            trace_id: parent.as_ref().map_or(span_id, |parent| parent.trace_id),
            span_id,
            parent_id: parent.map(|parent| parent.span_id),
            references,
            tags: Vec::new(),
            logs: Vec::new(),
            baggage,
            start: time,
            finish: time,
        };
        for (key, value) in start.tags.iter() {
            record.set_tag(key.to_owned().into(), value);
        }
        Span::from_backend(Arc::new(OpenSpan {
            scopes: self.scopes,
            finished: self.finished.clone(),
            state: Mutex::new(State {
                record,
                is_finished: false,
            }),
        }))
    }

    fn active_span(&self) -> Option<Span> {
        self.scopes.active()
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
        if !is_supported(format) {
            return Err(InjectError::UnsupportedFormat(format!("{format:?}")));
        }
        let Some(context) = context.backend::<MockSpanContext>() else {
            return if context.is_noop() {
                Ok(())
            } else {
                Err(InjectError::ForeignContext)
            };
        };
        // What one entry is refused for says nothing about the others: all are tried, the first refusal is told.
        let mut written = carrier.set(TRACE_ID, context.trace_id.to_string());
        written = written.and(carrier.set(SPAN_ID, context.span_id.to_string()));
        for (key, value) in &context.baggage {
            written = written.and(carrier.set(&format!("{BAGGAGE_PREFIX}{key}"), value.to_owned()));
        }
        Ok(written?)
    }

    fn extract(
        &self,
        format: Format<'_>,
        carrier: &dyn ExtractCarrier,
    ) -> Result<Option<SpanContext>, ExtractError> {
        if !is_supported(format) {
            return Err(ExtractError::UnsupportedFormat(format!("{format:?}")));
        }
        let (Some(trace_id), Some(span_id)) = (id(carrier, TRACE_ID)?, id(carrier, SPAN_ID)?)
        else {
            return Ok(None);
        };
        let mut baggage = Baggage::new();
        carrier.visit(&mut |name, value| {
            let prefix = name.get(..BAGGAGE_PREFIX.len());
            if prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(BAGGAGE_PREFIX)) {
                baggage.insert(&name[BAGGAGE_PREFIX.len()..], value);
            }
        });
        Ok(Some(SpanContext::from_backend(Arc::new(MockSpanContext {
            trace_id,
            span_id,
            baggage,
        }))))
    }

    fn close(&self) -> Result<(), CloseError> {
        self.is_closed.store(true, Ordering::Relaxed);
        Ok(())
    }
}

fn is_supported(format: Format<'_>) -> bool {
    matches!(format, Format::TextMap | Format::HttpHeaders)
}

fn mock_context(reference: &Reference) -> Option<&MockSpanContext> {
    reference.context().backend()
}

fn id(carrier: &dyn ExtractCarrier, key: &str) -> Result<Option<u64>, ExtractError> {
    carrier
        .get(key)
        .map(|text| {
            let corrupted = |_| ExtractError::Corrupted {
                header: key.to_owned(),
                reason: "no number",
            };
            text.parse().map_err(corrupted)
        })
        .transpose()
}
