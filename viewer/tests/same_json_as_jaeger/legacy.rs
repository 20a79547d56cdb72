//! The same datagrams, sent to this viewer and to the `jaeger` receiver of a real Jaeger.

use std::net::SocketAddr;

use rustracing::sampler::AllSampler;
use rustracing::tag::{StdTag, Tag};
use rustracing_jaeger::Tracer;
use rustracing_jaeger::reporter::{JaegerBinaryReporter, JaegerCompactReporter};
use testbed::jaeger::Jaeger;
use viewer::intake::thrift::Protocol;
use viewer::{TraceId, Viewer};

use super::support::EPOCH;
use super::support::thrift::Data::{self, Bool, Double, I32, I64, Struct};
use super::support::thrift::{
    PROTOCOLS, batch, binary_tag, emit_batch, log, logs, process, reference, references, send,
    span, tag, tags, text,
};
use super::{ask, compare, wait_for_trace};

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_thrift_are_the_same() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");

    for protocol in PROTOCOLS {
        let ports = ports(&jaeger, &viewer, protocol);
        let high = protocol as u64 + 1;
        for (low, case) in (1..).zip(CASES) {
            let id = (high, low);
            let datagram = emit_batch(protocol, case(id));
            for port in ports {
                send(&datagram, port);
            }
            let id = TraceId::from(u128::from(high) << 64 | u128::from(low));
            assert_same(&jaeger, &viewer, id, &format!("case {low}, {protocol:?}")).await;
        }
        // Without the high half.
        let datagram = emit_batch(protocol, values((0, high)));
        for port in ports {
            send(&datagram, port);
        }
        assert_same(&jaeger, &viewer, TraceId::from(u128::from(high)), "64 bits").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_a_legacy_client_are_the_same() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");

    for protocol in PROTOCOLS {
        let (tracer, receiver) = Tracer::new(AllSampler);
        let mut root = tracer
            .span("POST /v1/login")
            .tag(StdTag::span_kind("server"))
            .tag(StdTag::http_status_code(401))
            .start();
        let id = root.context().expect("sampled").state().trace_id();
        root.log(|log| {
            log.std().event("retry").message("Grüße, 世界 🚀");
        });
        let mut call = tracer.span("verify").child_of(&root).start();
        call.log(|log| {
            log.error().kind("Refused").message("no such challenge");
        });
        call.set_tag(|| Tag::new("error", true));
        drop(tracer.span("audit").follows_from(&call).start());
        drop(call);
        drop(root);
        let spans: Vec<_> = receiver.try_iter().collect();

        for port in ports(&jaeger, &viewer, protocol) {
            match protocol {
                Protocol::Compact => {
                    let mut reporter = JaegerCompactReporter::new("api").expect("a socket");
                    reporter.set_agent_addr(port);
                    reporter.report(&spans).expect("sent");
                }
                Protocol::Binary => {
                    let mut reporter = JaegerBinaryReporter::new("api").expect("a socket");
                    reporter.set_agent_addr(port);
                    reporter.report(&spans).expect("sent");
                }
            }
        }

        let id = TraceId::from(u128::from(id.high) << 64 | u128::from(id.low));
        assert_same(&jaeger, &viewer, id, &format!("{protocol:?}")).await;
    }
}

fn ports(jaeger: &Jaeger, viewer: &Viewer, protocol: Protocol) -> [SocketAddr; 2] {
    match protocol {
        Protocol::Compact => [
            jaeger.thrift_compact(),
            viewer.thrift_compact_addr().expect("on"),
        ],
        Protocol::Binary => [
            jaeger.thrift_binary(),
            viewer.thrift_binary_addr().expect("on"),
        ],
    }
}

