//! What reporters make arrive at a collector.

use std::time::{Duration, SystemTime};

use opentracing_shim_rustracing as rustracing;
use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
use rustracing::sampler::AllSampler;
use rustracing::tag::{StdTag, Tag};
use rustracing_jaeger::reporter::{JaegerBinaryReporter, JaegerCompactReporter};
use rustracing_jaeger::span::{
    FinishedSpan, Span, SpanContextState, SpanContextStateBuilder, TraceId,
};
use rustracing_jaeger::{Tracer, otel};
use viewer::model::{Kind, RefType, Status, Trace};
use viewer::{SpanId, Viewer};

const DEADLINE: Duration = Duration::from_secs(10);

fn at(milliseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + milliseconds)
}

fn state(trace: u64, span: u64) -> SpanContextState {
    SpanContextStateBuilder::new()
        .trace_id(TraceId {
            high: 0xa,
            low: trace,
        })
        .span_id(span)
        .finish()
}

fn finish(mut span: Span) {
    span.set_finish_time(|| at(30));
}

/// One test, since where spans go is set for the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn each_reporter_is_a_service_and_spans_arrive_whole() {
    let viewer = Viewer::builder().start().await.expect("the viewer starts");
    otel::configure(otel::Settings::new().endpoint(viewer.grpc_url())).unwrap();
    let (tracer, span_rx) = Tracer::new(AllSampler);

    let shop = tracer
        .span("order")
        .start_time(at(0))
        .tag(StdTag::span_kind("server"))
        .tag(Tag::new("price", 9.5))
        .start_with_state(state(1, 1));
    let mut bank = tracer
        .span("pay")
        .start_time(at(10))
        .child_of(&shop)
        .start_with_state(state(1, 2));
    bank.error_log(|log| {
        log.kind("Declined").message("no money");
    });
    let mail = tracer
        .span("mail")
        .start_time(at(20))
        .follows_from(&bank)
        .start_with_state(state(1, 3));
    for span in [shop, mail, bank] {
        finish(span);
    }
    let spans: Vec<_> = span_rx.try_iter().collect();
    let mut shop = JaegerCompactReporter::new("shop").unwrap();
    shop.add_service_tag(Tag::new("region", "north"));
    // Accepted, and without a meaning.
    shop.set_agent_addr("203.0.113.1:6831".parse().unwrap());
    shop.set_reporter_addr("0.0.0.0:0".parse().unwrap())
        .unwrap();
    shop.report(&spans[..2]).unwrap();
    let bank = JaegerBinaryReporter::new("bank").unwrap();
    bank.report(&spans[2..]).unwrap();
    let stock = JaegerBinaryReporter::new("stock").unwrap();
    stock.report(&inventory(state(2, 1))).unwrap();
    assert!(
        tokio::task::spawn_blocking(|| otel::flush(DEADLINE))
            .await
            .unwrap()
    );

    let trace_id = (0xa_u128 << 64 | 1).to_be_bytes();
    let trace = viewer
        .store()
        .trace(viewer::TraceId::from_bytes(trace_id))
        .expect("what is flushed is there");
    check(&trace);
    let trace_id = (0xa_u128 << 64 | 2).to_be_bytes();
    let trace = viewer
        .store()
        .trace(viewer::TraceId::from_bytes(trace_id))
        .expect("what is flushed is there");
    assert_eq!(trace.spans.len(), 1000);
}

/// Far more than the original can send: it makes one datagram of each report.
fn inventory(first: SpanContextState) -> Vec<FinishedSpan> {
    let (tracer, span_rx) = Tracer::new(AllSampler);
    let all = tracer.span("all").start_with_state(first);
    for _ in 1..1000 {
        let text = Tag::new("text", "long ".repeat(100));
        drop(all.child("one", |options| options.tag(text).start()));
    }
    drop(all);
    span_rx.try_iter().collect()
}

fn check(trace: &Trace) {
    let order = trace.find("shop", "order").expect("it is the shop's");
    assert_eq!((order.parent(), order.kind()), (None, Kind::Server));
    assert_eq!(order.start(), at(0));
    assert_eq!(order.duration, Duration::from_millis(30));
    assert_eq!(order.process.tags.str("region"), Some("north"));
    assert_eq!(
        order.tags.get("price"),
        Some(&viewer::model::Value::Float64(9.5))
    );

    let pay = trace.find("bank", "pay").expect("it is the bank's");
    assert_eq!(pay.parent(), Some(SpanId::from(1)));
    assert_eq!(pay.status(), Status::Error);
    assert_eq!(pay.logs[0].fields.str("exception.type"), Some("Declined"));
    assert_eq!(pay.process.tags.str("region"), None);

    // Of a span that only follows, the original makes the other one the parent too.
    let mail = trace.find("shop", "mail").expect("it is the shop's");
    assert_eq!(mail.parent(), Some(SpanId::from(2)));
    let link = mail.references.last().expect("it refers to the other one");
    assert_eq!(
        (link.ref_type, link.span_id),
        (RefType::FollowsFrom, SpanId::from(2))
    );
    assert!(trace.orphans().is_empty());
}
