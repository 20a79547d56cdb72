//! An export request of log records. Every field may be missing or `null`, which is its default in protobuf.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1 as logs;
use serde::Deserialize;

use super::common::{AnyValue, KeyValue, Resource, Scope, id, integer, list};
use super::scalars::{Id, Integer};

/// Decodes a body.
pub(in crate::intake) fn log_request(body: &[u8]) -> serde_json::Result<ExportLogsServiceRequest> {
    let request: Request = serde_json::from_slice(body)?;
    Ok(ExportLogsServiceRequest {
        resource_logs: list(request.resource_logs),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_logs: Option<Vec<ResourceLogs>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs {
    resource: Option<Resource>,
    scope_logs: Option<Vec<ScopeLogs>>,
    schema_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs {
    scope: Option<Scope>,
    log_records: Option<Vec<LogRecord>>,
    schema_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogRecord {
    time_unix_nano: Option<Integer<u64>>,
    observed_time_unix_nano: Option<Integer<u64>>,
    severity_number: Option<Integer<i32>>,
    severity_text: Option<String>,
    body: Option<AnyValue>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Integer<u32>>,
    flags: Option<Integer<u32>>,
    trace_id: Option<Id>,
    span_id: Option<Id>,
    event_name: Option<String>,
}

impl From<ResourceLogs> for logs::ResourceLogs {
    fn from(json: ResourceLogs) -> Self {
        Self {
            resource: json.resource.map(Into::into),
            scope_logs: list(json.scope_logs),
            schema_url: json.schema_url.unwrap_or_default(),
        }
    }
}

impl From<ScopeLogs> for logs::ScopeLogs {
    fn from(json: ScopeLogs) -> Self {
        Self {
            scope: json.scope.map(Into::into),
            log_records: list(json.log_records),
            schema_url: json.schema_url.unwrap_or_default(),
        }
    }
}

impl From<LogRecord> for logs::LogRecord {
    fn from(json: LogRecord) -> Self {
        Self {
            time_unix_nano: integer(json.time_unix_nano),
            observed_time_unix_nano: integer(json.observed_time_unix_nano),
            severity_number: integer(json.severity_number),
            severity_text: json.severity_text.unwrap_or_default(),
            body: json.body.map(Into::into),
            attributes: list(json.attributes),
            dropped_attributes_count: integer(json.dropped_attributes_count),
            flags: integer(json.flags),
            trace_id: id(json.trace_id),
            span_id: id(json.span_id),
            event_name: json.event_name.unwrap_or_default(),
        }
    }
}
