use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use super::rustracing::log::LogBuilder;
use super::rustracing::sampler::{
    AllSampler, BoxSampler, NullSampler, PassiveSampler, ProbabilisticSampler, Sampler,
};
use super::rustracing::span::{
    BaggageItem, CandidateSpan, FinishedSpan, Span, SpanContext, SpanReceiver,
};
use super::rustracing::tag::{StdTag, Tag, TagValue};
use super::rustracing::{ErrorKind, Tracer};

type Tracing = (Tracer<AllSampler, u32>, SpanReceiver<u32>);

fn tracing() -> Tracing {
    Tracer::new(AllSampler)
}

fn tags(span: &FinishedSpan<u32>) -> Vec<(&str, &TagValue)> {
    span.tags()
        .iter()
        .map(|tag| (tag.name(), tag.value()))
        .collect()
}

fn fields(span: &FinishedSpan<u32>) -> Vec<Vec<(&str, &str)>> {
    span.logs()
        .iter()
        .map(|log| {
            log.fields()
                .iter()
                .map(|field| (field.name(), field.value()))
                .collect()
        })
        .collect()
}

fn baggage<'a>(items: impl IntoIterator<Item = &'a BaggageItem>) -> Vec<(&'a str, &'a str)> {
    items
        .into_iter()
        .map(|item| (item.name(), item.value()))
        .collect()
}

#[test]
fn a_span_that_is_not_recorded_calls_no_closure_and_has_no_context() {
    let (tracer, span_rx) = Tracer::<_, u32>::new(NullSampler);
    let calls = Cell::new(0);
    let called = || calls.set(calls.get() + 1);

    let mut span = tracer.span("a").start_with_state(1);
    span.set_operation_name(|| {
        called();
        "b"
    });
    span.set_start_time(|| {
        called();
        SystemTime::now()
    });
    span.set_finish_time(|| {
        called();
        SystemTime::now()
    });
    span.set_tag(|| {
        called();
        Tag::new("k", "v")
    });
    span.set_tags(|| {
        called();
        Vec::new()
    });
    span.set_baggage_item(|| {
        called();
        BaggageItem::new("k", "v")
    });
    span.log(|_| called());
    span.error_log(|_| called());
    let child = span.child("c", |options| {
        called();
        options.start_with_state(2)
    });
    let follower = span.handle().follower("d", |options| {
        called();
        options.start_with_state(3)
    });

    assert_eq!(calls.get(), 0);
    assert!(span.context().is_none() && span.get_baggage_item("k").is_none());
    assert!(!span.is_sampled() && !child.is_sampled() && !follower.is_sampled());
    drop((span, child, follower));
    assert!(span_rx.is_empty());
}

/// Takes what its first question is about, and counts them.
#[derive(Clone, Debug)]
struct Once(Arc<AtomicUsize>);

impl<T> Sampler<T> for Once {
    fn is_sampled(&self, _: &CandidateSpan<T>) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) == 0
    }
}

#[test]
fn children_of_a_span_are_recorded_without_asking_the_sampler_those_of_a_tracer_are_not() {
    let questions = Arc::new(AtomicUsize::new(0));
    let (tracer, span_rx) = Tracer::<_, u32>::new(Once(Arc::clone(&questions)));

    let parent = tracer.span("parent").start_with_state(1);
    let child = parent.child("child", |options| options.start_with_state(2));
    let follower = child
        .handle()
        .follower("follower", |options| options.start_with_state(3));
    assert_eq!(questions.load(Ordering::Relaxed), 1);
    let asked = tracer.span("asked").child_of(&parent).start_with_state(4);

    assert_eq!(questions.load(Ordering::Relaxed), 2);
    assert!(child.is_sampled() && follower.is_sampled() && !asked.is_sampled());
    drop((asked, follower, child, parent));
    assert_eq!(span_rx.len(), 3);
}

