//! From a batch to OTLP, by the rules of the Collector's translator, on which Jaeger 2 relies too.
//!
//! Nothing of OTLP is invented: what Jaeger keeps in tags (kind, status, the name of an event) goes where OTLP has it. The
//! reference types of OpenTracing stay visible as `opentracing.ref_type` on links.

use std::collections::HashMap;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{self as otlp, ResourceSpans, ScopeSpans, Status};

use super::batch::{Batch, Log, Process, Reference, Span, Tag, TraceId};

const SAMPLED: i32 = 1;

pub(super) fn batch(batch: Batch) -> ResourceSpans {
    ResourceSpans {
        resource: Some(resource(batch.process)),
        scope_spans: vec![ScopeSpans {
            spans: batch.spans.into_iter().map(span).collect(),
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    }
}

fn resource(process: Process) -> Resource {
    let service = Tag {
        key: "service.name".to_owned(),
        value: Any::StringValue(process.service),
    };
    // A service without a name has none, rather than an empty one.
    let named = !matches!(&service.value, Any::StringValue(name) if name.is_empty());
    let tags = named.then_some(service).into_iter().chain(process.tags);
    let mut attributes = Attributes::new(tags);
    attributes.rename("hostname", "host.name", |host| host);
    // A name from the days of OpenCensus; nothing newer was agreed upon.
    attributes.rename("jaeger.version", "opencensus.exporterversion", |version| {
        Any::StringValue(format!("Jaeger-{}", into_text(version)))
    });
    Resource {
        attributes: attributes.into_otlp(),
        ..Resource::default()
    }
}

fn span(span: Span) -> otlp::Span {
    let parent = parent(&span);
    let mut attributes = Attributes::new(span.tags);
    let kind = attributes
        .take("span.kind")
        .map_or(SpanKind::Unspecified, kind);
    let status = status(&mut attributes, kind);
    otlp::Span {
        trace_id: trace_id(span.trace_id),
        span_id: span_id(span.span_id),
        parent_span_id: if parent == 0 {
            Vec::new()
        } else {
            span_id(parent)
        },
        flags: u32::from(span.flags & SAMPLED != 0),
        name: span.operation,
        kind: kind as i32,
        start_time_unix_nano: unix_nanos(span.start),
        end_time_unix_nano: unix_nanos(span.start.wrapping_add(span.duration)),
        attributes: attributes.into_otlp(),
        events: span.logs.into_iter().map(event).collect(),
        links: links(&span.references, parent),
        status,
        ..otlp::Span::default()
    }
}

/// The declared parent; else the first reference within the trace, one of `CHILD_OF` if there is any.
fn parent(span: &Span) -> i64 {
    if span.parent_span_id != 0 {
        return span.parent_span_id;
    }
    let within = || {
        span.references
            .iter()
            .filter(|reference| reference.trace_id == span.trace_id)
    };
    within()
        .find(|reference| reference.child_of)
        .or_else(|| within().next())
        .map_or(0, |reference| reference.span_id)
}

/// All references but the one that OTLP expresses as the parent.
fn links(references: &[Reference], parent: i64) -> Vec<Link> {
    let others = references
        .iter()
        .filter(|reference| !(reference.child_of && reference.span_id == parent));
    others
        .map(|reference| {
            let ref_type = if reference.child_of {
                "child_of"
            } else {
                "follows_from"
            };
            let ref_type = Any::StringValue(ref_type.to_owned());
            Link {
                trace_id: trace_id(reference.trace_id),
                span_id: span_id(reference.span_id),
                attributes: vec![attribute("opentracing.ref_type".to_owned(), ref_type)],
                ..Link::default()
            }
        })
        .collect()
}

fn event(log: Log) -> Event {
    let mut fields = Attributes::new(log.fields);
    Event {
        time_unix_nano: unix_nanos(log.time),
        name: fields.take("event").map(into_text).unwrap_or_default(),
        attributes: fields.into_otlp(),
        ..Event::default()
    }
}

fn kind(value: Any) -> SpanKind {
    match into_text(value).as_str() {
        "client" => SpanKind::Client,
        "server" => SpanKind::Server,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        "internal" => SpanKind::Internal,
        _ => SpanKind::Unspecified,
    }
}

/// The tag `error` decides; then `otel.status_code`, from senders that know it; then the HTTP status.
fn status(attributes: &mut Attributes, kind: SpanKind) -> Option<Status> {
    let mut found = None;
    if attributes.get("error") == Some(&Any::BoolValue(true)) {
        attributes.take("error");
        let described = attributes.take("otel.status_description").map(into_text);
        let message = described.unwrap_or_else(|| http_status_text(attributes));
        found = Some((StatusCode::Error, message));
    }
    if let Some(code) = attributes.take("otel.status_code") {
        found = found.or_else(|| {
            let code = match into_text(code).to_uppercase().as_str() {
                "OK" => StatusCode::Ok,
                "ERROR" => StatusCode::Error,
                _ => StatusCode::Unset,
            };
            let described = attributes.take("otel.status_description").map(into_text);
            Some((code, described.unwrap_or_default()))
        });
    } else if found.is_none() && is_failed_http(attributes.get("http.status_code"), kind) {
        found = Some((StatusCode::Error, http_status_text(attributes)));
    }
    found.map(|(code, message)| Status {
        code: code as i32,
        message,
    })
}

/// By the semantic conventions: what a client did wrong is no failure of the server.
fn is_failed_http(status: Option<&Any>, kind: SpanKind) -> bool {
    let status = match status {
        Some(Any::IntValue(status)) => Some(*status),
        Some(Any::StringValue(text)) => text.parse().ok(),
        _ => None,
    };
    match status {
        None => false,
        Some(400..500) if kind == SpanKind::Server => false,
        Some(status) => !(100..399).contains(&status),
    }
}

fn http_status_text(attributes: &Attributes) -> String {
    match attributes.get("http.status_message") {
        Some(Any::StringValue(text)) => text.clone(),
        _ => String::new(),
    }
}

/// Microseconds; what overflows wraps around, as in the translator.
fn unix_nanos(micros: i64) -> u64 {
    micros.cast_unsigned().wrapping_mul(1_000)
}

fn trace_id(id: TraceId) -> Vec<u8> {
    [id.high.to_be_bytes(), id.low.to_be_bytes()].concat()
}

fn span_id(id: i64) -> Vec<u8> {
    id.to_be_bytes().to_vec()
}

fn attribute(key: String, value: Any) -> KeyValue {
    KeyValue {
        key,
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// A tag that should be text and is not counts as empty.
fn into_text(value: Any) -> String {
    match value {
        Any::StringValue(text) => text,
        _ => String::new(),
    }
}

/// Tags by distinct keys: of those that a client repeated, OTLP has room for the last value, in the place of the first.
#[derive(Debug)]
struct Attributes(Vec<(String, Any)>);

impl Attributes {
    fn new(tags: impl IntoIterator<Item = Tag>) -> Self {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut distinct: Vec<(String, Any)> = Vec::new();
        for Tag { key, value } in tags {
            match places.get(&key) {
                Some(&at) => distinct[at].1 = value,
                None => {
                    places.insert(key.clone(), distinct.len());
                    distinct.push((key, value));
                }
            }
        }
        Self(distinct)
    }

    fn get(&self, key: &str) -> Option<&Any> {
        let found = self.0.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value)
    }

    fn take(&mut self, key: &str) -> Option<Any> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        // The translator fills a gap with the last one, and a trace that is asked for raw shows that order.
        Some(self.0.swap_remove(at).1)
    }

    /// Leaves the tag as it is if the new name is taken.
    fn rename(&mut self, from: &str, to: &str, convert: impl FnOnce(Any) -> Any) {
        if self.get(to).is_some() {
            return;
        }
        if let Some(at) = self.0.iter().position(|(name, _)| name == from) {
            let (_, value) = self.0.swap_remove(at);
            self.0.push((to.to_owned(), convert(value)));
            // To where the old one was.
            let last = self.0.len() - 1;
            self.0.swap(at, last);
        }
    }

    fn into_otlp(self) -> Vec<KeyValue> {
        let attributes = self.0.into_iter();
        attributes
            .map(|(key, value)| attribute(key, value))
            .collect()
    }
}
