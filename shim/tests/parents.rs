//! C1 to C8, C16 to C24 and H1: which span is the parent, and what references leave behind.

mod support;

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, TraceContextExt, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::Sampler;
use opentracing_shim::api::mock::MockTracer;
use opentracing_shim::{ReferenceType, Span, SpanContext};
use support::{PARENT, Recorder, SAMPLED, TRACE, is_child_of, is_root, links};

#[test]
fn c1_names_are_free() {
    let recorder = Recorder::new();

    recorder.tracer.build_span("").start().finish();
    recorder
        .tracer
        .build_span(String::from("owned \u{200b}"))
        .start()
        .finish();

    assert_eq!(recorder.spans()[0].name, "");
    assert_eq!(recorder.spans()[1].name, "owned \u{200b}");
}

#[test]
fn c3_ignoring_the_active_span_makes_a_root() {
    let recorder = Recorder::new();
    let active = recorder.tracer.build_span("active").start();
    let _scope = recorder.tracer.activate(&active);

    recorder
        .tracer
        .build_span("a")
        .ignore_active_span()
        .start()
        .finish();

    assert!(is_root(&recorder.named("a")));
    assert_ne!(
        recorder.named("a").span_context.trace_id().to_string(),
        active.context().to_trace_id()
    );
}

#[test]
fn c3_a_reference_counts_although_the_active_span_is_ignored() {
    let recorder = Recorder::new();
    let parent = recorder.tracer.build_span("parent").start();

    recorder
        .tracer
        .build_span("a")
        .child_of(&parent)
        .ignore_active_span()
        .start()
        .finish();
    parent.finish();

    assert!(is_child_of(&recorder.named("a"), &recorder.named("parent")));
}

#[test]
fn c4_the_first_child_of_in_the_whole_list_is_the_parent() {
    let recorder = Recorder::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| recorder.tracer.build_span(name).start());

    recorder
        .tracer
        .build_span("d")
        .follows_from(&a)
        .child_of(&b)
        .child_of(&c)
        .start()
        .finish();
    b.finish();

    assert!(is_child_of(&recorder.named("d"), &recorder.named("b")));
}

#[test]
fn c4_else_the_first_reference_is_the_parent() {
    let recorder = Recorder::new();
    let [a, b] = ["a", "b"].map(|name| recorder.tracer.build_span(name).start());

    recorder
        .tracer
        .build_span("c")
        .follows_from(&a)
        .follows_from(&b)
        .start()
        .finish();
    a.finish();

    assert!(is_child_of(&recorder.named("c"), &recorder.named("a")));
}

#[test]
fn c5_c6_c7_every_reference_is_a_link_with_its_type() {
    let recorder = Recorder::new();
    let [a, b] = ["a", "b"].map(|name| recorder.tracer.build_span(name).start());

    recorder
        .tracer
        .build_span("c")
        .child_of(&a)
        .reference(ReferenceType::FollowsFrom, &b)
        .start()
        .finish();
    a.finish();
    b.finish();

    let expected = [("child_of", "a"), ("follows_from", "b")]
        .map(|(kind, name)| (kind.to_owned(), recorder.named(name).span_context.span_id()));
    assert_eq!(links(&recorder.named("c")), expected);
}

#[test]
fn c8_a_reference_leaves_nothing_but_parent_and_link() {
    let recorder = Recorder::new();
    let a = recorder.tracer.build_span("a").start();

    recorder
        .tracer
        .build_span("b")
        .child_of(&a)
        .start()
        .finish();

    assert!(recorder.named("b").attributes.is_empty());
    assert!(recorder.named("b").events.events.is_empty());
}

#[test]
fn c16_a_started_span_is_exported_when_it_finishes() {
    let recorder = Recorder::new();

    let span = recorder.tracer.build_span("a").start();

    assert!(recorder.spans().is_empty());
    span.finish();
    assert_eq!(recorder.spans().len(), 1);
}

/// The rule is for languages without a scope manager. Here there is one, and it is OpenTelemetry's context.
#[test]
fn c17_c18_the_ambient_span_is_the_parent_and_can_be_ignored() {
    let recorder = Recorder::new();
    let native = recorder.provider.tracer("native").start("native");
    let cx = Context::new().with_span(native);

    cx.clone().attach_and(|| {
        recorder.tracer.build_span("implicit").start().finish();
        let ignoring = recorder.tracer.build_span("explicit").ignore_active_span();
        ignoring.start().finish();
    });
    cx.span().end();

    assert!(is_child_of(
        &recorder.named("implicit"),
        &recorder.named("native")
    ));
    assert!(is_root(&recorder.named("explicit")));
}

#[test]
fn c19_an_inferred_parent_is_no_link() {
    let recorder = Recorder::new();
    let parent = recorder.tracer.build_span("parent").start();
    let scope = recorder.tracer.activate(&parent);

    recorder.tracer.build_span("a").start().finish();
    drop(scope);
    parent.finish();

    assert!(is_child_of(&recorder.named("a"), &recorder.named("parent")));
    assert!(links(&recorder.named("a")).is_empty());
}

#[test]
fn c20_an_absent_reference_is_no_reference() {
    let recorder = Recorder::new();
    let (no_context, no_span): (Option<SpanContext>, Option<&Span>) = (None, None);

    recorder
        .tracer
        .build_span("a")
        .child_of(&no_context)
        .follows_from(no_span)
        .child_of(Span::noop())
        .child_of(SpanContext::noop())
        .start()
        .finish();

    assert!(is_root(&recorder.span()));
    assert!(links(&recorder.span()).is_empty());
}

