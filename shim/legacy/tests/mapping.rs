//! What each part of a finished span becomes. A test for each row of the table in the crate's page.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceId};
use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use opentracing_shim_legacy::{Ids, Reference, ReferenceKind, SpanRecord};

const IDS: Ids = Ids {
    trace_high: 0x1111,
    trace_low: 0x2222,
    span_id: 0x3333,
    flags: 1,
};

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(1_600_000_000_123_456_789)
}

fn record() -> SpanRecord {
    SpanRecord::new("work", IDS, start(), start() + Duration::from_millis(5))
}

fn with_tag(name: &'static str, value: impl Into<Value>) -> SpanData {
    let mut record = record();
    record.tag(name, value);
    record.finish()
}

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

fn other(span_id: u64) -> Ids {
    Ids { span_id, ..IDS }
}

fn elsewhere(span_id: u64) -> Ids {
    Ids {
        trace_low: 0x9999,
        span_id,
        ..IDS
    }
}

fn child_of<'a>(ids: Ids) -> Reference<'a> {
    Reference {
        kind: ReferenceKind::ChildOf,
        ids,
        is_remote: false,
        debug_id: None,
    }
}

fn follows_from<'a>(ids: Ids) -> Reference<'a> {
    Reference {
        kind: ReferenceKind::FollowsFrom,
        ..child_of(ids)
    }
}

fn referring(references: &[Reference<'_>]) -> SpanData {
    let mut record = record();
    for reference in references {
        record.reference(*reference);
    }
    record.finish()
}

/// The spans linked to, and what the reference was.
fn links(span: &SpanData) -> Vec<(u64, &str)> {
    let link = |link: &opentelemetry::trace::Link| {
        let [
            KeyValue {
                key,
                value: Value::String(kind),
                ..
            },
        ] = &link.attributes[..]
        else {
            panic!("one attribute: {:?}", link.attributes);
        };
        assert_eq!(key.as_str(), "opentracing.ref_type");
        let kind = match kind.as_str() {
            "child_of" => "child_of",
            "follows_from" => "follows_from",
            other => panic!("no type of reference is called {other:?}"),
        };
        (
            u64::from_be_bytes(link.span_context.span_id().to_bytes()),
            kind,
        )
    };
    span.links.iter().map(link).collect()
}

#[test]
fn name_ids_and_times_are_kept_to_the_nanosecond() {
    let span = record().finish();

    assert_eq!(span.name, "work");
    assert_eq!(
        span.span_context.trace_id(),
        TraceId::from(0x1111_0000_0000_0000_2222)
    );
    assert_eq!(span.span_context.span_id(), SpanId::from(0x3333));
    assert_eq!(span.start_time, start());
    assert_eq!(span.end_time, start() + Duration::from_millis(5));
    assert_eq!(span.span_kind, SpanKind::Internal);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.parent_span_id, SpanId::INVALID);
}

#[test]
fn a_finish_before_the_start_is_a_finish_at_the_start() {
    let before = start() - Duration::from_secs(1);

    let span = SpanRecord::new("work", IDS, start(), before).finish();

    assert_eq!((span.start_time, span.end_time), (start(), start()));
}

#[test]
fn a_finished_span_is_sampled_whatever_its_flags_say() {
    let unsampled = Ids { flags: 0, ..IDS };

    let span = SpanRecord::new("work", unsampled, start(), start()).finish();

    assert!(span.span_context.is_sampled());
    assert!(!span.span_context.is_remote());
}

#[test]
fn the_scope_is_this_package_in_its_version() {
    let scope = record().finish().instrumentation_scope;

    assert_eq!(scope.name(), "opentracing-shim-legacy");
    assert_eq!(scope.version(), Some(env!("CARGO_PKG_VERSION")));
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

#[test]
fn the_parent_is_the_first_child_of_and_others_are_links() {
    let span = referring(&[
        follows_from(other(1)),
        child_of(other(2)),
        child_of(other(3)),
    ]);

    assert_eq!(span.parent_span_id, SpanId::from(2));
    assert_eq!(links(&span), [(1, "follows_from"), (3, "child_of")]);
}

#[test]
fn a_follows_from_alone_is_the_parent_and_a_link() {
    let span = referring(&[follows_from(other(1)), follows_from(other(2))]);

    assert_eq!(span.parent_span_id, SpanId::from(1));
    assert_eq!(links(&span), [(1, "follows_from"), (2, "follows_from")]);
}

#[test]
fn a_span_of_another_trace_is_a_link_and_no_parent() {
    let span = referring(&[child_of(elsewhere(1)), child_of(other(2))]);

    assert_eq!(span.parent_span_id, SpanId::from(2));
    assert_eq!(links(&span), [(1, "child_of")]);
    assert_eq!(
        span.links[0].span_context.trace_id(),
        elsewhere(1).trace_id()
    );
}

#[test]
fn a_reference_to_nothing_is_none() {
    let nothing = Ids {
        trace_high: 0,
        trace_low: 0,
        span_id: 0,
        flags: 0,
    };

    let span = referring(&[child_of(nothing), follows_from(nothing)]);

    assert_eq!(span.parent_span_id, SpanId::INVALID);
    assert!(span.links.is_empty());
}

#[test]
fn a_parent_that_was_not_sampled_is_a_parent() {
    let unsampled = Ids {
        flags: 0,
        ..other(1)
    };

    let span = referring(&[child_of(unsampled)]);

    assert_eq!(span.parent_span_id, SpanId::from(1));
}

#[test]
fn a_parent_from_outside_is_marked_as_such() {
    let remote = Reference {
        is_remote: true,
        ..child_of(other(1))
    };

    assert!(referring(&[remote]).parent_span_is_remote);
    assert!(!referring(&[child_of(other(1))]).parent_span_is_remote);
    let linked = Reference {
        kind: ReferenceKind::FollowsFrom,
        ..remote
    };
    assert!(referring(&[linked]).links[0].span_context.is_remote());
}

#[test]
fn ids_of_zero_are_replaced_and_the_debug_id_is_an_attribute() {
    let zero = Ids {
        trace_high: 0,
        trace_low: 0,
        ..IDS
    };
    let asked = Reference {
        debug_id: Some("ticket 42"),
        ..child_of(Ids { span_id: 0, ..zero })
    };
    let mut record = SpanRecord::new("work", zero, start(), start());
    record.reference(asked);

    let span = record.finish();

    assert_ne!(span.span_context.trace_id(), TraceId::INVALID);
    assert_eq!(span.span_context.span_id(), SpanId::from(0x3333));
    assert_eq!(span.parent_span_id, SpanId::INVALID);
    assert_eq!(
        span.attributes,
        [KeyValue::new("jaeger-debug-id", "ticket 42")]
    );
}

#[test]
fn a_parent_in_the_trace_zero_is_none() {
    let zero = |span_id| Ids {
        trace_high: 0,
        trace_low: 0,
        span_id,
        flags: 1,
    };
    let mut record = SpanRecord::new("work", zero(2), start(), start());
    record.reference(child_of(zero(1)));

    let span = record.finish();

    assert!(SpanContext::is_valid(&span.span_context));
    assert_eq!(span.parent_span_id, SpanId::INVALID);
}

#[test]
fn a_span_id_of_zero_is_replaced() {
    let span = SpanRecord::new("work", other(0), start(), start()).finish();

    assert_eq!(span.span_context.trace_id(), IDS.trace_id());
    assert_ne!(span.span_context.span_id(), SpanId::INVALID);
}
