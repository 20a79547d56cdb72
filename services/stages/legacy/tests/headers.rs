//! What goes from service to service with a legacy span, and what does not.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderValue};
use rustracing::span::BaggageItem;
use rustracing_jaeger::Span;
use stage_legacy::settings::{Sampling, Settings};
use stage_legacy::telemetry::{self, Instrumentation, inject, inject_message, trace_id};

const SAMPLED: &str = "a37fe9a2c1d:b7ad6b7169203331:0:1";
const NOT_SAMPLED: &str = "a37fe9a2c1d:b7ad6b7169203331:0:0";

fn telemetry(sampling: Sampling) -> Instrumentation {
    let settings = Settings::embedded("auth").sampling(sampling);
    telemetry::start("auth", &settings).expect("a socket and a thread can be had")
}

fn headers(value: &str) -> HeaderMap {
    let value = HeaderValue::from_str(value).expect("it can stand in a header");
    HeaderMap::from_iter([("uber-trace-id".parse().expect("a name"), value)])
}

/// The span of a request that came with this header.
fn continued(instrumentation: &Instrumentation, header: &str) -> Span {
    let telemetry = &instrumentation.telemetry;
    let parent = telemetry.extract(&headers(header));
    telemetry.tracer().span("request").child_of(&parent).start()
}

#[test]
fn a_trace_goes_on_in_one_header_and_so_does_the_flag() {
    let instrumentation = telemetry(Sampling::All);

    let span = continued(&instrumentation, SAMPLED);

    let state = span.context().expect("the span is kept").state().clone();
    let sent = format!("a37fe9a2c1d:{:x}:0:1", state.span_id());
    let names: Vec<String> = inject(&span).keys().map(ToString::to_string).collect();
    assert_eq!(names, ["uber-trace-id"]);
    assert_eq!(inject(&span)["uber-trace-id"], *sent);
    let message = HashMap::from([("uber-trace-id".to_owned(), sent)]);
    assert_eq!(inject_message(&span), message);
}

#[test]
fn a_trace_goes_on_through_the_queue() {
    let instrumentation = telemetry(Sampling::All);
    let producer = instrumentation.telemetry.tracer().span("send otp").start();

    let parent = instrumentation
        .telemetry
        .extract_message(&inject_message(&producer))
        .expect("the message carries a context");

    let state = producer.context().expect("the span is kept").state();
    assert_eq!(parent.state().trace_id(), state.trace_id());
    assert_eq!(parent.state().span_id(), state.span_id());
}

#[test]
fn baggage_stays_behind() {
    let instrumentation = telemetry(Sampling::All);
    let mut span = instrumentation.telemetry.tracer().span("request").start();

    span.set_baggage_item(|| BaggageItem::new("login.channel", "web"));

    assert_eq!(inject(&span).len(), 1);
    assert_eq!(inject_message(&span).len(), 1);
    let child = span.child("call", |start| start.start());
    let item = child
        .get_baggage_item("login.channel")
        .map(BaggageItem::value);
    assert_eq!(item, Some("web"), "within the service it is there");
}

#[test]
fn that_a_trace_is_not_kept_is_neither_told_nor_believed() {
    let nothing = telemetry(Sampling::None);
    let everything = telemetry(Sampling::All);

    let dropped = continued(&nothing, SAMPLED);
    let begun = continued(&everything, NOT_SAMPLED);

    assert!(!dropped.is_sampled());
    assert_eq!(inject(&dropped).len(), 0);
    assert_eq!(inject_message(&dropped).len(), 0);
    assert!(begun.is_sampled());
    let told = inject(&begun)["uber-trace-id"].clone();
    assert!(told.to_str().expect("ids are ASCII").ends_with(":1"));
}

#[test]
fn a_sampler_that_asks_for_a_parent_takes_any() {
    for sampling in [Sampling::Continued, Sampling::ContinuedOrShare(0.0)] {
        let instrumentation = telemetry(sampling);
        let root = instrumentation.telemetry.tracer().span("request").start();

        assert!(!root.is_sampled(), "{sampling:?}");
        for header in [SAMPLED, NOT_SAMPLED] {
            let span = continued(&instrumentation, header);
            assert!(span.is_sampled(), "{sampling:?} {header}");
        }
    }
}

#[test]
fn the_share_is_obeyed_at_its_ends() {
    for (share, kept) in [(0.0, false), (1.0, true), (7.0, true), (f64::NAN, false)] {
        let instrumentation = telemetry(Sampling::Share(share));

        let span = continued(&instrumentation, SAMPLED);

        assert_eq!(span.is_sampled(), kept, "{share}");
    }
}

#[test]
fn headers_that_cannot_be_read_are_no_parent() {
    let instrumentation = telemetry(Sampling::All);

    for value in [
        "",
        "a37fe9a2c1d",
        "a37fe9a2c1d:b7ad6b7169203331:0",
        "a37fe9a2c1d:b7ad6b7169203331:0:1:1",
        "no:hex:at:all",
        "123456789012345678901234567890123:1:0:1",
        "%ff%fe:1:0:1",
    ] {
        assert!(
            instrumentation.telemetry.extract(&headers(value)).is_none(),
            "{value:?}"
        );
        let message = HashMap::from([("uber-trace-id".to_owned(), value.to_owned())]);
        assert!(
            instrumentation
                .telemetry
                .extract_message(&message)
                .is_none(),
            "{value:?}"
        );
    }
    let foreign = HeaderMap::from_iter([(
        "traceparent".parse().expect("a name"),
        HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    )]);
    assert!(instrumentation.telemetry.extract(&foreign).is_none());
}

#[test]
fn a_person_is_told_all_digits_of_an_id() {
    let instrumentation = telemetry(Sampling::All);

    let span = continued(&instrumentation, SAMPLED);

    let context = span.context().expect("the span is kept");
    assert_eq!(trace_id(context), "000000000000000000000a37fe9a2c1d");
}
