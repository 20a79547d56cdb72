//! One span, sent in both forms of OTLP.

use std::net::SocketAddr;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Attribute;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use serde_json::{Value, json};
use testbed::http;

const SERVICE: &str = "testbed";
const SPAN_ID: &str = "b7ad6b7169203331";
const START: u64 = 1_763_000_000_000_000_000;
const END: u64 = START + 1_000_000;

pub(crate) fn send_by_http(server: SocketAddr, trace_id: &str, operation: &str) {
    let request = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": SERVICE}}]},
        "scopeSpans": [{"spans": [{
            "traceId": trace_id,
            "spanId": SPAN_ID,
            "name": operation,
            "startTimeUnixNano": START.to_string(),
            "endTimeUnixNano": END.to_string(),
        }]}],
    }]});

    let answer = http::post_json(server, "/v1/traces", &request.to_string())
        .expect("the receiver of OTLP over HTTP answers");

    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[allow(
    dead_code,
    reason = "each test file compiles this module for itself and not all send by gRPC"
)]
pub(crate) async fn send_by_grpc(endpoint: String, trace_id: &str, operation: &str) {
    let span = Span {
        trace_id: bytes(trace_id),
        span_id: bytes(SPAN_ID),
        name: operation.to_owned(),
        start_time_unix_nano: START,
        end_time_unix_nano: END,
        ..Span::default()
    };
    let service = KeyValue {
        key: "service.name".to_owned(),
        value: Some(AnyValue {
            value: Some(Attribute::StringValue(SERVICE.to_owned())),
        }),
        ..KeyValue::default()
    };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![service],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                spans: vec![span],
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    };

    let mut client = TraceServiceClient::connect(endpoint)
        .await
        .expect("the receiver of OTLP over gRPC accepts");
    let answer = client
        .export(request)
        .await
        .expect("the receiver takes a span");

    // Go servers send the message empty where Rust would leave it out.
    let refused = answer.into_inner().partial_success.unwrap_or_default();
    assert_eq!(refused, ExportTracePartialSuccess::default());
}

/// The names of the spans of a trace as the query API shows it.
pub(crate) fn operations(trace: &Value) -> Vec<&str> {
    trace["spans"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|span| span["operationName"].as_str())
        .collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("the ids above are hexadecimal"))
        .collect()
}
