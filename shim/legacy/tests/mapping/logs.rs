//! Logs.

use std::time::Duration;

use opentelemetry::Key;

use crate::{record, start};

/// The name and the attributes of the event that a log becomes.
fn event(fields: &[(&'static str, &'static str)]) -> (String, Vec<(String, String)>) {
    let mut record = record();
    record.log(start(), fields.iter().copied());
    let span = record.finish();
    let [event] = &span.events[..] else {
        panic!("one log is one event: {:?}", span.events);
    };
    let attributes = event.attributes.iter();
    let attributes = attributes.map(|field| (field.key.to_string(), field.value.to_string()));
    (event.name.to_string(), attributes.collect())
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    fields.iter().map(owned).collect()
}

#[test]
fn a_log_is_an_event_named_by_its_field_event() {
    let (name, attributes) = event(&[("event", "retry"), ("attempt", "2")]);

    assert_eq!(name, "retry");
    assert_eq!(attributes, pairs(&[("event", "retry"), ("attempt", "2")]));
}

#[test]
fn a_log_without_a_usable_name_is_called_log() {
    assert_eq!(event(&[("message", "hello")]).0, "log");
    assert_eq!(event(&[("event", "")]).0, "log");
}

#[test]
fn a_log_keeps_its_time() {
    let mut record = record();
    record.log(start() + Duration::from_nanos(1), [("event", "late")]);

    let span = record.finish();

    assert_eq!(span.events[0].timestamp, start() + Duration::from_nanos(1));
}

#[test]
fn a_log_without_fields_is_none() {
    let mut record = record();
    record.log(start(), std::iter::empty::<(Key, &'static str)>());

    assert!(record.finish().events.is_empty());
}

#[test]
fn an_error_log_is_an_exception() {
    let (name, attributes) = event(&[
        ("event", "error"),
        ("error.kind", "Timeout"),
        ("message", "no answer"),
        ("stack", "main"),
        ("attempt", "2"),
    ]);

    assert_eq!(name, "exception");
    let expected = [
        ("event", "error"),
        ("exception.type", "Timeout"),
        ("exception.message", "no answer"),
        ("exception.stacktrace", "main"),
        ("attempt", "2"),
    ];
    assert_eq!(attributes, pairs(&expected));
}

#[test]
fn a_kind_of_error_makes_an_exception_unless_the_event_says_otherwise() {
    assert_eq!(event(&[("error.kind", "Timeout")]).0, "exception");
    let named = event(&[("event", "retry"), ("error.kind", "Timeout")]);
    let expected = pairs(&[("event", "retry"), ("error.kind", "Timeout")]);
    assert_eq!(named, ("retry".to_owned(), expected));
}
