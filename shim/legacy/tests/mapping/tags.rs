//! Tags.

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::record;

fn with_tag(name: &'static str, value: impl Into<Value>) -> SpanData {
    let mut record = record();
    record.tag(name, value);
    record.finish()
}

#[test]
fn tags_are_attributes_of_their_types() {
    let mut record = record();
    record.tag("text", "a");
    record.tag("flag", true);
    record.tag("whole", 7);
    record.tag("part", 0.5);
    record.tag("sampling.priority", 1);

    let expected = [
        KeyValue::new("text", "a"),
        KeyValue::new("flag", true),
        KeyValue::new("whole", 7),
        KeyValue::new("part", 0.5),
        KeyValue::new("sampling.priority", 1),
    ];
    assert_eq!(record.finish().attributes, expected);
}

#[test]
fn the_kind_is_a_field_and_no_attribute() {
    let kinds = [
        ("client", SpanKind::Client),
        ("server", SpanKind::Server),
        ("producer", SpanKind::Producer),
        ("CONSUMER", SpanKind::Consumer),
    ];
    for (value, kind) in kinds {
        let span = with_tag("span.kind", value);

        assert_eq!((span.span_kind, span.attributes), (kind, vec![]), "{value}");
    }
}

#[test]
fn a_kind_that_nobody_knows_stays_an_attribute() {
    let span = with_tag("span.kind", "butler");

    assert_eq!(span.span_kind, SpanKind::Internal);
    assert_eq!(span.attributes, [KeyValue::new("span.kind", "butler")]);
}

#[test]
fn the_error_tag_is_the_status_and_no_attribute() {
    let statuses: [(Value, Status); 4] = [
        (true.into(), Status::error("")),
        ("True".into(), Status::error("")),
        (false.into(), Status::Ok),
        ("false".into(), Status::Ok),
    ];
    for (value, status) in statuses {
        let span = with_tag("error", value.clone());

        assert_eq!((span.status, span.attributes), (status, vec![]), "{value}");
    }
}

#[test]
fn an_error_tag_that_is_neither_true_nor_false_stays_an_attribute() {
    let span = with_tag("error", "timeout");

    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.attributes, [KeyValue::new("error", "timeout")]);
}
