//! What a span keeps: attributes, status, errors, times, its end; and what a provider need not have.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::noop::{NoopTracer, NoopTracerProvider};
use opentelemetry::trace::{
    Event, Span, Status, TraceContextExt, TraceFlags, Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};

use crate::{Recorded, SPAN, TRACE, remote};

#[test]
fn an_attribute_set_twice_is_exported_twice() {
    let recorded = Recorded::with_default_sampler();
    let mut span = recorded.provider.tracer("native").start("span");

    span.set_attribute(KeyValue::new("key", "first"));
    span.set_attribute(KeyValue::new("key", "second"));
    span.end();

    assert_eq!(
        recorded.only_span().attributes,
        [
            KeyValue::new("key", "first"),
            KeyValue::new("key", "second")
        ]
    );
}

#[test]
fn status_ok_is_not_replaced_by_a_later_error() {
    let recorded = Recorded::with_default_sampler();
    let mut span = recorded.provider.tracer("native").start("span");

    span.set_status(Status::Ok);
    span.set_status(Status::error("too late"));
    span.end();

    assert_eq!(recorded.only_span().status, Status::Ok);
}

#[test]
fn record_error_adds_the_message_and_nothing_else() {
    let recorded = Recorded::with_default_sampler();
    let mut span = recorded.provider.tracer("native").start("span");

    span.record_error(&std::io::Error::other("no answer"));
    span.end();

    let span = recorded.only_span();
    let events: Vec<&Event> = span.events.iter().collect();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].name, "exception");
    assert_eq!(
        events[0].attributes,
        [KeyValue::new("exception.message", "no answer")]
    );
    assert_eq!(span.status, Status::Unset);
}

#[test]
fn ending_twice_exports_once_and_an_attribute_after_the_end_has_no_effect() {
    let recorded = Recorded::with_default_sampler();
    let mut span = recorded.provider.tracer("native").start("span");

    span.end();
    span.set_attribute(KeyValue::new("key", "late"));
    span.end();
    drop(span);

    assert!(recorded.only_span().attributes.is_empty());
}

#[test]
fn an_end_before_the_start_is_kept_as_given() {
    let recorded = Recorded::with_default_sampler();
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(2);
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    let tracer = recorded.provider.tracer("native");

    let mut span = tracer.build(tracer.span_builder("span").with_start_time(start));
    span.end_with_timestamp(end);

    let span = recorded.only_span();
    assert_eq!((span.start_time, span.end_time), (start, end));
}

#[test]
fn a_child_of_the_no_op_tracer_has_the_ids_of_its_parent() {
    let context = remote(TRACE, SPAN, TraceFlags::SAMPLED);
    let parent = Context::new().with_remote_span_context(context.clone());

    let span = NoopTracerProvider::new()
        .tracer("native")
        .start_with_context("child", &parent);

    assert_eq!(span.span_context(), &context);
    assert!(!span.is_recording());
}

#[test]
fn a_tracer_provider_has_nothing_to_shut_down() {
    /// Implements every method that the trait demands. If a new one appears, this stops compiling, and a bridge could
    /// then close what it was given without a hook of its own.
    struct Bare;

    impl TracerProvider for Bare {
        type Tracer = NoopTracer;

        fn tracer(&self, name: impl Into<Cow<'static, str>>) -> NoopTracer {
            self.tracer_with_scope(InstrumentationScope::builder(name).build())
        }

        fn tracer_with_scope(&self, _: InstrumentationScope) -> NoopTracer {
            NoopTracer::new()
        }
    }

    let span = Bare.tracer("native").start("span");

    assert!(!span.is_recording());
}
