//! D21 to D26 and D1 to D4: how a span ends.

mod support;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span as SdkSpan, SpanData, SpanProcessor};
use opentracing_shim::{FinishOptions, LogRecord, Span, tags};
use support::{Recorder, attribute, items};

#[test]
fn d21_the_end_time_is_exact_and_the_first_finish_counts() {
    let recorder = Recorder::new();
    let end = SystemTime::UNIX_EPOCH + Duration::from_nanos(1);
    let span = recorder.tracer.build_span("a").start();

    span.finish_at(end);
    span.finish();
    span.clone().finish_at(SystemTime::now());
    drop(span);

    assert_eq!(recorder.span().end_time, end);
}

#[test]
fn d22_after_the_end_only_the_context_answers() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_baggage_item("k", "v");
    let before = span.context();
    span.finish();

    span.set_tag("t", 1)
        .set_tag(tags::ERROR, true)
        .log_event("e")
        .set_operation_name("b")
        .set_baggage_item("k", "w");
    span.finish_with(FinishOptions::new().log(LogRecord::new([("event", "late")])));

    let exported = recorder.span();
    assert_eq!(exported.name, "a");
    assert!(exported.attributes.is_empty() && exported.events.events.is_empty());
    assert_eq!(span.context().to_span_id(), before.to_span_id());
    assert_eq!(items(&span.context()), items(&before));
    assert_eq!(span.baggage_item("k").as_deref(), Some("v"));
}

#[test]
fn d23_the_name_can_be_replaced_until_the_end() {
    let recorder = Recorder::new();

    recorder
        .tracer
        .build_span("")
        .start()
        .set_operation_name("first")
        .set_operation_name("second")
        .finish();

    assert_eq!(recorder.span().name, "second");
}

#[test]
fn d25_the_last_handle_ends_the_span_and_exports_it_once() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_tag("k", "v").set_tag(tags::ERROR, true);
    let clone = span.clone();

    drop(span);
    assert!(recorder.spans().is_empty(), "a handle is left");
    drop(clone);

    assert_eq!(
        attribute(&recorder.span(), "k"),
        ["v".into()],
        "what was held is written"
    );
    assert_eq!(
        recorder.span().status,
        opentelemetry::trace::Status::error("")
    );
}

#[test]
fn d25_an_open_scope_and_a_captured_context_are_handles() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let scope = recorder.tracer.activate(&span);
    let captured = Context::current();
    drop(span);

    drop(scope);
    assert!(
        recorder.spans().is_empty(),
        "native code still has the context"
    );
    drop(captured);

    assert_eq!(recorder.spans().len(), 1);
}

#[test]
fn d25_a_context_of_ours_is_no_handle() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let context = span.context();

    drop(span);

    assert_eq!(
        recorder.span().span_context.span_id().to_string(),
        context.to_span_id()
    );
}

#[test]
fn d3_contexts_are_read_while_others_write() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let id = span.context().to_span_id();

    thread::scope(|threads| {
        for thread in 0..4 {
            let (span, id) = (&span, &id);
            threads.spawn(move || {
                for round in 0..200 {
                    span.set_tag(format!("t{thread}"), round)
                        .log_event("e")
                        .set_baggage_item("k", "v");
                    assert_eq!(span.context().to_span_id(), *id);
                }
            });
        }
    });
    span.finish();

    assert_eq!(recorder.span().attributes.len(), 4);
}

/// A processor that uses the very span which is ending.
#[derive(Clone, Debug, Default)]
struct Reentrant(Arc<Mutex<Option<Span>>>);

impl SpanProcessor for Reentrant {
    fn on_start(&self, _span: &mut SdkSpan, _cx: &Context) {}

    fn on_end(&self, _data: SpanData) {
        let span = self.0.lock().expect("not poisoned").take();
        if let Some(span) = span {
            span.set_tag("late", 1).log_event("late").finish();
            assert!(!span.context().to_span_id().is_empty());
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn d26_a_processor_may_use_the_span_that_ends() {
    let processor = Reentrant::default();
    let recorder = Recorder::configured(|provider| provider.with_span_processor(processor.clone()));
    let span = recorder.tracer.build_span("a").start();
    *processor.0.lock().expect("not poisoned") = Some(span.clone());

    span.finish();

    assert!(recorder.span().attributes.is_empty());
}

#[test]
fn g9_native_code_can_end_our_span_with_all_that_was_held() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_tag("k", "v");

    span.in_scope(|| {
        Context::map_current(|cx| {
            assert!(cx.span().is_recording());
            cx.span().update_name("native");
            cx.span().add_event("native", Vec::new());
            cx.span().add_link(remote(), Vec::new());
            cx.span().end();
            assert!(!cx.span().is_recording());
        });
    });

    let exported = recorder.span();
    assert_eq!(exported.name, "native");
    assert_eq!(attribute(&exported, "k"), ["v".into()]);
    assert_eq!(
        (exported.events.events.len(), exported.links.links.len()),
        (1, 1)
    );
}

fn remote() -> SpanContext {
    SpanContext::new(
        1.into(),
        2.into(),
        Default::default(),
        true,
        Default::default(),
    )
}