#[test]
fn c20_the_context_of_another_tracer_is_no_reference() {
    let recorder = Recorder::new();
    let other = MockTracer::new().tracer().build_span("other").start();

    recorder
        .tracer
        .build_span("a")
        .child_of(&other)
        .start()
        .finish();

    assert!(is_root(&recorder.span()));
}

#[test]
fn c22_a_reference_to_baggage_alone_starts_a_recorded_root() {
    let recorder = Recorder::new();
    let context = recorder
        .extract(&[("baggage", "k=v")])
        .expect("baggage is a context");
    let active = recorder.tracer.build_span("active").start();
    let _scope = recorder.tracer.activate(&active);

    let span = recorder.tracer.build_span("a").child_of(&context).start();
    span.finish();

    assert!(is_root(&recorder.named("a")));
    assert!(links(&recorder.named("a")).is_empty());
    assert_eq!(span.baggage_item("k").as_deref(), Some("v"));
}

#[test]
fn c22_an_invalid_span_that_is_current_does_not_hide_the_trace() {
    let recorder = Recorder::new();
    let _attached = Context::new()
        .with_remote_span_context(opentelemetry::trace::SpanContext::NONE)
        .attach();

    recorder.tracer.build_span("a").start().finish();

    assert!(is_root(&recorder.span()));
}

#[test]
fn c23_the_ambient_context_is_no_parent_when_ignored() {
    let recorder = Recorder::new();
    let native = recorder.provider.tracer("native");
    let _attached = Context::new().with_span(native.start("native")).attach();

    recorder
        .tracer
        .build_span("ignoring")
        .ignore_active_span()
        .start()
        .finish();
    recorder.tracer.build_span("taking").start().finish();

    assert!(is_root(&recorder.named("ignoring")));
    assert!(!is_root(&recorder.named("taking")));
}

#[test]
fn c23_suppression_reaches_spans_with_any_parent() {
    let recorder = Recorder::new();
    let parent = recorder.tracer.build_span("parent").start();
    let baggage_only = recorder.extract(&[("baggage", "k=v")]);

    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        recorder
            .tracer
            .build_span("referring")
            .child_of(&parent)
            .start()
            .finish();
        recorder
            .tracer
            .build_span("root")
            .ignore_active_span()
            .start()
            .finish();
        recorder
            .tracer
            .build_span("with baggage")
            .child_of(&baggage_only)
            .start()
            .finish();
        let _none = recorder.tracer.activate_none();
        recorder
            .tracer
            .build_span("without active span")
            .start()
            .finish();
    }

    assert!(
        recorder.spans().is_empty(),
        "an exporter that uses this tracer would trace itself"
    );
}

#[test]
fn c24_links_beyond_the_limit_are_counted_and_the_parent_is_right() {
    let recorder = Recorder::new();
    let others: Vec<Span> = (0..199)
        .map(|_| recorder.tracer.build_span("other").start())
        .collect();
    let parent = recorder.tracer.build_span("parent").start();

    let builder = others
        .iter()
        .fold(recorder.tracer.build_span("a"), |builder, other| {
            builder.follows_from(other)
        });
    builder.child_of(&parent).start().finish();
    parent.finish();

    let span = recorder.named("a");
    assert!(is_child_of(&span, &recorder.named("parent")));
    assert_eq!(
        span.links.links.len() + span.links.dropped_count as usize,
        200
    );
}

#[test]
fn d4_a_finished_span_can_be_the_parent() {
    let recorder = Recorder::new();
    let parent = recorder.tracer.build_span("parent").start();
    parent.finish();

    recorder
        .tracer
        .build_span("a")
        .child_of(&parent)
        .start()
        .finish();

    assert!(is_child_of(&recorder.named("a"), &recorder.named("parent")));
}

#[test]
fn h1_a_remote_parent_is_continued() {
    let recorder = Recorder::new();
    let context = recorder.extract(&SAMPLED);

    recorder
        .tracer
        .build_span("a")
        .child_of(context)
        .start()
        .finish();

    let span = recorder.span();
    assert_eq!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id.to_string(), PARENT);
    assert!(span.parent_span_is_remote);
}

#[test]
fn h1_an_unsampled_parent_decides_for_its_children() {
    let recorder = Recorder::with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)));
    let context = recorder.extract(&[(
        "traceparent",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    )]);

    let span = recorder.tracer.build_span("a").child_of(context).start();
    span.finish();

    assert!(recorder.spans().is_empty());
    assert_eq!(span.context().to_trace_id(), TRACE);
    assert!(!span.context().is_sampled());
}

#[test]
fn g9_a_shim_span_is_the_child_of_a_native_one() {
    let recorder = Recorder::new();
    let mut native = recorder.provider.tracer("native").start("native");
    let cx = Context::new().with_remote_span_context(native.span_context().clone());

    cx.attach_and(|| recorder.tracer.build_span("a").start().finish());
    native.end();

    assert!(is_child_of(&recorder.named("a"), &recorder.named("native")));
}

/// Attaches a context for the length of a closure.
trait AttachAnd {
    fn attach_and<R>(self, work: impl FnOnce() -> R) -> R;
}

impl AttachAnd for Context {
    fn attach_and<R>(self, work: impl FnOnce() -> R) -> R {
        let _attached = self.attach();
        work()
    }
}
