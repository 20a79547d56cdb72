//! One provider for both kinds of spans. What is installed is installed for the process, so this is one test.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Span as _, SpanId, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, ParentBasedSampler, RandomIdGenerator, Sampler, SdkTracerProvider,
    SpanData, TracerProviderBuilder,
};
use opentracing_shim_legacy::{
    Ids, InstallError, Reference, ReferenceKind, ReplayIds, ReplaySampler, Reporter, SpanRecord,
    install, is_installed, replay,
};

const PARENT: Ids = Ids {
    trace_high: 0xaaaa,
    trace_low: 0xbbbb,
    span_id: 0xcccc,
    flags: 1,
};
const CHILD: Ids = Ids {
    span_id: 0xdddd,
    ..PARENT
};

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000)
}

fn child() -> SpanRecord {
    let mut record = SpanRecord::new(
        "legacy child",
        CHILD,
        start(),
        start() + Duration::from_millis(3),
    );
    record.tag("span.kind", "client");
    record.tag("error", true);
    record.tag("http.status_code", 500);
    record.log(start(), [("event", "retry")]);
    record.reference(Reference {
        kind: ReferenceKind::ChildOf,
        ids: PARENT,
        is_remote: false,
        debug_id: None,
    });
    record.reference(Reference {
        kind: ReferenceKind::FollowsFrom,
        ids: Ids {
            span_id: 0xeeee,
            ..PARENT
        },
        is_remote: true,
        debug_id: None,
    });
    record
}

fn builder(exporter: &InMemorySpanExporter) -> TracerProviderBuilder {
    SdkTracerProvider::builder()
        .with_resource(
            Resource::builder_empty()
                .with_service_name("application")
                .build(),
        )
        .with_simple_exporter(exporter.clone())
}

#[test]
fn legacy_and_native_spans_go_through_the_applications_provider() {
    let exporter = InMemorySpanExporter::default();

    // Nothing is installed: the span comes back.
    assert!(!is_installed());
    let returned = replay(child().finish()).expect_err("nobody took it");
    assert_eq!(returned.name, "legacy child");

    // Providers that make ids of their own are refused, and so are those that make no spans any more.
    let foreign = builder(&exporter).build();
    assert_eq!(install(&foreign), Err(InstallError::ForeignIds));
    let ended = builder(&exporter)
        .with_id_generator(ReplayIds::new(RandomIdGenerator::default()))
        .build();
    ended
        .shutdown()
        .expect("the exporter in memory can be shut down");
    assert_eq!(install(&ended), Err(InstallError::ForeignIds));

    // This sampler would drop every root of its own.
    let exporter = InMemorySpanExporter::default();
    let provider = builder(&exporter)
        .with_id_generator(ReplayIds::new(RandomIdGenerator::default()))
        .with_sampler(ReplaySampler::new(ParentBasedSampler::new(
            Sampler::AlwaysOff,
        )))
        .build();
    install(&provider).expect("this one takes ids");
    assert!(is_installed());
    assert_eq!(install(&provider), Err(InstallError::Twice));
    assert!(
        exporter
            .get_finished_spans()
            .expect("it is open")
            .is_empty()
    );

    // A native span below a legacy one, and below that a legacy one again: any order of finishing.
    let tracer = provider.tracer("native");
    let native = tracer.start_with_context("native child", &CHILD.context());
    let native_ids = Ids::from(native.span_context());
    let grandchild = Ids {
        span_id: 0xffff,
        ..PARENT
    };
    let mut below = SpanRecord::new("legacy grandchild", grandchild, start(), start());
    below.reference(Reference {
        kind: ReferenceKind::ChildOf,
        ids: native_ids,
        is_remote: false,
        debug_id: None,
    });
    replay(below.finish()).expect("it is installed");
    drop(native);
    replay(child().finish()).expect("it is installed");
    // A reporter is a way to the same provider, for spans that nobody replayed when they were finished.
    let root = SpanRecord::new("legacy root", PARENT, start(), start()).finish();
    Reporter::new("a service")
        .report([root])
        .expect("it is installed");
    // A span of an exporter itself, whose export would make another one.
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        replay(child().finish()).expect("it is installed");
    }
    // A root of the application's own is its own sampler's affair, after a replay too.
    assert!(!tracer.start("native root").span_context().is_sampled());

    let spans = exporter.get_finished_spans().expect("it is open");
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(
        names,
        [
            "legacy grandchild",
            "native child",
            "legacy child",
            "legacy root"
        ]
    );
    let [grandchild, native, replayed, root] = &spans[..] else {
        panic!("four were finished");
    };
    assert!(
        spans
            .iter()
            .all(|span| span.span_context.trace_id() == PARENT.trace_id())
    );
    assert_eq!(
        parents(&spans),
        [
            native_ids.span_id(),
            CHILD.span_id(),
            PARENT.span_id(),
            SpanId::INVALID
        ]
    );
    assert_eq!(grandchild.span_context.span_id(), SpanId::from(0xffff));
    assert_eq!(native.instrumentation_scope.name(), "native");
    assert_eq!(root.span_context.span_id(), PARENT.span_id());
    assert_same(replayed, &child().finish());
}

fn parents(spans: &[SpanData]) -> Vec<SpanId> {
    spans.iter().map(|span| span.parent_span_id).collect()
}

/// What a reporter would have sent is what the provider was given.
fn assert_same(replayed: &SpanData, reported: &SpanData) {
    assert_eq!(replayed.span_context, reported.span_context);
    assert_eq!(
        replayed.parent_span_is_remote,
        reported.parent_span_is_remote
    );
    assert_eq!(
        (&replayed.span_kind, &replayed.status),
        (&SpanKind::Client, &Status::error(""))
    );
    assert_eq!(
        replayed.attributes,
        [KeyValue::new("http.status_code", 500)]
    );
    assert_eq!(
        (replayed.start_time, replayed.end_time),
        (reported.start_time, reported.end_time)
    );
    assert_eq!(replayed.events, reported.events);
    assert_eq!(replayed.links, reported.links);
    assert_eq!(
        replayed.instrumentation_scope,
        reported.instrumentation_scope
    );
}
