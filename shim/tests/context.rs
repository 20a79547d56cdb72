//! E: the context of a span and its baggage.

mod support;

use std::collections::HashMap;
use std::thread;

use opentelemetry_sdk::trace::Sampler;
use opentracing_shim::{Baggage, Format, InjectError, Span};
use support::{PARENT, Recorder, SAMPLED, TRACE, items, pair};

#[test]
fn e1_e10_ids_are_text_and_empty_when_invalid() {
    let recorder = Recorder::new();
    let remote = recorder.extract(&SAMPLED).expect("a context");
    let baggage_only = recorder.extract(&[("baggage", "k=v")]).expect("a context");

    assert_eq!(
        (remote.to_trace_id().as_str(), remote.to_span_id().as_str()),
        (TRACE, PARENT)
    );
    assert!(remote.is_sampled());
    assert_eq!(
        (
            baggage_only.to_trace_id().as_str(),
            baggage_only.to_span_id().as_str()
        ),
        ("", "")
    );
    assert!(!baggage_only.is_sampled());
}

#[test]
fn e2_e3_a_context_taken_before_does_not_change() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let before = span.context();

    span.set_baggage_item("k", "v");

    assert!(items(&before).is_empty());
    assert_eq!(items(&span.context()), [pair("k", "v")]);
    assert_eq!(before.to_span_id(), span.context().to_span_id());
}

#[test]
fn e4_e5_items_are_set_read_and_overwritten() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    span.set_baggage_item("a", "1")
        .set_baggage_item("b", String::from("2"))
        .set_baggage_item("a", "3");

    assert_eq!(span.baggage_item("a").as_deref(), Some("3"));
    assert_eq!(span.baggage_item("b").as_deref(), Some("2"));
    assert_eq!(span.baggage_item("c"), None);
    assert_eq!(span.context().baggage_item("a"), Some("3"));
}

#[test]
fn e6_no_item_is_lost_among_threads() {
    const THREADS: usize = 8;
    const ITEMS: usize = 50;
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    thread::scope(|threads| {
        for thread in 0..THREADS {
            let span = &span;
            threads.spawn(move || {
                for item in 0..ITEMS {
                    span.set_baggage_item(format!("{thread}.{item}"), "v");
                }
            });
        }
    });

    assert_eq!(items(&span.context()).len(), THREADS * ITEMS);
}

#[test]
fn e7_inject_and_iterate_while_others_set() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    thread::scope(|threads| {
        threads.spawn(|| {
            (0..60).for_each(|item| drop(span.set_baggage_item(format!("k{item:02}"), "v").clone()))
        });
        threads.spawn(|| {
            for _ in 0..60 {
                let context = span.context();
                let injected = recorder.inject(&context);
                let count = injected
                    .get("baggage")
                    .map_or(0, |header| header.split(',').count());
                assert_eq!(count, items(&context).len());
            }
        });
    });
}

#[test]
fn e8_iteration_can_stop_early() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_baggage_item("a", "1").set_baggage_item("b", "2");

    let context = span.context();

    assert_eq!(
        context.baggage_items().take(1).collect::<Vec<_>>(),
        [("a", "1")]
    );
}

#[test]
fn e9_baggage_reaches_all_descendants_and_the_wire() {
    let recorder = Recorder::new();
    let first = recorder.tracer.build_span("1").start();
    first.set_baggage_item("k", "v");
    let second = recorder.tracer.build_span("2").child_of(&first).start();
    let third = recorder
        .tracer
        .build_span("3")
        .follows_from(&second)
        .start();

    let remote = recorder.inject(&third.context());
    let received = recorder
        .tracer
        .extract(Format::HttpHeaders, &remote)
        .expect("not corrupt")
        .expect("a context");

    assert_eq!(received.baggage_item("k"), Some("v"));
    assert_eq!(received.to_span_id(), third.context().to_span_id());
}

