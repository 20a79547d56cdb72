//! What the published `rustracing_jaeger` reports over UDP is shown like everything else.

mod support;

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use rustracing::sampler::AllSampler;
use rustracing::tag::{StdTag, Tag};
use rustracing_jaeger::reporter::{JaegerBinaryReporter, JaegerCompactReporter};
use rustracing_jaeger::span::{FinishedSpan, SpanContext, SpanReceiver};
use rustracing_jaeger::{Span, Tracer};
use support::thrift::PROTOCOLS;
use support::{batch, request, span, with_kind};
use viewer::intake::thrift::Protocol;
use viewer::model::{Kind, RefType, Status, Trace, Value};
use viewer::{TraceId, Viewer};

const SOON: Duration = Duration::from_secs(20);

async fn viewer() -> Viewer {
    Viewer::builder().start().await.expect("free ports")
}

/// Reports as a user's reporter thread does, in one datagram.
fn report(viewer: &Viewer, protocol: Protocol, service: &str, spans: &[FinishedSpan]) {
    match protocol {
        Protocol::Compact => {
            let mut reporter = JaegerCompactReporter::new(service).expect("a socket");
            reporter.set_agent_addr(viewer.thrift_compact_addr().expect("on"));
            reporter.add_service_tag(Tag::new("zone", "a-1"));
            reporter.report(spans).expect("sent");
        }
        Protocol::Binary => {
            let mut reporter = JaegerBinaryReporter::new(service).expect("a socket");
            reporter.set_agent_addr(viewer.thrift_binary_addr().expect("on"));
            reporter.add_service_tag(Tag::new("zone", "a-1"));
            reporter.report(spans).expect("sent");
        }
    }
}

fn tracer() -> (Tracer, SpanReceiver) {
    Tracer::new(AllSampler)
}

fn finished(receiver: &SpanReceiver) -> Vec<FinishedSpan> {
    receiver.try_iter().collect()
}

fn id_of(span: &Span) -> TraceId {
    let id = span.context().expect("sampled").state().trace_id();
    TraceId::from(u128::from(id.high) << 64 | u128::from(id.low))
}

fn spans_of(viewer: &Viewer) -> u64 {
    viewer.store().stats().received_spans
}

