//! An export request of traces. Every field may be missing or `null`, which is its default in protobuf.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{self as common, any_value::Value as Any};
use opentelemetry_proto::tonic::resource::v1 as resource;
use opentelemetry_proto::tonic::trace::v1::{self as trace, span};
use serde::Deserialize;

use super::scalars::{Bytes, Double, Id, Integer};

/// Decodes a body.
pub(in crate::intake) fn request(body: &[u8]) -> serde_json::Result<ExportTraceServiceRequest> {
    let request: Request = serde_json::from_slice(body)?;
    Ok(ExportTraceServiceRequest {
        resource_spans: list(request.resource_spans),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_spans: Option<Vec<ResourceSpans>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    resource: Option<Resource>,
    scope_spans: Option<Vec<ScopeSpans>>,
    schema_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Integer<u32>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeSpans {
    scope: Option<Scope>,
    spans: Option<Vec<Span>>,
    schema_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scope {
    name: Option<String>,
    version: Option<String>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Integer<u32>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    trace_id: Option<Id>,
    span_id: Option<Id>,
    trace_state: Option<String>,
    parent_span_id: Option<Id>,
    flags: Option<Integer<u32>>,
    name: Option<String>,
    kind: Option<Integer<i32>>,
    start_time_unix_nano: Option<Integer<u64>>,
    end_time_unix_nano: Option<Integer<u64>>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Integer<u32>>,
    events: Option<Vec<Event>>,
    dropped_events_count: Option<Integer<u32>>,
    links: Option<Vec<Link>>,
    dropped_links_count: Option<Integer<u32>>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    time_unix_nano: Option<Integer<u64>>,
    name: Option<String>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Integer<u32>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    trace_id: Option<Id>,
    span_id: Option<Id>,
    trace_state: Option<String>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Integer<u32>>,
    flags: Option<Integer<u32>>,
}

#[derive(Deserialize)]
struct Status {
    code: Option<Integer<i32>>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct KeyValue {
    key: Option<String>,
    value: Option<AnyValue>,
}

/// Has one of these, or none. The parser's own limit bounds how deep they are nested.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    int_value: Option<Integer<i64>>,
    double_value: Option<Double>,
    array_value: Option<Values<Self>>,
    kvlist_value: Option<Values<KeyValue>>,
    bytes_value: Option<Bytes>,
}

#[derive(Deserialize)]
struct Values<T> {
    values: Option<Vec<T>>,
}

// === into protobuf ===

fn list<T, U: From<T>>(values: Option<Vec<T>>) -> Vec<U> {
    values.into_iter().flatten().map(U::from).collect()
}

fn integer<T: Default>(value: Option<Integer<T>>) -> T {
    value.unwrap_or_default().0
}

fn id(value: Option<Id>) -> Vec<u8> {
    value.unwrap_or_default().0
}

impl From<ResourceSpans> for trace::ResourceSpans {
    fn from(json: ResourceSpans) -> Self {
        Self {
            resource: json.resource.map(Into::into),
            scope_spans: list(json.scope_spans),
            schema_url: json.schema_url.unwrap_or_default(),
        }
    }
}

impl From<Resource> for resource::Resource {
    fn from(json: Resource) -> Self {
        Self {
            attributes: list(json.attributes),
            dropped_attributes_count: integer(json.dropped_attributes_count),
            ..Self::default()
        }
    }
}

impl From<ScopeSpans> for trace::ScopeSpans {
    fn from(json: ScopeSpans) -> Self {
        Self {
            scope: json.scope.map(Into::into),
            spans: list(json.spans),
            schema_url: json.schema_url.unwrap_or_default(),
        }
    }
}

impl From<Scope> for common::InstrumentationScope {
    fn from(json: Scope) -> Self {
        Self {
            name: json.name.unwrap_or_default(),
            version: json.version.unwrap_or_default(),
            attributes: list(json.attributes),
            dropped_attributes_count: integer(json.dropped_attributes_count),
        }
    }
}

impl From<Span> for trace::Span {
    fn from(json: Span) -> Self {
        Self {
            trace_id: id(json.trace_id),
            span_id: id(json.span_id),
            trace_state: json.trace_state.unwrap_or_default(),
            parent_span_id: id(json.parent_span_id),
            flags: integer(json.flags),
            name: json.name.unwrap_or_default(),
            kind: integer(json.kind),
            start_time_unix_nano: integer(json.start_time_unix_nano),
            end_time_unix_nano: integer(json.end_time_unix_nano),
            attributes: list(json.attributes),
            dropped_attributes_count: integer(json.dropped_attributes_count),
            events: list(json.events),
            dropped_events_count: integer(json.dropped_events_count),
            links: list(json.links),
            dropped_links_count: integer(json.dropped_links_count),
            status: json.status.map(Into::into),
        }
    }
}

impl From<Event> for span::Event {
    fn from(json: Event) -> Self {
        Self {
            time_unix_nano: integer(json.time_unix_nano),
            name: json.name.unwrap_or_default(),
            attributes: list(json.attributes),
            dropped_attributes_count: integer(json.dropped_attributes_count),
        }
    }
}

impl From<Link> for span::Link {
    fn from(json: Link) -> Self {
        Self {
            trace_id: id(json.trace_id),
            span_id: id(json.span_id),
            trace_state: json.trace_state.unwrap_or_default(),
            attributes: list(json.attributes),
            dropped_attributes_count: integer(json.dropped_attributes_count),
            flags: integer(json.flags),
        }
    }
}

impl From<Status> for trace::Status {
    fn from(json: Status) -> Self {
        Self {
            code: integer(json.code),
            message: json.message.unwrap_or_default(),
        }
    }
}

impl From<KeyValue> for common::KeyValue {
    fn from(json: KeyValue) -> Self {
        Self {
            key: json.key.unwrap_or_default(),
            value: json.value.map(Into::into),
            ..Self::default()
        }
    }
}

impl From<AnyValue> for common::AnyValue {
    fn from(json: AnyValue) -> Self {
        let value = json.string_value.map(Any::StringValue);
        let value = value.or_else(|| json.bool_value.map(Any::BoolValue));
        let value = value.or_else(|| json.int_value.map(|value| Any::IntValue(value.0)));
        let value = value.or_else(|| json.double_value.map(|value| Any::DoubleValue(value.0)));
        let value = value.or_else(|| json.bytes_value.map(|value| Any::BytesValue(value.0)));
        let value = value.or_else(|| {
            let values = list(json.array_value?.values);
            Some(Any::ArrayValue(common::ArrayValue { values }))
        });
        let value = value.or_else(|| {
            let values = list(json.kvlist_value?.values);
            Some(Any::KvlistValue(common::KeyValueList { values }))
        });
        Self { value }
    }
}
