//! A finished span of the legacy crates, on its way to OpenTelemetry's form.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{
    IdGenerator as _, RandomIdGenerator, SpanData, SpanEvents, SpanLinks,
};

use crate::ids::Ids;
use crate::logs;
use crate::references::{Origin, Reference};
use crate::tags::{self, Meaning};

/// A finished span, taken up piece by piece. What a piece becomes is in the table of the [crate's page](crate).
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use opentracing_shim_legacy::{Ids, SpanRecord, opentelemetry::trace::{SpanKind, Status}};
///
/// let ids = Ids { trace_high: 0, trace_low: 0xa, span_id: 0xb, flags: 1 };
/// let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
/// let mut record = SpanRecord::new("query", ids, start, start + Duration::from_millis(3));
/// record.tag("span.kind", "client");
/// record.tag("error", true);
/// record.log(start, [("event", "first row")]);
///
/// let span = record.finish();
/// assert_eq!((span.span_kind, span.status), (SpanKind::Client, Status::error("")));
/// assert_eq!(span.events[0].name, "first row");
/// ```
#[derive(Debug)]
pub struct SpanRecord {
    name: Cow<'static, str>,
    ids: Ids,
    start: SystemTime,
    finish: SystemTime,
    attributes: Vec<KeyValue>,
    kind: SpanKind,
    status: Status,
    events: SpanEvents,
    links: SpanLinks,
    origin: Origin,
    debug_id: Option<String>,
}

impl SpanRecord {
    /// A span without tags, logs and references. One that finishes before it starts is taken to have finished at once.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        ids: Ids,
        start: SystemTime,
        finish: SystemTime,
    ) -> Self {
        Self {
            name: name.into(),
            ids,
            start,
            finish: finish.max(start),
            attributes: Vec::new(),
            kind: SpanKind::Internal,
            status: Status::Unset,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            origin: Origin::default(),
            debug_id: None,
        }
    }

    /// Makes room, so that the tags and logs to come are not moved about.
    pub fn reserve(&mut self, tags: usize, logs: usize) {
        self.attributes.reserve(tags);
        self.events.events.reserve(logs);
    }

    /// Takes up a tag. Names are different ones: the legacy crates keep a single tag of each.
    pub fn tag(&mut self, name: impl Into<Key>, value: impl Into<Value>) {
        let tag = KeyValue::new(name, value);
        match tags::meaning(&tag) {
            Meaning::Attribute => self.attributes.push(tag),
            Meaning::Status(status) => self.status = status,
            Meaning::Kind(kind) => self.kind = kind,
        }
    }

    /// Takes up a log: its time and its fields. One without fields is none.
    pub fn log<F, N, V>(&mut self, time: SystemTime, fields: F)
    where
        F: IntoIterator<Item = (N, V)>,
        N: Into<Key>,
        V: Into<StringValue>,
    {
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        self.events.events.extend(logs::event(time, fields));
    }

    /// Takes up a reference. The order counts, see [`Reference`].
    pub fn reference(&mut self, reference: Reference<'_>) {
        if let Some(debug_id) = reference.debug_id {
            self.debug_id(debug_id);
        }
        self.origin
            .add(&reference, self.ids.trace_id(), &mut self.links.links);
    }

    /// The debug id that the trace was asked for with. The first one counts.
    pub fn debug_id(&mut self, debug_id: &str) {
        self.debug_id.get_or_insert_with(|| debug_id.to_owned());
    }

    /// The span as OpenTelemetry has it.
    ///
    /// It is sampled, whatever its flags say: the legacy crates finish no others. Ids that are zero, which the original
    /// crates give to children of a debug header, are replaced: OTLP refuses a span without.
    #[must_use]
    pub fn finish(mut self) -> SpanData {
        if let Some(debug_id) = self.debug_id {
            self.attributes
                .push(KeyValue::new(tags::DEBUG_ID, debug_id));
        }
        let (mut trace_id, mut span_id) = (self.ids.trace_id(), self.ids.span_id());
        let mut parent = self.origin.parent();
        if trace_id == TraceId::INVALID {
            trace_id = RandomIdGenerator::default().new_trace_id();
            parent = None;
        }
        if span_id == SpanId::INVALID {
            span_id = RandomIdGenerator::default().new_span_id();
        }
        let flags = TraceFlags::SAMPLED;
        SpanData {
            span_context: SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE),
            parent_span_id: parent.map_or(SpanId::INVALID, |parent| parent.span_id),
            parent_span_is_remote: parent.is_some_and(|parent| parent.is_remote),
            span_kind: self.kind,
            name: self.name,
            start_time: self.start,
            end_time: self.finish,
            attributes: self.attributes,
            dropped_attributes_count: 0,
            events: self.events,
            links: self.links,
            status: self.status,
            instrumentation_scope: scope(),
        }
    }
}

/// The scope of all spans that come through here.
pub(crate) fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
        .with_version(env!("CARGO_PKG_VERSION"))
        .build()
}
