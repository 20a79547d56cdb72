//! The same requests, sent to this viewer and to a real Jaeger, are answered with the same JSON.
//!
//! Compared as documents: Jaeger lists spans, services and operations in an order of chance, and numbers the processes of
//! a trace accordingly; both sides are sorted, and processes are put in place of their numbers.

mod support;

use std::time::{Duration, Instant};

use http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span, Status};
use serde_json::Value as Json;
use support::{
    EPOCH, MILLI, any_value, array, at, attribute, batch, failed, get, map, request, span, text,
    trace_id, with, with_kind,
};
use testbed::jaeger::Jaeger;
use viewer::client::QueryClient;
use viewer::{TraceId, Viewer};

#[tokio::test(flavor = "multi_thread")]
async fn traces_and_lists_are_the_same() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");
    let traces = [
        login(),
        values(),
        references(),
        duplicates(),
        clocks(),
        resources(),
        short_id(),
    ];
    for trace in &traces {
        export(&jaeger.otlp_endpoint(), trace).await;
        export(&viewer.grpc_url(), trace).await;
        // One by one: Jaeger gathers what arrives together, and forgets in which order it came.
        wait_for_trace(&jaeger.query_url(), id_of(trace)).await;
    }

    let mut checks = Vec::new();
    for trace in &traces {
        let id = id_of(trace);
        checks.push(format!("/api/traces/{id}"));
        checks.push(format!("/api/traces/{id}?raw=true"));
    }
    let range = format!(
        "start={}&end={}",
        EPOCH / 1_000 - 10_000_000,
        EPOCH / 1_000 + 10_000_000
    );
    for conditions in [
        "service=api",
        "service=api&operation=POST%20%2Fv1%2Flogin",
        "service=api&operation=nothing",
        "service=nobody",
        "service=values&tag=int:42",
        "service=values&tags=%7B%22text%22%3A%22plain%22%2C%22bool%22%3A%22true%22%7D",
        "service=values&tags=%7B%22list%22%3A%22%5B1%2C%5C%22two%5C%22%2Cnull%5D%22%7D",
        "service=values&tag=float:1.5",
        "service=api&minDuration=50ms",
        "service=api&minDuration=1h",
        "service=auth&maxDuration=30ms",
        "service=api&limit=1",
        "service=api&raw=true",
    ] {
        checks.push(format!("/api/traces?{range}&{conditions}"));
    }
    checks.push("/api/traces?traceID=abcd0000000000000000000000000001&traceID=77".to_owned());
    for list in [
        "/api/services",
        "/api/services/api/operations",
        "/api/services/nobody/operations",
        "/api/operations?service=api",
        "/api/operations?service=api&spanKind=server",
        "/api/operations?service=nobody",
        // The traces of 2026 lie outside the last two days, by then.
        "/api/traces?service=api&start=1&end=2",
    ] {
        checks.push(list.to_owned());
    }

    for check in checks {
        let theirs = ask(&jaeger.query_url(), &check).await;
        let ours = ask(&viewer.query_url(), &check).await;
        let mut differences = Vec::new();
        compare("", &ours.1, &theirs.1, &mut differences);
        assert_eq!(ours.0, theirs.0, "{check}");
        assert!(
            differences.is_empty(),
            "{check}
{}",
            differences.join(
                "
"
            )
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_the_same_but_for_their_words() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");

    for bad in [
        "/api/traces",
        "/api/traces?service=",
        "/api/traces?service=a&limit=many",
        "/api/traces?service=a&start=yesterday",
        "/api/traces?service=a&minDuration=5",
        "/api/traces?service=a&minDuration=5s&maxDuration=4s",
        "/api/traces?service=a&tag=novalue",
        "/api/traces?service=a&tags=novalue",
        "/api/traces?service=a&raw=maybe",
        "/api/traces?traceID=xyz",
        "/api/operations",
        "/api/traces/xyz",
        "/api/traces/00000000000000000000000000000000a",
        "/api/traces/77",
    ] {
        let (their_status, mut theirs) = ask(&jaeger.query_url(), bad).await;
        let (our_status, mut ours) = ask(&viewer.query_url(), bad).await;
        for answer in [&mut theirs, &mut ours] {
            let words = answer["errors"][0]["msg"].take();
            assert!(words.is_string(), "{bad}: {answer}");
        }
        assert_eq!((our_status, ours), (their_status, theirs), "{bad}");
    }
}

/// Where we differ on purpose. Jaeger compares the text of the query with a boolean, and looks at attributes only.
#[tokio::test(flavor = "multi_thread")]
async fn tags_that_jaeger_shows_are_found_here_only() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");
    export(&jaeger.otlp_endpoint(), &login()).await;
    export(&viewer.grpc_url(), &login()).await;
    wait_for_trace(&jaeger.query_url(), trace_id(1)).await;

    for tag in ["error:true", "span.kind:server", "otel.status_code:ERROR"] {
        let path = format!("/api/traces?start={}&service=auth&tag={tag}", EPOCH / 1_000);
        let found = async |url: &str| ask(url, &path).await.1["data"].as_array().map(Vec::len);
        assert_eq!(found(&viewer.query_url()).await, Some(1), "{tag}");
        assert_eq!(
            found(&jaeger.query_url()).await,
            Some(0),
            "{tag}: Jaeger has learnt it"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_reads_both() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");
    export(&jaeger.otlp_endpoint(), &login()).await;
    export(&viewer.grpc_url(), &login()).await;

    let mut trees = Vec::new();
    for url in [jaeger.query_url(), viewer.query_url()] {
        let trace = QueryClient::new(&url)
            .expect("an address")
            .wait_for(trace_id(1), Duration::from_secs(20), |trace| {
                trace.spans.len() == 5
            })
            .await
            .expect("the trace");
        trees.push(trace.tree().attributes(["http.route"]).events().to_string());
    }

    assert_eq!(trees[0], trees[1]);
}

async fn export(url: &str, request: &ExportTraceServiceRequest) {
    let mut client = TraceServiceClient::connect(url.to_owned())
        .await
        .expect("a connection");
    client.export(request.clone()).await.expect("accepted");
}

fn id_of(request: &ExportTraceServiceRequest) -> TraceId {
    let id = &request.resource_spans[0].scope_spans[0].spans[0].trace_id;
    TraceId::from_bytes(id.as_slice().try_into().expect("16 bytes"))
}

/// Jaeger stores a request as a whole, but after it answered.
async fn wait_for_trace(query_url: &str, id: TraceId) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while get(&format!("{query_url}/api/traces/{id}")).await.status() != StatusCode::OK {
        assert!(Instant::now() < deadline, "Jaeger does not show {id}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn ask(query_url: &str, path: &str) -> (u16, Json) {
    let answer = get(&format!("{query_url}{path}")).await;
    let mut json: Json = serde_json::from_slice(answer.body()).expect("JSON");
    normalise(&mut json);
    (answer.status().as_u16(), json)
}

/// Lists where two documents differ.
fn compare(place: &str, ours: &Json, theirs: &Json, differences: &mut Vec<String>) {
    match (ours, theirs) {
        (Json::Object(a), Json::Object(b)) if a.keys().eq(b.keys()) => {
            for (key, value) in a {
                compare(&format!("{place}/{key}"), value, &b[key], differences);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{place}/{at}"), a, b, differences);
            }
        }
        _ if ours == theirs => {}
        _ => differences.push(format!("{place}:\n  ours   {ours}\n  theirs {theirs}")),
    }
}

fn normalise(json: &mut Json) {
    let Some(data) = json["data"].as_array_mut() else {
        return;
    };
    if data.iter().any(|item| item["spans"].is_null()) {
        // Names, in an order of chance. Traces come newest first.
        sort(data);
    }
    for trace in data
        .iter_mut()
        .filter(|trace| trace.is_object() && trace["spans"].is_array())
    {
        let processes = trace["processes"].take();
        for span in trace["spans"].as_array_mut().expect("spans") {
            let name = span["processID"].take();
            span["processID"] = processes[name.as_str().expect("a name")].clone();
        }
        sort(trace["spans"].as_array_mut().expect("spans"));
    }
}

fn sort(values: &mut [Json]) {
    values.sort_by_cached_key(Json::to_string);
}

/// Three services, kinds, statuses, events.
fn login() -> ExportTraceServiceRequest {
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
        code: SpanStatus::Ok as i32,
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
fn values() -> ExportTraceServiceRequest {
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
    let with_null = Any::ArrayValue(opentelemetry_proto::tonic::common::v1::ArrayValue {
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
fn references() -> ExportTraceServiceRequest {
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
fn duplicates() -> ExportTraceServiceRequest {
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
fn clocks() -> ExportTraceServiceRequest {
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
fn resources() -> ExportTraceServiceRequest {
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
fn short_id() -> ExportTraceServiceRequest {
    request([batch(
        "api",
        [
            span(TraceId::from(0x2a_u128), 1, 0, "a"),
            span(TraceId::from(0x2a_u128), 2, 1, "b"),
        ],
    )])
}
