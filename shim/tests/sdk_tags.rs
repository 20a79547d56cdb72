//! D11 with feature `sdk`: what is set again is exported once, also if it was given at start.

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor, Span, SpanData, SpanProcessor,
};
use opentracing_shim::sdk::TagOverwrite;
use opentracing_shim::{Tracer, TracerShim};
use support::attribute;

/// A provider whose spans go through the processor under test.
fn provider() -> (SdkTracerProvider, InMemorySpanExporter) {
    let exporter = InMemorySpanExporter::default();
    let processor = TagOverwrite::new(SimpleSpanProcessor::new(exporter.clone()));
    let provider = SdkTracerProvider::builder()
        .with_span_processor(processor)
        .build();
    (provider, exporter)
}

/// The only span that `work` leaves.
fn exported(work: impl FnOnce(&Tracer)) -> SpanData {
    let (provider, exporter) = provider();
    work(&TracerShim::builder(provider.clone()).build());
    let mut spans = exporter
        .get_finished_spans()
        .expect("the exporter is not shut down");
    assert_eq!(spans.len(), 1, "one span was expected: {spans:#?}");
    spans.remove(0)
}

#[test]
fn d11_a_tag_of_the_start_that_is_overwritten_is_removed() {
    let span = exported(|tracer| {
        let span = tracer
            .build_span("a")
            .tag("rows", 0)
            .tag("table", "users")
            .start();
        span.set_tag("rows", 3).finish();
    });

    assert_eq!(attribute(&span, "rows"), [3.into()]);
    assert_eq!(attribute(&span, "table"), ["users".into()]);
    assert_eq!(span.attributes.len(), 2);
    assert_eq!(span.dropped_attributes_count, 0);
}

#[test]
fn d11_an_overwritten_tag_may_change_its_type() {
    let span = exported(|tracer| {
        let span = tracer.build_span("a").tag("rows", "many").start();
        span.set_tag("rows", 3).set_tag("rows", true).finish();
    });

    assert_eq!(attribute(&span, "rows"), [true.into()]);
}

#[test]
fn d11_among_many_tags_each_key_is_there_once() {
    let names: Vec<String> = (0..60).map(|number| format!("tag.{number}")).collect();

    let span = exported(|tracer| {
        let mut builder = tracer.build_span("a");
        for name in &names {
            builder = builder.tag(name.clone(), 1);
        }
        let span = builder.start();
        for name in &names {
            span.set_tag(name.clone(), 2);
        }
        span.finish();
    });

    assert_eq!(span.attributes.len(), names.len());
    for name in &names {
        assert_eq!(attribute(&span, name), [2.into()]);
    }
}

#[test]
fn d11_spans_of_native_code_are_left_alone() {
    let (provider, exporter) = provider();

    let mut native = provider.tracer("native").start("a");
    native.set_attribute(KeyValue::new("rows", 1));
    native.set_attribute(KeyValue::new("rows", 2));
    native.end();

    let spans = exporter
        .get_finished_spans()
        .expect("the exporter is not shut down");
    assert_eq!(attribute(&spans[0], "rows"), [1.into(), 2.into()]);
}

/// Writes down what it is told.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn note(&self, call: impl Into<String>) {
        self.0
            .lock()
            .expect("no call panics with the lock")
            .push(call.into());
    }
}

impl SpanProcessor for Told {
    fn on_start(&self, _: &mut Span, _: &Context) {
        self.note("start");
    }

    fn on_end(&self, span: SpanData) {
        self.note(format!("end of {}", span.name));
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.note("flush");
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.note(format!("shutdown in {timeout:?}"));
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.note(format!("resource of {}", resource.len()));
    }
}

#[test]
fn d11_the_processor_behind_it_is_told_everything() {
    let told = Told::default();
    let resource = Resource::builder_empty().with_service_name("login").build();
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_span_processor(TagOverwrite::new(told.clone()))
        .build();

    provider.tracer("native").start("a").end();
    provider.force_flush().expect("it says so");
    provider
        .shutdown_with_timeout(Duration::from_secs(7))
        .expect("it says so");

    let calls = told.0.lock().expect("no call panics with the lock").clone();
    assert_eq!(
        calls,
        [
            "resource of 1",
            "start",
            "end of a",
            "flush",
            "shutdown in 7s"
        ]
    );
}