#[test]
fn e11_any_key_works_in_the_process_and_inject_tells_what_stays_behind() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_baggage_item("bad key", "1")
        .set_baggage_item("schlüssel", "2")
        .set_baggage_item("good", "3");
    let child = recorder.tracer.build_span("b").child_of(&span).start();
    let mut headers = HashMap::new();

    let injected = recorder
        .tracer
        .inject(&child, Format::HttpHeaders, &mut headers);

    assert_eq!(child.baggage_item("bad key").as_deref(), Some("1"));
    assert_eq!(child.baggage_item("schlüssel").as_deref(), Some("2"));
    assert_eq!(headers["baggage"], "good=3");
    assert!(headers.contains_key("traceparent"));
    assert!(
        matches!(injected, Err(InjectError::Baggage { items: 2, first }) if first == "bad key")
    );
}

#[test]
fn e11_more_than_the_limit_works_in_the_process() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    (0..100).for_each(|item| drop(span.set_baggage_item(format!("k{item}"), "v").clone()));
    let mut headers = HashMap::new();

    let injected = recorder
        .tracer
        .inject(&span, Format::HttpHeaders, &mut headers);

    assert_eq!(items(&span.context()).len(), 100);
    assert_eq!(headers["baggage"].split(',').count(), 64);
    assert!(matches!(
        injected,
        Err(InjectError::Baggage { items: 36, .. })
    ));
}

#[test]
fn e11_late_items_that_cannot_be_in_the_context_are_inherited_all_the_same() {
    let recorder = Recorder::new();
    let active = recorder.tracer.build_span("a").start();
    active.set_baggage_item("bad key", "1");
    let _scope = recorder.tracer.activate(&active);

    let child = recorder.tracer.build_span("b").start();

    assert_eq!(child.baggage_item("bad key").as_deref(), Some("1"));
}

#[test]
fn e12_metadata_survives_union_and_set() {
    let recorder = Recorder::new();
    let received = recorder.extract(&[("baggage", "k=v;prop=1")]);
    let other = recorder.tracer.build_span("a").start();
    other.set_baggage_item("x", "1");

    let span = recorder
        .tracer
        .build_span("b")
        .child_of(received)
        .follows_from(&other)
        .start();
    span.set_baggage_item("y", "2");

    assert_eq!(
        recorder.inject(&span.context())["baggage"],
        "k=v;prop=1,x=1,y=2"
    );
}

#[test]
fn e13_values_come_back_as_they_were() {
    let recorder = Recorder::new();
    let values = [
        "a%20b",
        " blanks around ",
        "a+b",
        "50%",
        "ä,ö;ü=\"\\",
        "\u{0}\n\t",
        "",
    ];
    let span = recorder.tracer.build_span("a").start();
    for (index, value) in values.iter().enumerate() {
        span.set_baggage_item(format!("k{index}"), *value);
    }

    let headers = recorder.inject(&span.context());
    let received = recorder
        .tracer
        .extract(Format::HttpHeaders, &headers)
        .expect("not corrupt")
        .expect("a context");

    for (index, value) in values.iter().enumerate() {
        assert_eq!(received.baggage_item(&format!("k{index}")), Some(*value));
    }
}

#[test]
fn e7_an_unsampled_span_carries_baggage_too() {
    let recorder = Recorder::with_sampler(Sampler::AlwaysOff);
    let span = recorder.tracer.build_span("a").start();

    span.set_baggage_item("k", "v")
        .set_tag("t", 1)
        .log_event("e");

    assert_eq!(
        recorder
            .tracer
            .build_span("b")
            .child_of(&span)
            .start()
            .baggage_item("k")
            .as_deref(),
        Some("v")
    );
    assert!(!span.context().is_sampled());
}

#[test]
fn e8_a_set_of_ones_own_is_built_and_read() {
    let baggage: Baggage = [("b", "2"), ("a", "1")].into_iter().collect();

    assert_eq!(baggage.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
    assert_eq!((baggage.len(), baggage.get("b")), (2, Some("2")));
    assert!(Span::noop().context().baggage().is_empty());
}