#[test]
fn an_integer_sampling_priority_decides_and_no_other_type_does() {
    let (none, _none_rx) = Tracer::<_, u32>::new(NullSampler);
    let (all, _all_rx) = tracing();
    let with = |tag: Tag| {
        (
            none.span("a").tag(tag.clone()).start_with_state(1),
            all.span("a").tag(tag).start_with_state(1),
        )
    };
    let recorded = |(none, all): (Span<u32>, Span<u32>)| (none.is_sampled(), all.is_sampled());

    assert_eq!(recorded(with(StdTag::sampling_priority(1))), (true, true));
    assert_eq!(recorded(with(StdTag::sampling_priority(0))), (false, false));
    assert_eq!(
        recorded(with(Tag::new("sampling.priority", -1))),
        (false, false)
    );
    for other in [
        Tag::new("sampling.priority", true),
        Tag::new("sampling.priority", "1"),
        Tag::new("sampling.priority", 1.0),
    ] {
        assert_eq!(recorded(with(other)), (false, true));
    }

    let parent = all.span("parent").start_with_state(1);
    let child = parent.child("child", |options| {
        options
            .tag(StdTag::sampling_priority(0))
            .start_with_state(2)
    });
    assert!(!child.is_sampled());
}

#[test]
fn tags_of_the_start_are_sorted_and_later_ones_replace_and_go_to_the_end() {
    let (tracer, span_rx) = tracing();

    let mut span = tracer
        .span("a")
        .tag(Tag::new("b", 1))
        .tag(Tag::new("a", 2))
        .tag(Tag::new("c", 3))
        .tag(Tag::new("b", "last"))
        .start_with_state(1);
    span.set_tag(|| Tag::new("a", true));
    span.set_tags(|| vec![Tag::new("d", 0.5), Tag::new("d", 1.5)]);
    drop(span);

    assert_eq!(
        tags(&span_rx.recv().unwrap()),
        [
            ("b", &TagValue::from("last")),
            ("c", &TagValue::Integer(3)),
            ("a", &TagValue::Boolean(true)),
            ("d", &TagValue::Float(1.5)),
        ]
    );
}

#[test]
fn log_fields_are_sorted_the_last_wins_and_a_log_without_fields_is_none() {
    let (tracer, span_rx) = tracing();

    let mut span = tracer.span("a").start_with_state(1);
    span.log(|log| {
        log.std().message("first").event("e").message("last");
        log.field(("custom", String::from("owned")));
    });
    span.log(|log: &mut LogBuilder| {
        log.time(SystemTime::UNIX_EPOCH);
    });
    span.log(|_| ());
    drop(span);

    assert_eq!(
        fields(&span_rx.recv().unwrap()),
        [[("custom", "owned"), ("event", "e"), ("message", "last")]]
    );
}

#[test]
fn baggage_is_inherited_at_the_reference_and_a_handle_does_not_see_what_comes_later() {
    let (tracer, span_rx) = tracing();

    let mut parent = tracer.span("parent").start_with_state(1);
    parent.set_baggage_item(|| BaggageItem::new("user", "old"));
    let handle = parent.handle();
    parent.set_baggage_item(|| BaggageItem::new("user", "new"));
    parent.set_baggage_item(|| BaggageItem::new("tenant", "blue"));
    let early = handle.child("early", |options| options.start_with_state(2));
    let late = parent.follower("late", |options| options.start_with_state(3));
    let both = tracer
        .span("both")
        .child_of(&late)
        .follows_from(&handle.context().cloned())
        .start_with_state(4);

    assert_eq!(handle.get_baggage_item("user").unwrap().value(), "old");
    assert!(handle.get_baggage_item("tenant").is_none());
    assert_eq!(
        baggage(parent.context().unwrap().baggage_items()),
        [("user", "new"), ("tenant", "blue")]
    );
    assert_eq!(
        baggage(early.context().unwrap().baggage_items()),
        [("user", "old")]
    );
    assert_eq!(
        baggage(late.context().unwrap().baggage_items()),
        [("tenant", "blue"), ("user", "new")]
    );
    // Of two references that both have the item, the last one gives the value.
    assert_eq!(
        baggage(both.context().unwrap().baggage_items()),
        [("tenant", "blue"), ("user", "old")]
    );
    drop((both, late, early, parent));
    let both = span_rx.recv().unwrap();
    assert!(both.references()[0].is_child_of() && both.references()[1].is_follows_from());
    assert_eq!(
        (*both.references()[0].span(), *both.references()[1].span()),
        (3, 1)
    );
}

#[test]
fn a_full_channel_or_a_closed_one_loses_spans_and_stops_nobody() {
    let (span_tx, span_rx) = crossbeam_channel::bounded(1);
    let tracer = Tracer::with_sender(AllSampler, span_tx);

    drop(tracer.span("kept").start_with_state(1));
    drop(tracer.span("lost").start_with_state(2));

    assert_eq!(span_rx.recv().unwrap().operation_name(), "kept");
    assert!(span_rx.is_empty());
    drop(span_rx);
    drop(tracer.span("nobody").start_with_state(3));
}

