//! What arrives of spans that the real crates have made.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use cf_rustracing::sampler::AllSampler;
use cf_rustracing::tag::{StdTag, Tag};
use cf_rustracing_jaeger::Tracer;
use cf_rustracing_jaeger::span::{SpanContext, SpanContextState};
use opentracing_shim_cf_rustracing::OtelSpanConsumer;
use opentracing_shim_cf_rustracing::otel::{Settings, configure, flush};
use tokio::runtime::Runtime;
use viewer::Viewer;
use viewer::model::{Kind, RefType, Span, Status, Trace, Value};
use viewer::store::Search;

const DEADLINE: Duration = Duration::from_secs(10);

struct Collector {
    viewer: Viewer,
    _runtime: Runtime,
}

/// One for all tests: the settings are the process's.
static COLLECTOR: LazyLock<Collector> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let viewer = runtime
        .block_on(Viewer::builder().start())
        .expect("the viewer finds free ports");
    let settings = Settings::new()
        .endpoint(viewer.grpc_url())
        .schedule_delay(Duration::from_secs(60));
    configure(settings).expect("nothing was configured before");
    Collector {
        viewer,
        _runtime: runtime,
    }
});

/// The trace that `work` leaves behind.
fn trace_of(service: &str, work: impl FnOnce(&Tracer)) -> Trace {
    let collector = &*COLLECTOR;
    let consumer = OtelSpanConsumer::new(service).service_tag(&Tag::new("region", "eu"));
    work(&Tracer::with_consumer(AllSampler, consumer));
    assert!(flush(DEADLINE));
    let mut traces = collector.viewer.store().find(&Search::service(service));
    let trace = traces.pop().expect("a trace has arrived");
    assert!(traces.is_empty(), "it is one: {traces:?}");
    trace
}

fn find<'a>(trace: &'a Trace, operation: &str) -> &'a Span {
    let span = trace.spans.iter().find(|span| span.operation == operation);
    span.unwrap_or_else(|| panic!("{operation} has not arrived: {trace:?}"))
}

fn raw_span_id(span: &Span) -> u64 {
    u64::from_be_bytes(span.span_id.to_bytes())
}

#[test]
fn ids_times_and_tags_arrive_as_they_were() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789);
    let mut state = None;

    let trace = trace_of("exact", |tracer| {
        let mut span = tracer
            .span("charge")
            .start_time(start)
            .tag(Tag::new("amount", 7))
            .tag(Tag::new("rate", 0.5))
            .tag(Tag::new("retried", true))
            .tag(Tag::new("currency", "EUR".to_owned()))
            .start();
        span.set_finish_time(|| start + Duration::from_micros(250));
        state = span.context().map(|context| context.state().clone());
    });

    let state = state.expect("it was sampled");
    let span = find(&trace, "charge");
    assert_eq!(
        format!("{:x}", u128::from_be_bytes(span.trace_id.to_bytes())),
        state.trace_id().to_string()
    );
    assert_eq!(raw_span_id(span), state.span_id());
    assert_eq!(span.start(), start);
    assert_eq!(span.duration, Duration::from_micros(250));
    assert_eq!(span.tags.get("amount"), Some(&Value::Int64(7)));
    assert_eq!(span.tags.get("rate"), Some(&Value::Float64(0.5)));
    assert_eq!(span.tags.get("retried"), Some(&Value::Bool(true)));
    assert_eq!(span.tags.str("currency"), Some("EUR"));
    assert_eq!(span.service(), "exact");
    assert_eq!(span.process.tags.str("region"), Some("eu"));
}

#[test]
fn kinds_errors_and_exceptions_are_open_telemetrys() {
    let trace = trace_of("errors", |tracer| {
        let mut span = tracer
            .span("query")
            .tag(StdTag::span_kind("client"))
            .start();
        span.error_log(|log| {
            log.kind("Timeout").message("no answer");
        });
        span.log(|log| {
            log.std().event("gave up");
        });
    });

    let span = find(&trace, "query");
    assert_eq!(span.kind(), Kind::Client);
    assert_eq!(span.status(), Status::Error);
    // The viewer shows the field `event`, where there is one, in place of the event's name.
    let [exception] = &span.events("error").collect::<Vec<_>>()[..] else {
        panic!("one exception: {:?}", span.logs);
    };
    assert_eq!(exception.fields.str("exception.type"), Some("Timeout"));
    assert_eq!(exception.fields.str("exception.message"), Some("no answer"));
    assert_eq!(span.events("gave up").count(), 1);
}

#[test]
fn children_have_their_parents_and_followers_a_link() {
    let trace = trace_of("family", |tracer| {
        let parent = tracer.span("parent").start();
        let child = parent.child("child", |options| options.start());
        let _follower = child.follower("follower", |options| options.start());
    });

    let [parent, child, follower] = ["parent", "child", "follower"].map(|name| find(&trace, name));
    assert_eq!(parent.parent(), None);
    assert_eq!(child.parent(), Some(parent.span_id));
    assert_eq!(child.references.len(), 1);
    assert_eq!(follower.parent(), Some(child.span_id));
    let link = follower
        .references
        .iter()
        .find(|reference| reference.ref_type == RefType::FollowsFrom);
    assert_eq!(link.map(|link| link.span_id), Some(child.span_id));
}

#[test]
fn a_span_continues_the_trace_that_came_in() {
    let state: SpanContextState = "af7651916cd43dd8:b7ad6b7169203331:0:1"
        .parse()
        .expect("it is one");
    let incoming = SpanContext::new(state, vec![]);

    let trace = trace_of("incoming", |tracer| {
        let _span = tracer.span("handle").child_of(&incoming).start();
    });

    let span = find(&trace, "handle");
    assert_eq!(
        span.trace_id.to_string(),
        "0000000000000000af7651916cd43dd8"
    );
    let parent = span.parent().map(|parent| parent.to_string());
    assert_eq!(parent.as_deref(), Some("b7ad6b7169203331"));
}

#[test]
fn a_debug_header_alone_gives_a_span_that_can_be_found_by_it() {
    let headers = std::collections::HashMap::from([("jaeger-debug-id", "ticket 42")]);
    let incoming = SpanContext::extract_from_http_header(&headers).expect("it can be read");

    let trace = trace_of("debug", |tracer| {
        let _span = tracer.span("handle").child_of(&incoming).start();
    });

    let span = find(&trace, "handle");
    assert_eq!(span.tags.str("jaeger-debug-id"), Some("ticket 42"));
    assert_eq!(span.parent(), None);
}

#[test]
fn the_consumer_works_on_a_thread_of_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");

    let trace = runtime
        .block_on(async { trace_of("on a runtime", |tracer| drop(tracer.span("work").start())) });

    assert_eq!(trace.spans.len(), 1);
}
