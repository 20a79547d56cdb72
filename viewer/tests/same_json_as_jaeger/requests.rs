//! Traces that show all that Jaeger does to one: a trace a function, from the ordinary to the broken.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span, Status};
use viewer::TraceId;

use super::support::{
    EPOCH, MILLI, any_value, array, at, attribute, batch, failed, map, request, span, text,
    trace_id, with, with_kind,
};

/// Three services, kinds, statuses, events.
pub(super) fn login() -> ExportTraceServiceRequest {
    let id = trace_id(1);
    let route = |span| with(span, "http.route", text("/v1/login"));
    let api = with_kind(
        at(span(id, 1, 0, "POST /v1/login"), 0, 60),
        SpanKind::Server,
    );
    let mut call = with_kind(
        at(span(id, 2, 1, "auth.verify_code"), 1, 50),
        SpanKind::Client,
    );
    call.trace_state = "vendor=value".to_owned();
    call.status = Some(Status {
        code: StatusCode::Ok as i32,
        message: String::new(),
    });
    let mut auth = with_kind(
        at(span(id, 3, 2, "POST /internal/verify"), 5, 30),
        SpanKind::Server,
    );
    auth = failed(auth, "no such challenge");
    auth.events.push(Event {
        time_unix_nano: EPOCH + 7 * MILLI,
        name: "exception".to_owned(),
        attributes: vec![
            attribute("exception.type", text("NotFound")),
            attribute("attempt", Any::IntValue(2)),
            attribute("a", text("sorts before event")),
        ],
        ..Event::default()
    });
    auth.events.push(Event {
        time_unix_nano: EPOCH + 8 * MILLI + 1_234,
        name: "hidden".to_owned(),
        attributes: vec![attribute("b", text("x")), attribute("event", text("shown"))],
        ..Event::default()
    });
    auth.events.push(Event::default());
    let publish = with_kind(at(span(id, 4, 3, "sms publish"), 10, 5), SpanKind::Producer);
    let consume = with_kind(at(span(id, 5, 4, "sms process"), 11, 3), SpanKind::Consumer);
    request([
        batch("api", [route(api), call]),
        batch("auth", [auth, publish]),
        batch("sms", [consume]),
    ])
}

/// Every type of value, and those that JSON has trouble with.
pub(super) fn values() -> ExportTraceServiceRequest {
    let nested = map([
        attribute("z", Any::DoubleValue(0.1)),
        attribute(
            "a",
            array([
                Any::BoolValue(true),
                map([]),
                Any::BytesValue(vec![1, 2, 255]),
            ]),
        ),
        attribute("big", Any::DoubleValue(1e21)),
        attribute("small", Any::DoubleValue(2.5e-7)),
        attribute("whole", Any::DoubleValue(100.0)),
    ]);
    let with_null = Any::ArrayValue(ArrayValue {
        values: vec![
            any_value(Any::IntValue(1)),
            any_value(text("two")),
            AnyValue { value: None },
        ],
    });
    let mut all = span(trace_id(2), 1, 0, "types \u{1b}[31m\n<b>");
    for (key, value) in [
        ("text", text("plain")),
        ("html", text("<script>\u{2028}&")),
        ("bool", Any::BoolValue(true)),
        ("int", Any::IntValue(42)),
        ("int.max", Any::IntValue(i64::MAX)),
        ("int.min", Any::IntValue(i64::MIN)),
        ("int.safe", Any::IntValue((1 << 53) - 1)),
        ("int.unsafe", Any::IntValue(-(1 << 53))),
        ("float", Any::DoubleValue(1.5)),
        ("float.whole", Any::DoubleValue(3.0)),
        ("float.small", Any::DoubleValue(1e-9)),
        ("bytes", Any::BytesValue(vec![0, 1, 254])),
        ("list", with_null),
        ("map", nested),
        ("html.list", array([text("<&>\u{2029}\"\\\u{7}\u{7f}é")])),
        ("nan.list", array([Any::DoubleValue(f64::NAN)])),
        ("twice", text("b")),
        ("twice", text("a")),
        ("twice", Any::IntValue(1)),
        ("ip", Any::IntValue(0x7f00_0001)),
        ("peer.ipv4", Any::DoubleValue(167_772_161.0)),
        ("telemetry.sdk.language", text("rust")),
        ("span.kind", text("client")),
        ("error", text("false")),
    ] {
        all = with(all, key, value);
    }
    all.attributes.push(KeyValue {
        key: "nothing".to_owned(),
        ..KeyValue::default()
    });
    all.attributes.push(KeyValue {
        key: "empty".to_owned(),
        value: Some(AnyValue::default()),
        ..KeyValue::default()
    });
    let warned = with(
        span(trace_id(2), 2, 1, "warned"),
        "@jaeger@warnings",
        array([text("one"), text("two")]),
    );
    request([batch("values", [all, warned])])
}