#[test]
fn the_receiver_ends_when_tracers_spans_and_handles_are_gone() {
    let (tracer, span_rx) = tracing();
    let reporter = thread::spawn(move || span_rx.into_iter().count());

    let span = tracer.span("a").start_with_state(1);
    let other = tracer.clone_with_sampler(PassiveSampler);
    drop(tracer.clone());
    drop(tracer);
    drop(other);
    let handle = span.handle();
    drop(span);
    let child = handle.child("b", |options| options.start_with_state(2));
    drop(handle);
    assert!(!reporter.is_finished());
    drop(child);

    assert_eq!(reporter.join().unwrap(), 2);
}

#[test]
fn an_error_log_marks_the_span_once_and_an_error_in_a_log_does_not() {
    let (tracer, span_rx) = tracing();

    let mut span = tracer.span("a").start_with_state(1);
    span.log(|log| {
        log.error().kind("Timeout").message("too late");
    });
    drop(span);
    let mut span = tracer.span("b").start_with_state(2);
    span.error_log(|log| {
        log.kind("Timeout").message("too late");
    });
    span.error_log(|_| ());
    drop(span);
    let mut span = tracer
        .span("c")
        .tag(Tag::new("error", "maybe"))
        .start_with_state(3);
    span.error_log(|_| ());
    drop(span);

    let logged = [
        ("error.kind", "Timeout"),
        ("event", "error"),
        ("message", "too late"),
    ];
    let (a, b, c) = (
        span_rx.recv().unwrap(),
        span_rx.recv().unwrap(),
        span_rx.recv().unwrap(),
    );
    assert!(tags(&a).is_empty());
    assert_eq!(fields(&a), [logged]);
    assert_eq!(tags(&b), [("error", &TagValue::Boolean(true))]);
    assert_eq!(fields(&b), [logged.to_vec(), vec![("event", "error")]]);
    assert_eq!(tags(&c), [("error", &TagValue::from("maybe"))]);
}

#[test]
fn times_are_what_the_program_says_also_backwards() {
    let (tracer, span_rx) = tracing();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);

    let mut span = tracer.span("a").start_time(at(100)).start_with_state(1);
    span.log(|log| {
        log.time(at(10)).field(("k", "v"));
    });
    span.set_finish_time(|| at(50));
    drop(span);
    let mut span = tracer.span("b").start_with_state(2);
    span.set_start_time(|| at(7));
    drop(span);

    let (a, b) = (span_rx.recv().unwrap(), span_rx.recv().unwrap());
    assert_eq!(
        (a.start_time(), a.logs()[0].time(), a.finish_time()),
        (at(100), at(10), at(50))
    );
    assert_eq!(b.start_time(), at(7));
    assert!(b.finish_time() > SystemTime::now() - Duration::from_secs(3600));
}

#[test]
fn a_share_is_between_zero_and_one_and_its_ends_are_certain() {
    for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let error = ProbabilisticSampler::new(wrong).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput);
    }
    let recorded = |share| {
        let sampler = ProbabilisticSampler::new(share).unwrap();
        let (tracer, _span_rx) = Tracer::<_, u32>::new(sampler);
        let spans = (0..100).filter(|_| tracer.span("a").start_with_state(1).is_sampled());
        spans.count()
    };

    assert_eq!((recorded(0.0), recorded(1.0)), (0, 100));
    // Less likely than a fault of the machine: a hundred tosses of a coin with one side up.
    assert!((1..100).contains(&recorded(0.5)));
}

#[test]
fn samplers_are_combined_and_boxed() {
    let is_sampled = |sampler: BoxSampler<u32>| {
        let (tracer, _span_rx) = Tracer::new(sampler.boxed());
        let root = tracer.span("root").start_with_state(1);
        let context = SpanContext::new(2, Vec::new());
        let child = tracer.span("child").child_of(&context).start_with_state(3);
        (root.is_sampled(), child.is_sampled())
    };

    assert_eq!(is_sampled(PassiveSampler.boxed()), (false, true));
    assert_eq!(
        is_sampled(Sampler::<u32>::or(PassiveSampler, AllSampler).boxed()),
        (true, true)
    );
    assert_eq!(
        is_sampled(Sampler::<u32>::and(PassiveSampler, AllSampler).boxed()),
        (false, true)
    );
    assert_eq!(
        is_sampled(Sampler::<u32>::and(NullSampler, AllSampler).boxed()),
        (false, false)
    );
}
