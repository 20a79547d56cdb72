//! C2 and C9 to C15, C21: what a span starts with.

mod support;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::trace::{Link, SpanKind, Status, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SamplingDecision, SamplingResult, ShouldSample, Span as SdkSpan, SpanData, SpanProcessor,
};
use opentracing_shim::tags;
use support::{Recorder, attribute, items, pair};

/// What samplers and processors were shown at the start of a span.
#[derive(Clone, Debug, Default)]
struct Witness {
    attributes: Arc<Mutex<Vec<KeyValue>>>,
    baggage: Arc<Mutex<Vec<(String, String)>>>,
    tenant: Arc<Mutex<Option<Tenant>>>,
}

/// What an application keeps in the context for its own processors.
#[derive(Clone, Debug, PartialEq)]
struct Tenant(u32);

impl ShouldSample for Witness {
    fn should_sample(
        &self,
        _parent: Option<&Context>,
        _trace_id: TraceId,
        _name: &str,
        _kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        *self.attributes.lock().expect("no test panics inside") = attributes.to_vec();
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: TraceState::NONE,
        }
    }
}

impl SpanProcessor for Witness {
    fn on_start(&self, _span: &mut SdkSpan, cx: &Context) {
        let items = cx
            .baggage()
            .iter()
            .map(|(key, (value, _))| (key.to_string(), value.to_string()));
        *self.baggage.lock().expect("no test panics inside") = items.collect();
        *self.tenant.lock().expect("no test panics inside") = cx.get().cloned();
    }

    fn on_end(&self, _span: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn witnessed() -> (Recorder, Witness) {
    let witness = Witness::default();
    let recorder = Recorder::configured(|provider| {
        provider
            .with_sampler(witness.clone())
            .with_span_processor(witness.clone())
    });
    (recorder, witness)
}

#[test]
fn c2_every_part_is_optional() {
    let recorder = Recorder::new();
    let parent = recorder.tracer.build_span("parent").start();
    let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_234_567_891);

    recorder
        .tracer
        .build_span("a")
        .start_time(time)
        .tag("k", 1)
        .child_of(&parent)
        .start()
        .finish();

    let span = recorder.span();
    assert_eq!(span.start_time, time);
    assert_eq!(attribute(&span, "k"), [1.into()]);
}

#[test]
fn c9_baggage_of_all_references_is_united() {
    let recorder = Recorder::new();
    let [a, b] = ["a", "b"].map(|name| recorder.tracer.build_span(name).start());
    a.set_baggage_item("x", "1");
    b.set_baggage_item("y", "2");

    let child = recorder
        .tracer
        .build_span("c")
        .child_of(&a)
        .follows_from(&b)
        .start();

    assert_eq!(items(&child.context()), [pair("x", "1"), pair("y", "2")]);
    assert_eq!(recorder.inject(&child.context())["baggage"], "x=1,y=2");
}

/// A stranger's context that is only pointed at is no source of baggage, wherever it stands in the list.
#[test]
fn c9_a_link_brings_no_baggage() {
    let recorder = Recorder::new();
    let tracer = &recorder.tracer;
    let (parent, stranger) = (
        tracer.build_span("p").start(),
        tracer.build_span("s").start(),
    );
    parent.set_baggage_item("ours", "1");
    stranger.set_baggage_item("theirs", "2");
    let link = stranger.context().to_link();

    let before = tracer.build_span("a").follows_from(&link).child_of(&parent);
    let after = tracer.build_span("a").child_of(&parent).follows_from(&link);
    let alone = tracer.build_span("a").follows_from(&link);

    assert_eq!(items(&before.start().context()), [pair("ours", "1")]);
    assert_eq!(items(&after.start().context()), [pair("ours", "1")]);
    assert!(items(&alone.start().context()).is_empty());
}

#[test]
fn c10_the_parents_value_wins_then_the_order_of_the_list() {
    let recorder = Recorder::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| {
        let span = recorder.tracer.build_span(name).start();
        span.set_baggage_item("k", name)
            .set_baggage_item(format!("only {name}"), "1");
        span
    });

    let by_parent = recorder
        .tracer
        .build_span("d")
        .follows_from(&a)
        .follows_from(&b)
        .child_of(&c)
        .start();
    let by_order = recorder
        .tracer
        .build_span("e")
        .follows_from(&b)
        .follows_from(&a)
        .start();

    assert_eq!(by_parent.baggage_item("k").as_deref(), Some("c"));
    assert_eq!(by_order.baggage_item("k").as_deref(), Some("b"));
    assert_eq!(
        items(&by_parent.context()).len(),
        4,
        "a repeated key must not end the union"
    );
}

#[test]
fn c11_without_references_the_current_baggage_is_taken() {
    let recorder = Recorder::new();
    let _attached = Context::new()
        .with_baggage([KeyValue::new("k", "v")])
        .attach();

    let span = recorder.tracer.build_span("a").start();
    span.finish();

    assert_eq!(span.baggage_item("k").as_deref(), Some("v"));
    assert_eq!(recorder.spans().len(), 1);
}

#[test]
fn c12_ignoring_the_active_span_leaves_its_baggage_behind() {
    let (recorder, witness) = witnessed();
    let active = recorder.tracer.build_span("active").start();
    active.set_baggage_item("k", "v");
    let _scope = recorder.tracer.activate(&active);

    let span = recorder.tracer.build_span("a").ignore_active_span().start();

    assert!(items(&span.context()).is_empty());
    assert!(witness.baggage.lock().expect("not poisoned").is_empty());
}

