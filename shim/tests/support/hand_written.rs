//! A tracer provider written by hand against the API alone. It writes down each call that reaches it.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId,
    TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};

/// Remembers calls as lines of text.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandWritten {
    calls: Arc<Mutex<Vec<String>>>,
    ids: Arc<AtomicU64>,
}

impl HandWritten {
    /// All calls so far, in their order.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("no test panics inside").clone()
    }

    fn write(&self, call: String) {
        self.calls.lock().expect("no test panics inside").push(call);
    }
}

impl TracerProvider for HandWritten {
    type Tracer = Self;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> Self {
        self.write(format!("tracer {}", scope.name()));
        self.clone()
    }
}

impl Tracer for HandWritten {
    type Span = HandWrittenSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> HandWrittenSpan {
        let id = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        let parent = parent.span().span_context().clone();
        let trace_id = if parent.is_valid() {
            parent.trace_id()
        } else {
            TraceId::from(u128::from(id))
        };
        let kept = pairs(&builder.attributes.unwrap_or_default());
        let links = builder.links.unwrap_or_default().len();
        self.write(format!("start {} [{kept}] {links} links", builder.name));
        HandWrittenSpan {
            provider: self.clone(),
            context: SpanContext::new(
                trace_id,
                SpanId::from(id),
                TraceFlags::SAMPLED,
                false,
                TraceState::NONE,
            ),
            is_open: true,
        }
    }
}

#[derive(Debug)]
pub(crate) struct HandWrittenSpan {
    provider: HandWritten,
    context: SpanContext,
    is_open: bool,
}

impl HandWrittenSpan {
    fn write(&self, call: &str) {
        let id = u64::from_be_bytes(self.context.span_id().to_bytes());
        self.provider.write(format!("{id} {call}"));
    }
}

impl Span for HandWrittenSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, _time: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        self.write(&format!("event {} [{}]", name.into(), pairs(&attributes)));
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.is_open
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.write(&format!("attribute {}", pairs(&[attribute])));
    }

    fn set_status(&mut self, status: Status) {
        self.write(&format!("status {status:?}"));
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        self.write(&format!("name {}", name.into()));
    }

    fn add_link(&mut self, _context: SpanContext, attributes: Vec<KeyValue>) {
        self.write(&format!("link [{}]", pairs(&attributes)));
    }

    fn end_with_timestamp(&mut self, _time: SystemTime) {
        self.is_open = false;
        self.write("end");
    }
}

fn pairs(attributes: &[KeyValue]) -> String {
    attributes
        .iter()
        .map(|pair| format!("{}={}", pair.key, pair.value))
        .collect::<Vec<_>>()
        .join(" ")
}
