#![doc = include_str!("../README.md")]

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use cf_rustracing::span::{SpanConsumer, SpanReference};
use cf_rustracing::tag::{Tag, TagValue};
use cf_rustracing_jaeger::span::{FinishedSpan, SpanContextState};
use opentracing_shim_legacy::opentelemetry::{Key, StringValue, Value};
use opentracing_shim_legacy::opentelemetry_sdk::trace::SpanData;
use opentracing_shim_legacy::{Counts, Ids, Reference, ReferenceKind, Reporter, SpanRecord};

/// The set-once settings, the application's own provider, and the flush, as the drop-in packages have them.
pub mod otel {
    pub use opentracing_shim_legacy::{
        ConfigureError, InstallError, Protocol, ReplayIds, ReplaySampler, Settings, configure,
        counts, flush, install, is_installed,
    };
}

/// Hands finished spans to OpenTelemetry: to the application's own provider if one is [installed](otel::install), else to the
/// exporter of its service.
///
/// It never blocks. A span that finds the exporter's queue full is lost, and [counted](Self::counts).
#[derive(Debug)]
pub struct OtelSpanConsumer {
    reporter: Reporter,
    /// One word in the log is enough: the counts say the rest.
    has_warned: AtomicBool,
}

impl OtelSpanConsumer {
    /// A consumer for the service of this name. No connection is made. An empty name leaves it to `OTEL_SERVICE_NAME`.
    #[must_use]
    pub fn new(service_name: impl Into<String>) -> Self {
        Self {
            reporter: Reporter::new(service_name),
            has_warned: AtomicBool::new(false),
        }
    }

    /// Says more of the service, as `add_service_tag` of the reporters does.
    #[must_use]
    pub fn service_tag(mut self, tag: &Tag) -> Self {
        self.reporter
            .add_tag(tag.name().to_owned(), value(tag.value()));
        self
    }

    /// What became of the spans of this service so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.reporter.counts()
    }
}

impl SpanConsumer<SpanContextState> for OtelSpanConsumer {
    fn consume_span(&self, span: FinishedSpan) {
        if let Err(error) = self.reporter.report([convert(&span)])
            && !self.has_warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(%error, "a finished span was not sent");
        }
    }
}

/// A finished span as OpenTelemetry has it, for those who have a way of their own to send it.
#[must_use]
pub fn convert(span: &FinishedSpan) -> SpanData {
    let state = span.context().state();
    let name = span.operation_name().to_owned();
    let mut record = SpanRecord::new(name, ids(state), span.start_time(), span.finish_time());
    record.reserve(span.tags().len(), span.logs().len());
    if let Some(debug_id) = state.debug_id() {
        record.debug_id(debug_id);
    }
    for reference in span.references() {
        let kind = match reference {
            SpanReference::ChildOf(_) => ReferenceKind::ChildOf,
            SpanReference::FollowsFrom(_) => ReferenceKind::FollowsFrom,
        };
        let to = reference.span();
        record.reference(Reference {
            kind,
            ids: ids(to),
            // The crate does not tell a context that came in from one that did not.
            is_remote: false,
            debug_id: to.debug_id(),
        });
    }
    for tag in span.tags() {
        record.tag(tag.name().to_owned(), value(tag.value()));
    }
    for log in span.logs() {
        let fields = log.fields().iter();
        let field = fields.map(|field| -> (Key, StringValue) {
            (
                field.name().to_owned().into(),
                field.value().to_owned().into(),
            )
        });
        record.log(log.time(), field);
    }
    record.finish()
}

fn ids(state: &SpanContextState) -> Ids {
    let trace_id = state.trace_id();
    Ids {
        trace_high: trace_id.high,
        trace_low: trace_id.low,
        span_id: state.span_id(),
        flags: state.flags(),
    }
}

fn value(value: &TagValue) -> Value {
    match value {
        TagValue::String(text) => Cow::clone(text).into(),
        TagValue::Boolean(value) => (*value).into(),
        TagValue::Integer(value) => (*value).into(),
        TagValue::Float(value) => (*value).into(),
    }
}
