//! A and B: what the shim is made of and made from.

mod support;

use std::fmt;

use opentelemetry::global;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use opentracing_shim::api::mock::{MockSpan, MockTracer};
use opentracing_shim::propagation::{
    B3Propagator, BaggagePropagator, BinaryPropagator, Composite, Fleet, JaegerPropagator,
    TraceContextPropagator, from_names,
};
use opentracing_shim::{
    Baggage, CloseError, ErrorObject, ExtractError, FieldValue, Fields, FinishOptions, Format,
    InSpan, InjectError, LogRecord, Reference, RefusedEntry, ScopeManager, Span, SpanBuilder,
    SpanContext, SpanKindMapping, TagValue, Tracer, TracerShim, VERSION, tags,
};
use support::{Recorder, attribute};

#[test]
fn a1_normal_dependencies_hold_no_sdk() {
    let manifest = include_str!("../Cargo.toml");
    let table = |name: &str| {
        let (_, after) = manifest
            .split_once(&format!("\n[{name}]\n"))
            .expect("there is such a table");
        after.split("\n[").next().expect("a split has a first part")
    };

    let sdk: Vec<_> = table("dependencies")
        .lines()
        .filter(|line| line.starts_with("opentelemetry_sdk"))
        .collect();

    assert!(
        sdk.iter().all(|line| line.contains("optional = true")),
        "{sdk:?}"
    );
    assert!(
        !table("features").contains("default"),
        "nothing optional is there unless asked for"
    );
}

#[test]
fn a1_the_api_alone_records_nothing_and_keeps_the_active_span() {
    let tracer = TracerShim::builder(NoopTracerProvider::new()).build();

    let span = tracer.build_span("a").tag("k", "v").start();
    let scope = tracer.activate(&span);
    span.set_tag("k", "w")
        .log_event("e")
        .set_baggage_item("b", "1")
        .finish();

    assert!(
        tracer
            .active_span()
            .is_some_and(|active| active.same_as(&span))
    );
    drop(scope);
    assert!(tracer.active_span().is_none());
    assert_eq!(span.context().to_trace_id(), "");
}

#[test]
fn a4_semantic_tags_stay_attributes() {
    let recorder = Recorder::new();
    let given = [
        tags::SPAN_KIND,
        tags::COMPONENT,
        tags::PEER_SERVICE,
        tags::DB_TYPE,
        tags::MESSAGE_BUS_DESTINATION,
    ];

    let builder = given
        .iter()
        .fold(recorder.tracer.build_span("a"), |builder, key| {
            builder.tag(*key, "server")
        });
    builder.tag(tags::SAMPLING_PRIORITY, 1).start().finish();

    let span = recorder.span();
    assert!(
        given
            .iter()
            .all(|key| attribute(&span, key) == ["server".into()])
    );
    assert_eq!(attribute(&span, tags::SAMPLING_PRIORITY), [1.into()]);
    assert_eq!(span.span_kind, opentelemetry::trace::SpanKind::Internal);
}

#[test]
fn a6_handles_cross_threads_and_clone() {
    fn is_handle<T: Send + Sync + Clone + fmt::Debug + 'static>() {}

    is_handle::<Tracer>();
    is_handle::<Span>();
    is_handle::<SpanContext>();
    is_handle::<ScopeManager>();
    is_handle::<Reference>();
    is_handle::<Baggage>();
    is_handle::<TagValue>();
    is_handle::<FieldValue>();
    is_handle::<ErrorObject>();
    is_handle::<Fields>();
    is_handle::<LogRecord>();
    is_handle::<FinishOptions>();
    is_handle::<MockTracer>();
    is_handle::<MockSpan>();
    is_handle::<Composite>();
    is_handle::<TraceContextPropagator>();
    is_handle::<BaggagePropagator>();
    is_handle::<JaegerPropagator>();
    is_handle::<B3Propagator>();
    is_handle::<BinaryPropagator>();
    is_handle::<Fleet>();
}

#[test]
fn a6_what_is_not_shared_can_be_sent_and_errors_can_travel() {
    fn is_send<T: Send>() {}
    fn is_error<T: std::error::Error + Send + Sync + 'static>() {}

    is_send::<SpanBuilder<'_>>();
    is_send::<InSpan<std::future::Ready<()>>>();
    is_error::<InjectError>();
    is_error::<ExtractError>();
    is_error::<CloseError>();
    is_error::<RefusedEntry>();
}

