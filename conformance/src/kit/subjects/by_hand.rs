//! The bridge over a provider that is written by hand against the API, so that nothing of the SDK can be needed.

use std::borrow::Cow;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use opentelemetry::trace::{
    Link, Span, SpanBuilder, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId,
    Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};

use super::shim::{bridge, reference, tag};
use crate::kit::{FinishedSpan, Kit, Native, Probe, Subject};

/// The bridge over a provider of few lines, which does what the API asks for and no more: everything.
pub fn by_hand() -> Kit {
    Kit::new(|| {
        let provider = Provider::default();
        Subject::new(bridge(provider.clone()))
            .probe(provider.clone())
            .native(Native::new(provider))
    })
}

/// Remembers the spans that ended. Clones share what they remember.
#[derive(Clone, Debug, Default)]
struct Provider {
    finished: Arc<Mutex<Vec<FinishedSpan>>>,
    last_id: Arc<AtomicU64>,
}

impl Provider {
    fn finished(&self) -> MutexGuard<'_, Vec<FinishedSpan>> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Probe for Provider {
    fn finished_spans(&self) -> Option<Vec<FinishedSpan>> {
        Some(self.finished().clone())
    }
}

impl TracerProvider for Provider {
    type Tracer = Self;

    fn tracer_with_scope(&self, _scope: InstrumentationScope) -> Self {
        self.clone()
    }
}

impl Tracer for Provider {
    type Span = OpenSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> OpenSpan {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let parent = parent.span();
        let parent = parent.span_context();
        let trace = if parent.is_valid() {
            parent.trace_id()
        } else {
            TraceId::from(u128::from(id))
        };
        let context = SpanContext::new(
            trace,
            SpanId::from(id),
            TraceFlags::SAMPLED,
            false,
            parent.trace_state().clone(),
        );
        OpenSpan {
            provider: self.clone(),
            context,
            parent: parent.span_id(),
            record: Some(Record {
                name: builder.name,
                attributes: builder.attributes.unwrap_or_default(),
                links: builder.links.unwrap_or_default(),
                events: builder.events.unwrap_or_default().len(),
                is_error: false,
            }),
        }
    }
}

#[derive(Debug)]
struct OpenSpan {
    provider: Provider,
    context: SpanContext,
    parent: SpanId,
    /// Gone once the span has ended.
    record: Option<Record>,
}

#[derive(Debug)]
struct Record {
    name: Cow<'static, str>,
    attributes: Vec<KeyValue>,
    links: Vec<Link>,
    events: usize,
    is_error: bool,
}

impl OpenSpan {
    fn change(&mut self, change: impl FnOnce(&mut Record)) {
        self.record.as_mut().map(change);
    }
}

impl Span for OpenSpan {
    fn add_event_with_timestamp<T>(&mut self, _name: T, _time: SystemTime, _fields: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        self.change(|record| record.events += 1);
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.record.is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.change(|record| record.attributes.push(attribute));
    }

    fn set_status(&mut self, status: Status) {
        self.change(|record| record.is_error = matches!(status, Status::Error { .. }));
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        self.change(|record| record.name = name.into());
    }

    fn add_link(&mut self, context: SpanContext, attributes: Vec<KeyValue>) {
        self.change(|record| record.links.push(Link::new(context, attributes, 0)));
    }

    fn end_with_timestamp(&mut self, time: SystemTime) {
        let Some(record) = mem::take(&mut self.record) else {
            return;
        };
        let [trace, id] = [
            self.context.trace_id().to_string(),
            self.context.span_id().to_string(),
        ];
        let attributes = record.attributes.iter();
        let ended = FinishedSpan::new(record.name, trace, id)
            .tags(attributes.map(|pair| (pair.key.as_str(), tag(&pair.value))))
            .is_error(record.is_error)
            .references(record.links.iter().map(reference))
            .logs(record.events)
            .finish_time(time);
        let ended = if self.parent == SpanId::INVALID {
            ended
        } else {
            ended.parent_id(self.parent.to_string())
        };
        self.provider.finished().push(ended);
    }
}

/// As the SDK has it: the last handle ends the span.
impl Drop for OpenSpan {
    fn drop(&mut self) {
        self.end();
    }
}
