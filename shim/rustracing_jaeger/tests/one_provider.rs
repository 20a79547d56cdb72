//! Old spans through the application's own provider. It is installed for the process, so these tests share one.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::thread;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{
    Span as _, TraceContextExt as _, TraceId, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, RandomIdGenerator, Sampler, SdkTracerProvider, SpanData,
};
use opentracing_shim_rustracing as rustracing;
use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
use rustracing::sampler::{AllSampler, NullSampler};
use rustracing::span::BaggageItem;
use rustracing_jaeger::reporter::JaegerCompactReporter;
use rustracing_jaeger::span::{SpanContext, SpanContextState};
use rustracing_jaeger::{Span, Tracer, otel};

struct Application {
    exporter: InMemorySpanExporter,
    provider: SdkTracerProvider,
}

fn application() -> &'static Application {
    static APPLICATION: OnceLock<Application> = OnceLock::new();
    APPLICATION.get_or_init(|| {
        let exporter = InMemorySpanExporter::default();
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
        let provider = SdkTracerProvider::builder()
            .with_id_generator(otel::ReplayIds::new(RandomIdGenerator::default()))
            .with_sampler(otel::ReplaySampler::new(sampler))
            .with_simple_exporter(exporter.clone())
            .build();
        otel::install(&provider).expect("it is the first, and keeps ids");
        Application { exporter, provider }
    })
}

impl Application {
    fn start(&self, name: &'static str, parent: &Context) -> opentelemetry_sdk::trace::Span {
        self.provider.tracer("app").start_with_context(name, parent)
    }

    /// The spans of a trace, as they ended.
    fn spans(&self, trace_id: TraceId) -> Vec<SpanData> {
        let mut spans = self
            .exporter
            .get_finished_spans()
            .expect("it is not shut down");
        spans.retain(|span| span.span_context.trace_id() == trace_id);
        spans
    }
}

fn trace_id(span: Option<&SpanContext>) -> TraceId {
    otel::context(span).span().span_context().trace_id()
}

fn names(spans: &[SpanData]) -> Vec<&str> {
    spans.iter().map(|span| &*span.name).collect()
}

#[test]
fn old_and_native_spans_nest_both_ways_and_share_baggage() {
    let app = application();
    let (tracer, _span_rx) = Tracer::new(AllSampler);

    let mut old = tracer.span("old").start();
    old.set_baggage_item(|| BaggageItem::new("tenant", "blue"));
    let in_old = otel::context(old.context());
    let native = app.start("native", &in_old);
    let in_native = in_old
        .with_span(native)
        .with_baggage([KeyValue::new("tenant", "blue"), KeyValue::new("user", "7")]);
    let inner = tracer
        .span("inner")
        .child_of(&otel::span_context(&in_native))
        .start();

    let user = inner.get_baggage_item("user").map(BaggageItem::value);
    assert_eq!(user, Some("7"));
    assert_eq!(
        in_old.baggage().get("tenant").map(|value| value.as_str()),
        Some("blue")
    );
    let trace_id = trace_id(old.context());
    drop(inner);
    drop(in_native);
    drop(old);
    let spans = app.spans(trace_id);
    assert_eq!(names(&spans), ["inner", "native", "old"]);
    assert_eq!(spans[0].parent_span_id, spans[1].span_context.span_id());
    assert_eq!(spans[1].parent_span_id, spans[2].span_context.span_id());
}

#[test]
fn a_reporter_sends_nothing_twice() {
    let app = application();
    let (tracer, span_rx) = Tracer::new(AllSampler);
    let span = tracer.span("once").start();
    let trace_id = trace_id(span.context());
    drop(span);

    let reporter = JaegerCompactReporter::new("shop").unwrap();
    reporter.report(&[span_rx.recv().unwrap()]).unwrap();

    assert_eq!(names(&app.spans(trace_id)), ["once"]);
    assert_eq!(otel::counts().queued, 0);
}

/// OpenTelemetry's own API panics there, and a panic in such a destructor ends the process.
#[test]
fn a_span_may_be_finished_by_the_end_of_its_thread() {
    thread_local! {
        static KEPT: RefCell<Option<Span>> = const { RefCell::new(None) };
    }
    let app = application();
    let (tracer, _span_rx) = Tracer::new(AllSampler);
    let span = tracer.span("kept").start();
    let trace_id = trace_id(span.context());

    thread::spawn(move || {
        KEPT.set(Some(span));
        // Made after what is kept, the context goes before it.
        drop(Context::current());
    })
    .join()
    .expect("the destructor does not panic");

    assert_eq!(names(&app.spans(trace_id)), ["kept"]);
}

/// The tracer of the other package knows no hook.
#[test]
fn spans_of_a_generic_tracer_go_to_the_provider_when_they_are_reported() {
    let app = application();
    let (tracer, span_rx) = rustracing::Tracer::<_, SpanContextState>::new(AllSampler);
    let span = tracer.span("late").start();
    let trace_id = trace_id(span.context());
    drop(span);
    assert!(app.spans(trace_id).is_empty());

    let reporter = JaegerCompactReporter::new("shop").unwrap();
    reporter.report(&[span_rx.recv().unwrap()]).unwrap();

    assert_eq!(names(&app.spans(trace_id)), ["late"]);
    assert_eq!(otel::counts().queued, 0);
}

#[test]
fn native_children_of_a_span_that_is_not_recorded_are_not_recorded() {
    let app = application();
    let (tracer, _span_rx) = Tracer::new(NullSampler);
    let span = tracer.span("unseen").start();

    let native = app.start("native", &otel::context(span.context()));

    assert!(!native.is_recording());
}

#[test]
fn a_context_without_a_span_is_no_parent() {
    assert!(otel::span_context(&Context::new()).is_none());
}
