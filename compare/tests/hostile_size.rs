//! Captures that are small and would make work or reports that are not: the cost grows with the size, whatever the shape.

mod support;

use std::time::{Duration, Instant};

use compare::{Capture, Rules, compare, doctor, output};
use serde_json::Value;
use support::{CLIENT, SERVER, Span, capture, jaeger, span};

/// A name that is longer than any real one.
const LONG: usize = 100_000;
const MANY: usize = 1_000;
/// Some hundred times what it takes, and a small part of what it took before.
const DEADLINE: Duration = Duration::from_secs(20);

/// Compares and examines in a time, and writes reports of a size, that go with the captures.
#[track_caller]
fn assert_in_proportion(left: &[Span], right: &[Span]) {
    assert_texts_in_proportion([jaeger(left, 1), jaeger(right, 2)].map(|it| it.to_string()));
}

#[track_caller]
fn assert_texts_in_proportion(texts: [String; 2]) {
    let size = texts[0].len() + texts[1].len();
    let rules = Rules::builtin();

    let began = Instant::now();
    let [left, right] =
        texts.map(|text| Capture::from_slice("f", text.as_bytes()).expect("it is a capture"));
    let report = compare(&left, &right, &rules);
    let written = [
        serde_json::to_string(&report).expect("it is JSON"),
        output::html(&report),
        output::text(&report, output::Style::default()),
        output::findings(&doctor(&left, &rules), output::Style::default()),
    ];

    let took = began.elapsed();
    assert!(took < DEADLINE, "{took:?}");
    for report in written {
        let length = report.len();
        assert!(length < 16 * size, "{length} bytes, of {size}");
    }
}

fn long() -> String {
    "n".repeat(LONG)
}

/// A span with children, each of which has a value of its own.
fn family(service: &str, name: &str, value: &str) -> Vec<Span> {
    let mut spans = vec![span(service, name, SERVER, None)];
    spans.extend((1..MANY).map(|at| {
        let child = span(service, "step", CLIENT, 0).with("value", format!("{value}{at}"));
        child.at(at as u64, 1)
    }));
    spans
}

/// In Jaeger's JSON, the spans of a service share its name.
fn of_service(name: &str, value: &str) -> String {
    let text = jaeger(&family("short", "root", value), 1).to_string();
    text.replace(
        r#""serviceName":"short""#,
        &format!(r#""serviceName":"{name}""#),
    )
}

#[test]
fn a_long_name_of_a_service() {
    assert_texts_in_proportion(["a", "b"].map(|value| of_service(&long(), value)));
}

#[test]
fn a_long_name_of_a_service_that_is_another() {
    let other = format!("other {}", long());
    assert_texts_in_proportion([long(), other].map(|name| of_service(&name, "a")));
}

#[test]
fn a_long_name_above_many_spans() {
    let capture = |value: &str| family("s", &long(), value);
    assert_in_proportion(&capture("a"), &capture("b"));
}

#[test]
fn a_long_name_that_many_spans_link_to() {
    let capture = |links: usize| {
        let mut linking = span("s", "linking", CLIENT, None);
        for _ in 0..links {
            linking = linking.link(0, None);
        }
        vec![span("s", &long(), SERVER, None), linking]
    };
    assert_in_proportion(&capture(MANY), &capture(1));
}

#[test]
fn a_long_name_of_an_event_with_many_attributes() {
    let capture = |value: &str| {
        let keys: Vec<_> = (0..MANY).map(|at| format!("key {at}")).collect();
        let attributes: Vec<_> = keys.iter().map(|key| (key.as_str(), value)).collect();
        vec![span("s", "a", SERVER, None).event(&long(), &attributes)]
    };
    assert_in_proportion(&capture("a"), &capture("b"));
}

#[test]
fn an_event_with_very_many_attributes() {
    let capture = |value: &str| {
        let keys: Vec<_> = (0..20 * MANY).map(|at| format!("key {at}")).collect();
        let attributes: Vec<_> = keys.iter().map(|key| (key.as_str(), value)).collect();
        vec![span("s", "a", SERVER, None).event("event", &attributes)]
    };
    assert_in_proportion(&capture("a"), &capture("b"));
}

#[test]
fn very_many_attributes_that_may_be_baggage() {
    let with_all = |mut span: Span| {
        let all = (0..10 * MANY).map(|at| (format!("item {at}"), Value::from("v")));
        span.attributes.extend(all);
        span
    };
    let mut capture = vec![
        with_all(span("s", "a", CLIENT, None)),
        with_all(span("t", "b", SERVER, 0)),
    ];
    // Of the same name, and without the items.
    capture.extend((2..MANY).map(|at| span("t", "b", SERVER, at - 1)));
    assert_in_proportion(&capture, &capture);
}

/// Examines in a time that goes with the capture.
#[track_caller]
fn assert_soon_examined(spans: &[Span]) {
    let capture = capture(spans, 1);
    let rules = Rules::builtin();

    let began = Instant::now();
    let findings = doctor(&capture, &rules);

    let took = began.elapsed();
    assert!(took < DEADLINE, "{took:?}");
    assert!(findings.len() < spans.len(), "{}", findings.len());
}

#[test]
fn beginnings_with_a_name_each_during_very_many_requests() {
    let mut spans: Vec<_> = (0..10 * MANY as u64)
        .map(|at| span("s", "GET /users/{id}", SERVER, None).in_trace(at))
        .collect();
    spans.extend((0..10 * MANY as u64).map(|at| {
        let beginning = span("s", &format!("load {at}"), CLIENT, None);
        beginning.in_trace(100 * MANY as u64 + at).at(500, 10)
    }));
    assert_soon_examined(&spans);
}

#[test]
fn names_are_cut_where_they_stand_for_their_spans_and_told_in_full_where_they_differ() {
    let capture = |end: &str| {
        let text = jaeger(&[span("s", &format!("{}{end}", long()), SERVER, None)], 1).to_string();
        Capture::from_slice("f", text.as_bytes()).expect("it is a capture")
    };

    let report = compare(&capture("a"), &capture("b"), &Rules::builtin());

    let (found, _traces) = report.unexplained().next().expect("they differ");
    assert_eq!(found.path, format!("s: {}…", "n".repeat(120)));
    let told = found.left.as_deref().map(str::len);
    assert!(told > Some(LONG), "{told:?}");
}