#[test]
fn b1_spans_go_to_the_provider_given() {
    let (left, right) = (Recorder::new(), Recorder::new());

    left.tracer.build_span("left").start().finish();
    right.tracer.build_span("right").start().finish();

    assert_eq!(left.span().name, "left");
    assert_eq!(right.span().name, "right");
}

#[test]
fn b2_b3_the_scope_is_named_and_versioned() {
    let recorder = Recorder::new();

    recorder.tracer.build_span("a").start().finish();

    let span = recorder.span();
    assert_eq!(span.instrumentation_scope.name(), "opentracing-shim");
    assert_eq!(span.instrumentation_scope.version(), Some(VERSION));
    assert_eq!(VERSION, env!("CARGO_PKG_VERSION"));
}

#[test]
fn b4_f1_each_format_has_its_propagator() {
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(InMemorySpanExporter::default())
        .build();
    let tracer = TracerShim::builder(provider)
        .text_map_propagator(TraceContextPropagator::new())
        .http_headers_propagator(JaegerPropagator::new())
        .build();
    let span = tracer.build_span("a").start();
    let [mut text, mut http]: [Vec<(String, String)>; 2] = Default::default();

    tracer
        .inject(&span, Format::TextMap, &mut text)
        .expect("text map is offered");
    tracer
        .inject(&span, Format::HttpHeaders, &mut http)
        .expect("headers are offered");

    assert_eq!(
        text.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
        ["traceparent"]
    );
    assert_eq!(
        http.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
        ["uber-trace-id"]
    );
}

/// The one test of this file that touches the global propagator.
#[test]
fn b5_f1_the_global_propagator_is_looked_up_late() {
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(InMemorySpanExporter::default())
        .build();
    let tracer = TracerShim::builder(provider)
        .http_headers_propagator(JaegerPropagator::new())
        .build();
    let span = tracer.build_span("a").start();
    let _scope = tracer.activate(&span);
    let mut before = Vec::<(String, String)>::new();
    tracer
        .inject(&span, Format::TextMap, &mut before)
        .expect("nothing to write");
    let empty: [(&str, &str); 0] = [];
    let nothing = tracer
        .extract(Format::TextMap, &empty)
        .expect("nothing to read");

    global::set_text_map_propagator(from_names("b3").expect("a known name"));
    let [mut text, mut http]: [Vec<(String, String)>; 2] = Default::default();
    tracer
        .inject(&span, Format::TextMap, &mut text)
        .expect("one header");
    tracer
        .inject(&span, Format::HttpHeaders, &mut http)
        .expect("one header");

    assert!(before.is_empty());
    assert!(
        nothing.is_none(),
        "the default propagator answers with the active span, which nobody sent"
    );
    assert_eq!(text[0].0, "b3");
    assert_eq!(http[0].0, "uber-trace-id");
}

#[test]
fn h2_span_kind_is_mapped_only_on_request() {
    let cases = [
        (SpanKindMapping::Off, false, 1),
        (keep(true), true, 1),
        (keep(false), true, 0),
    ];
    for (mapping, is_mapped, attributes) in cases {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let tracer = TracerShim::builder(provider).span_kind(mapping).build();

        tracer
            .build_span("a")
            .tag(tags::SPAN_KIND, "internal?")
            .tag(tags::SPAN_KIND, "server")
            .start()
            .finish();
        tracer
            .build_span("late")
            .start()
            .set_tag(tags::SPAN_KIND, "client")
            .finish();

        let spans = exporter.get_finished_spans().expect("not shut down");
        assert_eq!(
            spans[0].span_kind == opentelemetry::trace::SpanKind::Server,
            is_mapped,
            "{mapping:?}"
        );
        assert_eq!(
            attribute(&spans[0], tags::SPAN_KIND).len(),
            attributes,
            "{mapping:?}"
        );
        assert_eq!(spans[1].span_kind, opentelemetry::trace::SpanKind::Internal);
        assert_eq!(attribute(&spans[1], tags::SPAN_KIND), ["client".into()]);
    }
}

#[test]
fn h2_a_kind_that_is_none_stays_an_attribute() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let tracer = TracerShim::builder(provider).span_kind(keep(false)).build();

    tracer
        .build_span("a")
        .tag(tags::SPAN_KIND, "gateway")
        .start()
        .finish();

    let spans = exporter.get_finished_spans().expect("not shut down");
    assert_eq!(attribute(&spans[0], tags::SPAN_KIND), ["gateway".into()]);
}

fn keep(keep_tag: bool) -> SpanKindMapping {
    SpanKindMapping::FromTag { keep_tag }
}
