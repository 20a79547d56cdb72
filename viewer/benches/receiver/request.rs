//! Export requests as the demo's services make them, encoded.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, status};
use prost::Message as _;

/// Spans in a request: what the SDK's batch processor sends at most.
pub(crate) const SPANS: usize = 512;
/// Spans of a trace in one request: a login's in one service.
const SPANS_OF_A_TRACE: usize = 8;

/// Requests without end, each with traces of its own.
pub(crate) struct Requests {
    encoded: Vec<u8>,
    /// Where the ids of traces are, and the number of the trace within the request.
    ids: Vec<(usize, usize)>,
    sent: u64,
}

impl Requests {
    pub(crate) fn new() -> Self {
        let encoded = request().encode_to_vec();
        let mut ids = Vec::with_capacity(SPANS);
        for trace in 0..SPANS / SPANS_OF_A_TRACE {
            let id = placeholder(trace);
            let found = encoded.windows(id.len()).enumerate();
            ids.extend(found.filter_map(|(at, bytes)| (bytes == id).then_some((at, trace))));
        }
        assert!(ids.len() >= SPANS, "each span has the id of its trace");
        Self {
            encoded,
            ids,
            sent: 0,
        }
    }
}

impl Iterator for Requests {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut request = self.encoded.clone();
        self.sent += 1;
        for (at, trace) in &self.ids {
            let half = &mut request[*at..*at + 8];
            // Spread as random ids are, and never zero.
            let number = (self.sent << 8) + *trace as u64 + 1;
            half.copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        }
        Some(request.into())
    }
}

/// An id that nothing else in the request looks like.
fn placeholder(trace: usize) -> [u8; 16] {
    let mut id = *b"\xf0trace of bench\x00";
    id[15] = trace as u8;
    id
}

fn request() -> ExportTraceServiceRequest {
    let text = |key: &str, value: &str| attribute(key, Value::StringValue(value.to_owned()));
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![
                    text("service.name", "auth"),
                    text("service.version", "0.1.0"),
                    text(
                        "service.instance.id",
                        "6f1f7a0c-9d2b-4a55-8a3e-0d7f1f3f5f11",
                    ),
                    text("telemetry.sdk.language", "rust"),
                    text("telemetry.sdk.name", "opentelemetry"),
                    text("telemetry.sdk.version", "0.33.1"),
                ],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: "stage-native".to_owned(),
                    version: "0.1.0".to_owned(),
                    ..InstrumentationScope::default()
                }),
                spans: (0..SPANS).map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

/// With eleven to fourteen attributes; every fourth failed and has an event, every eighth a link.
fn span(number: usize) -> Span {
    let (trace, place) = (number / SPANS_OF_A_TRACE, number % SPANS_OF_A_TRACE);
    let text = |key: &str, value: &str| attribute(key, Value::StringValue(value.to_owned()));
    let integer = |key: &str, value: i64| attribute(key, Value::IntValue(value));
    let id = |number: usize| {
        (number as u64 + 0x00f0_67aa_0ba9_02b7)
            .to_be_bytes()
            .to_vec()
    };
    let start = 1_780_000_000_000_000_000 + number as u64 * 37_000;
    let failed = number.is_multiple_of(4);
    let mut attributes = vec![
        text("http.request.method", "POST"),
        text("http.route", "/v1/challenges/{challenge_id}"),
        integer("http.response.status_code", 202),
        text("url.scheme", "http"),
        text("url.path", "/v1/challenges/7391d5a9865dfbbf"),
        text("server.address", "auth.internal.example"),
        integer("server.port", 8081),
        text("network.protocol.version", "1.1"),
        text("user_agent.original", "api/0.1.0"),
        text("login.channel", "web"),
        text("code.function.name", "stage_native::auth::issue_code"),
    ];
    if !place.is_multiple_of(3) {
        attributes.push(attribute("login.is_retry", Value::BoolValue(false)));
        attributes.push(text("thread.name", "auth-worker"));
        attributes.push(integer("thread.id", 7));
    }
    let exception = || Event {
        time_unix_nano: start + 400_000,
        name: "exception".to_owned(),
        attributes: vec![
            text("exception.type", "auth::Error"),
            text("exception.message", "the store did not answer in time"),
            text(
                "exception.stacktrace",
                &"   at auth::store::issue (store.rs:127)\n".repeat(6),
            ),
        ],
        ..Event::default()
    };
    let link = || Link {
        trace_id: placeholder(trace).to_vec(),
        span_id: id(number + 1),
        attributes: vec![text("opentracing.ref_type", "follows_from")],
        ..Link::default()
    };
    Span {
        trace_id: placeholder(trace).to_vec(),
        span_id: id(number),
        parent_span_id: if place == 0 {
            Vec::new()
        } else {
            id(number - 1)
        },
        name: "POST /v1/challenges/{challenge_id}".to_owned(),
        kind: [SpanKind::Server, SpanKind::Client, SpanKind::Internal][place % 3] as i32,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 900_000,
        attributes,
        events: failed.then(exception).into_iter().collect(),
        links: number.is_multiple_of(8).then(link).into_iter().collect(),
        status: failed.then(|| Status {
            code: status::StatusCode::Error as i32,
            message: "the store did not answer in time".to_owned(),
        }),
        flags: 0x101,
        ..Span::default()
    }
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}
