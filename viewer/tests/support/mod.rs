//! Requests to send, and a way to send them.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file is a crate that uses a part"
)]

pub mod page;
pub mod runner;
pub mod thrift;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use viewer::TraceId;

/// The time at which the requests' spans start: a day in 2026.
pub const EPOCH: u64 = 1_780_000_000_000_000_000;

pub const MILLI: u64 = 1_000_000;

pub fn trace_id(number: u64) -> TraceId {
    TraceId::from(0xabcd_0000_0000_0000_0000_0000_0000_0000_u128 + u128::from(number))
}

/// A span of 10 ms whose start is `id` milliseconds after [`EPOCH`].
pub fn span(trace: TraceId, id: u64, parent: u64, name: &str) -> Span {
    let start = EPOCH + id * MILLI;
    Span {
        trace_id: trace.to_bytes().to_vec(),
        span_id: id.to_be_bytes().to_vec(),
        parent_span_id: if parent == 0 {
            Vec::new()
        } else {
            parent.to_be_bytes().to_vec()
        },
        name: name.to_owned(),
        kind: SpanKind::Internal as i32,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 10 * MILLI,
        ..Span::default()
    }
}

pub fn with_kind(mut span: Span, kind: SpanKind) -> Span {
    span.kind = kind as i32;
    span
}

pub fn failed(mut span: Span, message: &str) -> Span {
    span.status = Some(Status {
        code: StatusCode::Error as i32,
        message: message.to_owned(),
    });
    span
}

/// The span `id` milliseconds after [`EPOCH`], for so many milliseconds.
pub fn at(mut span: Span, from: u64, millis: u64) -> Span {
    span.start_time_unix_nano = EPOCH + from * MILLI;
    span.end_time_unix_nano = EPOCH + (from + millis) * MILLI;
    span
}

pub fn with(mut span: Span, key: &str, value: Any) -> Span {
    span.attributes.push(attribute(key, value));
    span
}

pub fn attribute(key: &str, value: Any) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(any_value(value)),
        ..KeyValue::default()
    }
}

pub fn any_value(value: Any) -> AnyValue {
    AnyValue { value: Some(value) }
}

pub fn text(text: &str) -> Any {
    Any::StringValue(text.to_owned())
}

pub fn array(values: impl IntoIterator<Item = Any>) -> Any {
    Any::ArrayValue(ArrayValue {
        values: values.into_iter().map(any_value).collect(),
    })
}

pub fn map(values: impl IntoIterator<Item = KeyValue>) -> Any {
    Any::KvlistValue(KeyValueList {
        values: values.into_iter().collect(),
    })
}

/// The spans of one service.
pub fn batch(service: &str, spans: impl IntoIterator<Item = Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource {
            attributes: vec![attribute("service.name", text(service))],
            ..Resource::default()
        }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope {
                name: "tests".to_owned(),
                ..InstrumentationScope::default()
            }),
            spans: spans.into_iter().collect(),
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    }
}

pub fn request(batches: impl IntoIterator<Item = ResourceSpans>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: batches.into_iter().collect(),
    }
}

/// What a service logged during a span, which is 0 for none.
pub fn record(trace: TraceId, span: u64, body: &str) -> LogRecord {
    LogRecord {
        trace_id: trace.to_bytes().to_vec(),
        span_id: if span == 0 {
            Vec::new()
        } else {
            span.to_be_bytes().to_vec()
        },
        time_unix_nano: EPOCH + span * MILLI,
        severity_number: SeverityNumber::Info as i32,
        severity_text: "INFO".to_owned(),
        body: Some(any_value(text(body))),
        ..LogRecord::default()
    }
}

/// A request of logs of one service.
pub fn logs(
    service: &str,
    records: impl IntoIterator<Item = LogRecord>,
) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(Resource {
                attributes: vec![attribute("service.name", text(service))],
                ..Resource::default()
            }),
            scope_logs: vec![ScopeLogs {
                scope: Some(InstrumentationScope {
                    name: "tests".to_owned(),
                    ..InstrumentationScope::default()
                }),
                log_records: records.into_iter().collect(),
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    }
}

/// Brings logs to a store.
pub fn add_logs(
    store: &std::sync::Arc<viewer::store::Store>,
    service: &str,
    records: impl IntoIterator<Item = LogRecord>,
) {
    use prost::Message as _;

    viewer::intake::Intake::new(std::sync::Arc::clone(store))
        .accept(
            viewer::intake::Signal::Logs,
            logs(service, records).encode_to_vec().into(),
        )
        .expect("a request");
}

/// A viewer's store without its servers, filled with one request.
pub fn store_of(request: &ExportTraceServiceRequest) -> std::sync::Arc<viewer::store::Store> {
    use prost::Message as _;

    let store = std::sync::Arc::new(viewer::store::Store::new(viewer::store::Limits::default()));
    viewer::intake::Intake::new(std::sync::Arc::clone(&store))
        .accept(
            viewer::intake::Signal::Traces,
            request.encode_to_vec().into(),
        )
        .expect("a request");
    store
}

pub async fn send(request: Request<Bytes>) -> Response<Bytes> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client
        .request(request.map(Full::new))
        .await
        .expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a whole answer").to_bytes();
    Response::from_parts(parts, body)
}

pub async fn get(url: &str) -> Response<Bytes> {
    send(Request::get(url).body(Bytes::new()).expect("a request")).await
}

/// Compresses as an exporter does.
pub fn gzip(plain: &[u8]) -> Bytes {
    use std::io::Write as _;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory").into()
}
