//! The questions that a test asks about the shape of a trace.

mod support;

use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span as OtlpSpan;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use support::{EPOCH, batch, failed, request, span, store_of, text, trace_id, with, with_kind};
use viewer::model::{Edge, Kind, Span, Status, Trace, Value, parse_trace_id};

fn trace(batches: impl IntoIterator<Item = (&'static str, Vec<OtlpSpan>)>) -> Trace {
    let batches = batches
        .into_iter()
        .map(|(service, spans)| batch(service, spans));
    store_of(&request(batches))
        .trace(trace_id(1))
        .expect("the trace")
}

fn names<'a>(spans: impl IntoIterator<Item = &'a Span>) -> Vec<&'a str> {
    spans
        .into_iter()
        .map(|span| span.operation.as_str())
        .collect()
}

fn only(span: OtlpSpan) -> Span {
    trace([("api", vec![span])]).spans.remove(0)
}

#[test]
fn roots_orphans_children_and_edges_are_found() {
    let id = trace_id(1);
    let trace = trace([
        (
            "api",
            vec![
                span(id, 1, 0, "root"),
                span(id, 2, 1, "call"),
                span(id, 3, 1, "render"),
            ],
        ),
        (
            "auth",
            vec![span(id, 4, 2, "verify"), span(id, 5, 77, "lost")],
        ),
    ]);

    assert_eq!(names(trace.roots()), ["root"]);
    assert_eq!(names(trace.orphans()), ["lost"]);
    let root = trace.find("api", "root").expect("the root");
    assert_eq!(names(trace.children(root)), ["call", "render"]);
    assert_eq!(
        trace.edges(),
        [
            Edge::new(("api", "root"), ("api", "call")),
            Edge::new(("api", "root"), ("api", "render")),
            Edge::new(("api", "call"), ("auth", "verify")),
        ]
    );
    assert_eq!(trace.services(), ["api", "auth"]);
    assert_eq!(trace.find("auth", "root"), None);
}

#[test]
fn status_is_read_from_the_tags() {
    let plain = || span(trace_id(1), 1, 0, "a");

    assert_eq!(only(plain()).status(), Status::Unset);
    let failed = only(failed(plain(), "refused"));
    assert_eq!(
        (failed.status(), failed.status_message()),
        (Status::Error, Some("refused"))
    );
    assert_eq!(
        only(with(plain(), "error", Any::BoolValue(true))).status(),
        Status::Error
    );
    assert_eq!(
        only(with(plain(), "error", text("a word"))).status(),
        Status::Unset
    );
}

#[test]
fn an_attribute_does_not_hide_the_kind_internal() {
    let plain = |kind| with_kind(span(trace_id(1), 1, 0, "a"), kind);

    assert_eq!(only(plain(SpanKind::Client)).kind(), Kind::Client);
    assert_eq!(only(plain(SpanKind::Unspecified)).kind(), Kind::Unspecified);
    let unmapped = with(plain(SpanKind::Internal), "span.kind", text("client"));
    assert_eq!(only(unmapped).kind(), Kind::Internal);
    let mapped = with(plain(SpanKind::Server), "span.kind", text("server"));
    assert_eq!(only(mapped).kind(), Kind::Server);
}

#[test]
fn times_are_kept() {
    let span = only(span(trace_id(1), 3, 0, "a"));

    assert_eq!(
        span.start(),
        SystemTime::UNIX_EPOCH + Duration::from_nanos(EPOCH) + Duration::from_millis(3)
    );
    assert_eq!(span.duration, Duration::from_millis(10));
    assert_eq!(span.end_unix_nanos() - span.start_unix_nanos, 10_000_000);
}

#[test]
fn events_are_found_by_name() {
    let mut root = span(trace_id(1), 1, 0, "a");
    let event = |name: &str| Event {
        name: name.to_owned(),
        ..Event::default()
    };
    root.events = vec![event("retry"), event("exception"), event("retry")];

    assert_eq!(only(root).events("retry").count(), 2);
}

#[test]
fn a_key_that_occurs_twice_keeps_both_values() {
    let twice = with(
        with(span(trace_id(1), 1, 0, "a"), "k", text("b")),
        "k",
        text("a"),
    );
    let tags = only(twice).tags;

    assert_eq!(
        tags.all("k").collect::<Vec<_>>(),
        [&Value::from("a"), &Value::from("b")]
    );
    assert_eq!(tags.str("k"), Some("a"));
    assert_eq!(tags.get("absent"), None);
}

#[test]
fn trace_ids_are_read_strictly() {
    assert_eq!(
        parse_trace_id("2a").map(|id| id.to_string()).as_deref(),
        Some("0000000000000000000000000000002a")
    );
    for bad in ["", "+1", "xyz", " 1", "00000000000000000000000000000000a"] {
        assert_eq!(parse_trace_id(bad), None, "{bad:?}");
    }
}