/// Parents and links, whole and broken.
pub(super) fn references() -> ExportTraceServiceRequest {
    let id = trace_id(3);
    let link = |trace: TraceId, span: u64, ref_type: Option<&str>| Link {
        trace_id: trace.to_bytes().to_vec(),
        span_id: span.to_be_bytes().to_vec(),
        attributes: ref_type
            .map(|name| attribute("opentracing.ref_type", text(name)))
            .into_iter()
            .collect(),
        ..Link::default()
    };
    let linked = |span: Span, links: Vec<Link>| Span { links, ..span };
    let spans = [
        span(id, 1, 0, "root"),
        linked(
            span(id, 2, 1, "to another trace"),
            vec![link(trace_id(1), 1, None)],
        ),
        linked(
            span(id, 3, 1, "to its parent"),
            vec![link(id, 1, Some("follows_from"))],
        ),
        linked(
            span(id, 4, 1, "two parents"),
            vec![link(id, 2, Some("child_of"))],
        ),
        linked(
            span(id, 5, 0, "by links only"),
            vec![link(trace_id(1), 1, None), link(id, 1, None)],
        ),
        linked(
            span(id, 6, 0, "child by link"),
            vec![link(id, 1, None), link(id, 2, Some("child_of"))],
        ),
        linked(
            span(id, 7, 1, "to nothing"),
            vec![link(TraceId::INVALID, 0, None), Link::default()],
        ),
        span(id, 8, 99, "an orphan"),
    ];
    request([batch("references", spans)])
}

/// A batch that was sent twice, and a span id shared by client and server.
pub(super) fn duplicates() -> ExportTraceServiceRequest {
    let id = trace_id(4);
    let batches = || {
        [
            batch(
                "client",
                [
                    span(id, 100, 0, "root"),
                    with_kind(span(id, 101, 100, "call"), SpanKind::Client),
                ],
            ),
            batch(
                "server",
                [
                    with_kind(span(id, 101, 100, "call"), SpanKind::Server),
                    at(span(id, 102, 101, "below"), 101, 5),
                ],
            ),
        ]
    };
    request(batches().into_iter().chain(batches()))
}

/// Times that contradict each other.
pub(super) fn clocks() -> ExportTraceServiceRequest {
    let id = trace_id(5);
    let on_host = |name: &str, spans: Vec<Span>| -> ResourceSpans {
        let mut batch = batch("clocks", spans);
        batch
            .resource
            .as_mut()
            .expect("set")
            .attributes
            .push(attribute("ip", text(name)));
        batch
    };
    request([
        on_host("10.0.0.1", vec![at(span(id, 1, 0, "root"), 1_000, 100)]),
        on_host(
            "10.0.0.2",
            vec![
                at(span(id, 2, 1, "shorter, behind"), 5_000, 50),
                at(span(id, 3, 2, "on the same host"), 5_010, 5),
                at(span(id, 4, 1, "longer, before"), 0, 3_000),
                at(span(id, 5, 1, "longer, behind"), 1_050, 3_000),
                at(span(id, 6, 1, "no time at all"), 1_010, 0),
                Span {
                    end_time_unix_nano: EPOCH - 1,
                    ..span(id, 7, 1, "backwards")
                },
            ],
        ),
        batch(
            "clocks",
            [
                at(span(id, 8, 1, "without a host"), 900, 30),
                at(span(id, 9, 8, "below it"), 800, 10),
            ],
        ),
    ])
}

/// Resources without a name, and with more than one.
pub(super) fn resources() -> ExportTraceServiceRequest {
    let id = trace_id(6);
    let of = |number: u64, attributes: Vec<KeyValue>| {
        let mut batch = batch("", [span(id, number, 0, &format!("resource {number}"))]);
        batch.resource.as_mut().expect("set").attributes = attributes;
        batch
    };
    let mut none = of(4, Vec::new());
    none.resource = None;
    let mut scope = of(5, vec![attribute("service.name", text("scoped"))]);
    let described = scope.scope_spans[0].scope.as_mut().expect("set");
    described.version = "1.2.3".to_owned();
    described.attributes = vec![attribute("scope.attribute", text("not shown"))];
    let mut no_scope = of(
        6,
        vec![
            attribute("service.name", text("scoped")),
            attribute("z", text("1")),
        ],
    );
    no_scope.scope_spans[0].scope = None;
    request([
        of(1, Vec::new()),
        of(
            2,
            vec![
                attribute("service.name", text("")),
                attribute("b", text("2")),
                attribute("a", Any::IntValue(1)),
            ],
        ),
        of(3, vec![attribute("service.name", Any::IntValue(3))]),
        none,
        scope,
        no_scope,
    ])
}

/// An id whose upper half is zero, which Jaeger writes short.
pub(super) fn short_id() -> ExportTraceServiceRequest {
    request([batch(
        "api",
        [
            span(TraceId::from(0x2a_u128), 1, 0, "a"),
            span(TraceId::from(0x2a_u128), 2, 1, "b"),
        ],
    )])
}