#[test]
fn c13_samplers_see_the_tags_of_the_start() {
    let (recorder, witness) = witnessed();

    recorder
        .tracer
        .build_span("a")
        .tag(tags::SAMPLING_PRIORITY, 1)
        .tag("k", "one")
        .tag("k", "two")
        .start();

    let seen = witness.attributes.lock().expect("not poisoned").clone();
    assert_eq!(
        seen,
        [
            KeyValue::new("sampling.priority", 1),
            KeyValue::new("k", "two")
        ]
    );
}

#[test]
fn c14_an_error_tag_at_start_is_the_status() {
    let recorder = Recorder::new();

    recorder
        .tracer
        .build_span("failed")
        .tag(tags::ERROR, true)
        .start()
        .finish();
    recorder
        .tracer
        .build_span("fine")
        .tag(tags::ERROR, true)
        .tag(tags::ERROR, false)
        .start()
        .finish();
    recorder
        .tracer
        .build_span("later")
        .tag(tags::ERROR, true)
        .start()
        .set_tag(tags::ERROR, "false")
        .finish();

    assert_eq!(recorder.named("failed").status, Status::error(""));
    assert_eq!(recorder.named("fine").status, Status::Ok);
    assert_eq!(recorder.named("later").status, Status::Ok);
    assert!(
        recorder
            .spans()
            .iter()
            .all(|span| attribute(span, tags::ERROR).is_empty())
    );
}

#[test]
fn c15_start_times_are_exact_and_never_panic() {
    let recorder = Recorder::new();
    let before_epoch = SystemTime::UNIX_EPOCH - Duration::from_secs(86_400);

    recorder
        .tracer
        .build_span("micros")
        .start_time_micros(1_500_000)
        .start()
        .finish();
    recorder
        .tracer
        .build_span("before")
        .start_time(before_epoch)
        .start()
        .finish_at(before_epoch);
    recorder
        .tracer
        .build_span("far")
        .start_time_micros(u64::MAX)
        .start()
        .finish();

    assert_eq!(
        recorder.named("micros").start_time,
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_500)
    );
    assert_eq!(recorder.named("before").start_time, before_epoch);
    assert_eq!(
        recorder.named("far").start_time,
        SystemTime::UNIX_EPOCH + Duration::from_micros(u64::MAX)
    );
}

#[test]
fn c21_processors_see_the_baggage_of_the_start() {
    let (recorder, witness) = witnessed();
    let [a, b] = ["a", "b"].map(|name| recorder.tracer.build_span(name).start());
    a.set_baggage_item("x", "1");
    b.set_baggage_item("y", "2");

    recorder
        .tracer
        .build_span("c")
        .child_of(&a)
        .follows_from(&b)
        .start();

    let mut seen = witness.baggage.lock().expect("not poisoned").clone();
    seen.sort();
    assert_eq!(seen, [pair("x", "1"), pair("y", "2")]);
}

#[test]
fn c21_processors_see_late_baggage_of_the_active_span() {
    let (recorder, witness) = witnessed();
    let active = recorder.tracer.build_span("active").start();
    let _scope = recorder.tracer.activate(&active);
    active.set_baggage_item("late", "1");

    recorder.tracer.build_span("a").start();

    assert_eq!(
        *witness.baggage.lock().expect("not poisoned"),
        [pair("late", "1")]
    );
}

#[test]
fn c23_processors_see_other_values_of_the_context_in_which_a_span_starts() {
    let (recorder, witness) = witnessed();
    let tracer = &recorder.tracer;
    let parent = tracer.build_span("parent").start();
    let seen = || witness.tenant.lock().expect("no test panics inside").take();

    let _attached = Context::current_with_value(Tenant(7)).attach();

    tracer.build_span("root").start();
    assert_eq!(seen(), Some(Tenant(7)));
    let _scope = tracer.activate(&parent);
    tracer.build_span("inferred").start();
    assert_eq!(seen(), Some(Tenant(7)));
    tracer
        .build_span("named, and active")
        .child_of(&parent)
        .start();
    assert_eq!(seen(), Some(Tenant(7)));
}

/// Whoever names a parent starts in the context of that parent, as with OpenTelemetry's own API.
#[test]
fn c23_processors_see_the_context_of_the_parent_that_is_named() {
    let (recorder, witness) = witnessed();
    let tracer = &recorder.tracer;
    let parent = tracer.build_span("parent").start();
    parent.set_baggage_item("tenant", "7");
    let _attached = Context::current_with_value(Tenant(7)).attach();

    tracer.build_span("named").child_of(&parent).start();

    assert_eq!(*witness.tenant.lock().expect("no test panics inside"), None);
    let baggage = witness.baggage.lock().expect("no test panics inside");
    assert_eq!(*baggage, [pair("tenant", "7")]);
}

#[test]
fn c21_processors_see_no_baggage_that_the_span_does_not_have() {
    let (recorder, witness) = witnessed();
    let parent = recorder.tracer.build_span("parent").start();
    let mut ambient = Baggage::new();
    ambient.insert("ambient", "1");
    let _attached = Context::new().with_baggage(ambient).attach();

    let span = recorder.tracer.build_span("a").child_of(&parent).start();

    assert!(items(&span.context()).is_empty());
    assert!(witness.baggage.lock().expect("not poisoned").is_empty());
}

#[test]
fn h3_sampling_priority_is_an_attribute_and_nothing_more() {
    let recorder = Recorder::new();

    recorder
        .tracer
        .build_span("a")
        .tag(Cow::Borrowed(tags::SAMPLING_PRIORITY), 0)
        .start()
        .finish();

    assert_eq!(
        attribute(&recorder.span(), tags::SAMPLING_PRIORITY),
        [0.into()]
    );
}