/// Both keep a batch as a whole, so that the first answer is complete.
async fn assert_same(jaeger: &Jaeger, viewer: &Viewer, id: TraceId, case: &str) {
    wait_for_trace(&jaeger.query_url(), id).await;
    wait_for_trace(&viewer.query_url(), id).await;
    for question in [
        format!("/api/traces/{id}"),
        format!("/api/traces/{id}?raw=true"),
    ] {
        let theirs = ask(&jaeger.query_url(), &question).await;
        let ours = ask(&viewer.query_url(), &question).await;
        let mut differences = Vec::new();
        compare("", &ours.1, &theirs.1, &mut differences);
        assert_eq!(ours.0, theirs.0, "{case} {question}");
        assert!(
            differences.is_empty(),
            "{case} {question}\n{}",
            differences.join("\n")
        );
    }
}

type Case = fn((u64, u64)) -> Data;

const CASES: [Case; 8] = [
    values, logged, kinds, statuses, related, times, addresses, nameless,
];

fn tester() -> Data {
    process(
        "prüfstand",
        [
            tag("hostname", text("a-1")),
            tag("jaeger.version", text("Go-2.30.0")),
            tag("twice", text("first")),
            tag("twice", I64(2)),
        ],
    )
}

fn values(id: (u64, u64)) -> Data {
    let unknown = Struct(vec![(1, text("unknown")), (2, I32(9)), (3, text("lost"))]);
    let absent = |kind| Struct(vec![(1, text(&format!("absent{kind}"))), (2, I32(kind))]);
    let tags = tags(
        [
            tag("text", text("Grüße, 世界 🚀")),
            tag("html", text("<b>&</b>\u{2028}\u{1b}[2J\n")),
            tag("empty", text("")),
            tag("", text("no key")),
            tag("most", I64(i64::MAX)),
            tag("least", I64(i64::MIN)),
            tag("half", Double(0.5)),
            tag("huge", Double(1e300)),
            tag("yes", Bool(true)),
            tag("no", Bool(false)),
            binary_tag("bytes", &[0, 0xff, 0x80]),
            tag("twice", text("first")),
            tag("between", text("here")),
            tag("twice", Bool(true)),
            unknown,
        ]
        .into_iter()
        .chain((0..=3).map(absent)),
    );
    batch(tester(), [span(id, 1, 0, "valües", [tags])])
}

fn logged(id: (u64, u64)) -> Data {
    let now = i64::try_from(EPOCH / 1_000).expect("a time");
    let logs = logs([
        log(now, [tag("event", text("retry")), tag("number", I64(1))]),
        log(
            now + 1,
            [tag("number", I64(2)), tag("event", text("later"))],
        ),
        log(now + 2, [tag("message", text("no name"))]),
        log(now + 3, []),
        log(now + 4, [tag("event", I64(7)), tag("a", I64(1))]),
        log(-1, [tag("event", text("one")), tag("event", text("two"))]),
    ]);
    batch(tester(), [span(id, 1, 0, "logged", [logs])])
}

fn kinds(id: (u64, u64)) -> Data {
    let kinds = [
        tag("span.kind", text("client")),
        tag("span.kind", text("server")),
        tag("span.kind", text("producer")),
        tag("span.kind", text("consumer")),
        tag("span.kind", text("internal")),
        tag("span.kind", text("SERVER")),
        tag("span.kind", text("other")),
        tag("span.kind", I64(3)),
    ];
    let spans = (1..).zip(kinds).map(|(number, kind)| {
        let before = tag("before", Bool(true));
        let state = tag("w3c.tracestate", text("a=b"));
        let scope = tag("otel.scope.name", text("lib"));
        span(id, number, 0, "kind", [tags([before, kind, state, scope])])
    });
    batch(tester(), spans)
}