async fn received(viewer: &Viewer, spans: u64) {
    let deadline = Instant::now() + SOON;
    while spans_of(viewer) < spans {
        let stats = viewer.store().stats();
        assert!(Instant::now() < deadline, "not {spans} spans: {stats:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn only_trace(viewer: &Viewer, id: TraceId, spans: u64) -> Trace {
    received(viewer, spans).await;
    viewer.store().trace(id).expect("the trace")
}

#[tokio::test]
async fn both_encodings_give_the_same_tree() {
    for protocol in PROTOCOLS {
        let viewer = viewer().await;
        let (tracer, receiver) = tracer();
        let mut root = tracer
            .span("POST /v1/login")
            .tag(StdTag::span_kind("server"))
            .tag(Tag::new("attempt", 2))
            .start();
        let id = id_of(&root);
        root.log(|log| {
            log.std().event("retry");
        });
        let mut call = tracer
            .span("auth.verify")
            .child_of(&root)
            .tag(StdTag::span_kind("client"))
            .start();
        call.set_tag(|| Tag::new("error", true));
        call.log(|log| {
            log.error().kind("Refused").message("no such challenge");
        });
        tracer.span("audit").follows_from(&root).start();
        drop(call);
        drop(root);

        report(&viewer, protocol, "api", &finished(&receiver));

        let trace = only_trace(&viewer, id, 3).await;
        let shown = trace
            .tree()
            .masked()
            .attributes(["attempt"])
            .events()
            .to_string();
        assert_eq!(
            shown,
            "\
trace <id>: 3 spans, 1 service
api: POST /v1/login [server] attempt=2
  * retry
  api: auth.verify [client] error
    * error
  api: audit
",
            "{protocol:?}"
        );
        let call = trace.find("api", "auth.verify").expect("shown");
        let failure = call.events("error").next().expect("shown");
        assert_eq!(failure.fields.str("error.kind"), Some("Refused"));
        assert_eq!(failure.fields.str("message"), Some("no such challenge"));
    }
}

#[tokio::test]
async fn tags_keep_their_types_and_the_process_its_own() {
    for protocol in PROTOCOLS {
        let viewer = viewer().await;
        let (tracer, receiver) = tracer();
        let span = tracer
            .span("typed")
            .tag(Tag::new("text", "Grüße, 世界 🚀"))
            .tag(Tag::new("whole", i64::MIN))
            .tag(Tag::new("half", 0.5))
            .tag(Tag::new("yes", true))
            .tag(Tag::new("no", false))
            .start();
        let id = id_of(&span);
        drop(span);

        report(&viewer, protocol, "prüfstand", &finished(&receiver));

        let trace = only_trace(&viewer, id, 1).await;
        let span = &trace.spans[0];
        for (key, value) in [
            ("text", Value::from("Grüße, 世界 🚀")),
            ("whole", Value::from(i64::MIN)),
            ("half", Value::from(0.5)),
            ("yes", Value::from(true)),
            ("no", Value::from(false)),
        ] {
            assert_eq!(span.tags.get(key), Some(&value), "{protocol:?} {key}");
        }
        assert_eq!(span.service(), "prüfstand");
        assert_eq!(span.process.tags.str("zone"), Some("a-1"));
        // Two tags that the client adds by itself, under the names that a Jaeger gives them.
        let version = span.process.tags.str("opencensus.exporterversion");
        assert_eq!(version, Some("Jaeger-rustracing_jaeger-0.10.0"));
        assert!(span.process.tags.str("host.name").is_some());
        assert_eq!(span.kind(), Kind::Unspecified);
        assert_eq!(span.status(), Status::Unset);
    }
}

#[tokio::test]
async fn times_are_kept_to_the_microsecond() {
    let viewer = viewer().await;
    let (tracer, receiver) = tracer();
    let start = SystemTime::UNIX_EPOCH + Duration::new(1_780_000_000, 123_456_789);
    let mut span = tracer.span("timed").start_time(start).start();
    let id = id_of(&span);
    span.set_finish_time(|| start + Duration::from_nanos(1_500_900));
    drop(span);

    report(&viewer, Protocol::Compact, "api", &finished(&receiver));

    let trace = only_trace(&viewer, id, 1).await;
    let span = &trace.spans[0];
    assert_eq!(span.start_unix_nanos, 1_780_000_000_123_456_000);
    assert_eq!(span.duration, Duration::from_micros(1_500));
}

#[tokio::test]
async fn a_child_of_a_follower_has_its_place() {
    let viewer = viewer().await;
    let (tracer, receiver) = tracer();
    let root = tracer.span("root").start();
    let follower = tracer.span("follower").follows_from(&root).start();
    drop(tracer.span("child").child_of(&follower).start());
    let id = id_of(&root);
    drop(follower);
    drop(root);

    report(&viewer, Protocol::Binary, "api", &finished(&receiver));

    let trace = only_trace(&viewer, id, 3).await;
    let follower = trace
        .spans
        .iter()
        .find(|span| span.operation == "follower")
        .expect("there");
    // One reference, although the client says it twice: as a reference and as the parent.
    assert_eq!(follower.references.len(), 1);
    assert_eq!(follower.references[0].ref_type, RefType::FollowsFrom);
    assert_eq!(trace.orphans().len(), 0);
}

/// The case of every migration: the caller speaks OTLP, the service in the middle is old, the one behind it is new.
#[tokio::test]
async fn a_trace_of_both_protocols_is_one_tree() {
    let viewer = viewer().await;
    let id = TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128);
    let (tracer, receiver) = tracer();
    let caller = with_kind(span(id, 0xb7ad, 0, "call"), SpanKind::Client);

    let context = extracted(&format!("{id}:b7ad:0:1"));
    let server = tracer
        .span("serve")
        .child_of(&context)
        .tag(StdTag::span_kind("server"))
        .start();
    let server_id = server.context().expect("sampled").state().span_id();
    assert_eq!(id_of(&server), id);
    drop(server);
    report(&viewer, Protocol::Compact, "old", &finished(&receiver));
    let behind = with_kind(span(id, 0xff, server_id, "behind"), SpanKind::Server);
    let otlp = request([batch("caller", [caller]), batch("new", [behind])]);
    viewer::intake::Intake::new(viewer.store().clone())
        .accept(viewer::intake::Signal::Traces, otlp.encode_to_vec().into())
        .expect("a request");

    let trace = only_trace(&viewer, id, 3).await;
    assert_eq!(
        trace.tree().masked().to_string(),
        "\
trace <id>: 3 spans, 3 services
caller: call [client]
  old: serve [server]
    new: behind [server]
"
    );
}

/// Old clients make ids of 64 bits and write them without zeros in front.
#[tokio::test]
async fn short_ids_are_the_low_end_of_long_ones() {
    let viewer = viewer().await;
    let (tracer, receiver) = tracer();
    drop(tracer.span("a").child_of(&extracted("2a:1f:0:1")).start());

    report(&viewer, Protocol::Compact, "old", &finished(&receiver));

    let trace = only_trace(&viewer, TraceId::from(0x2a_u128), 1).await;
    let parent = trace.spans[0].parent().expect("a parent");
    assert_eq!(parent.to_string(), "000000000000001f");
}

#[tokio::test]
async fn a_large_batch_arrives_whole() {
    for protocol in PROTOCOLS {
        let viewer = viewer().await;
        let (tracer, receiver) = tracer();
        let root = tracer.span("root").start();
        let id = id_of(&root);
        let spans = 60;
        for number in 0..spans {
            let text = "x".repeat(850);
            let span = tracer
                .span("part")
                .child_of(&root)
                .tag(Tag::new("text", text));
            drop(span.tag(Tag::new("number", number)).start());
        }
        drop(root);

        report(&viewer, protocol, "large", &finished(&receiver));

        let trace = only_trace(&viewer, id, spans as u64 + 1).await;
        assert_eq!(trace.roots().count(), 1);
        assert_eq!(trace.orphans().len(), 0);
    }
}

fn extracted(header: &str) -> SpanContext {
    let carrier = HashMap::from([("uber-trace-id".to_owned(), header.to_owned())]);
    let context = SpanContext::extract_from_text_map(&carrier).expect("a valid header");
    context.expect("a header")
}
