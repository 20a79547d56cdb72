//! An export request of traces. Every field may be missing or `null`, which is its default in protobuf.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{self as trace, span};
use serde::Deserialize;

use super::common::{KeyValue, Resource, Scope, id, integer, list};
use super::scalars::{Id, Integer};

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
struct ScopeSpans {
    scope: Option<Scope>,
    spans: Option<Vec<Span>>,
    schema_url: Option<String>,
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

// === into protobuf ===

impl From<ResourceSpans> for trace::ResourceSpans {
    fn from(json: ResourceSpans) -> Self {
        Self {
            resource: json.resource.map(Into::into),
            scope_spans: list(json.scope_spans),
            schema_url: json.schema_url.unwrap_or_default(),
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