fn statuses(id: (u64, u64)) -> Data {
    let description = || tag("otel.status_description", text("because"));
    let code = |code: &str| tag("otel.status_code", text(code));
    let http = |status| tag("http.status_code", status);
    let kind = |kind: &str| tag("span.kind", text(kind));
    let failed = |failed| tag("error", Bool(failed));
    let sets: Vec<Vec<Data>> = vec![
        vec![failed(true)],
        vec![failed(false)],
        vec![tag("error", text("true"))],
        vec![tag("error", I64(1))],
        vec![failed(true), description()],
        vec![failed(true), tag("http.status_message", text("Gone"))],
        vec![failed(true), code("OK"), description()],
        vec![failed(false), code("ERROR"), description()],
        vec![code("ok")],
        vec![code("error"), description()],
        vec![code("unset"), description()],
        vec![tag("otel.status_code", I64(2))],
        vec![description()],
        vec![http(I64(200))],
        vec![http(I64(399))],
        vec![http(I64(404))],
        vec![http(I64(404)), kind("server")],
        vec![http(I64(404)), kind("client")],
        vec![
            http(I64(500)),
            kind("server"),
            tag("http.status_message", text("Oh")),
        ],
        vec![http(text("503"))],
        vec![http(text("none"))],
        vec![http(I64(99))],
        vec![http(Double(500.0))],
        vec![http(I64(500)), code("OK")],
        vec![http(I64(500)), failed(true), failed(false)],
    ];
    let spans = (1..).zip(sets).map(|(number, set)| {
        let last = tag("last", Bool(true));
        span(
            id,
            number,
            0,
            "status",
            [tags(set.into_iter().chain([last]))],
        )
    });
    batch(tester(), spans)
}

fn related(id: (u64, u64)) -> Data {
    let other = (id.0 + 100, id.1);
    let (child_of, follows) = (0, 1);
    let spans = [
        span(id, 1, 0, "root", []),
        span(id, 2, 1, "no reference", []),
        span(id, 3, 1, "both", [references([reference(child_of, id, 1)])]),
        span(
            id,
            4,
            0,
            "reference",
            [references([reference(child_of, id, 1)])],
        ),
        span(
            id,
            5,
            0,
            "follower",
            [references([reference(follows, id, 1)])],
        ),
        span(
            id,
            6,
            1,
            "follower too",
            [references([reference(follows, id, 1)])],
        ),
        span(
            id,
            7,
            0,
            "second",
            [references([
                reference(follows, id, 2),
                reference(child_of, id, 1),
            ])],
        ),
        span(
            id,
            8,
            1,
            "three",
            [references([
                reference(child_of, id, 1),
                reference(child_of, id, 2),
                reference(follows, other, 9),
            ])],
        ),
        span(
            id,
            9,
            0,
            "elsewhere",
            [references([reference(child_of, other, 1)])],
        ),
        span(
            id,
            10,
            0,
            "unknown type",
            [references([reference(7, id, 1)])],
        ),
        span(
            id,
            11,
            0,
            "zero",
            [references([reference(child_of, (0, 0), 0)])],
        ),
        span(id, 12, 12, "its own parent", []),
        span(id, 13, 99, "orphan", []),
        span(id, -1, i64::MIN, "large ids", []),
    ];
    batch(tester(), spans)
}

fn times(id: (u64, u64)) -> Data {
    let spans = [
        span(id, 1, 0, "none", [(9, I64(0))]),
        span(id, 2, 0, "backwards", [(9, I64(-5_000))]),
        span(id, 3, 0, "in 1969", [(8, I64(-1_000_000)), (9, I64(10))]),
        span(id, 4, 0, "one microsecond", [(9, I64(1))]),
        span(id, 5, 1, "not sampled", [(7, I32(0))]),
        span(id, 6, 1, "debug", [(7, I32(3))]),
    ];
    batch(tester(), spans)
}

fn addresses(id: (u64, u64)) -> Data {
    let process = process(
        "addresses",
        [
            tag("ip", I64(0x7f00_0001)),
            tag("hostname", I64(5)),
            tag("host.name", text("mine")),
            tag("jaeger.version", I64(5)),
        ],
    );
    let tags = tags([
        tag("peer.ipv4", I64(-1_062_731_775)),
        tag("telemetry.sdk.name", text("opentracing")),
    ]);
    batch(process, [span(id, 1, 0, "addresses", [tags])])
}

/// The name is there, but empty; a tag does not replace it.
fn nameless(id: (u64, u64)) -> Data {
    let process = Struct(vec![(1, text(""))]);
    batch(process, [span(id, 1, 0, "", [])])
}
