//! D12 to D20: log records.

mod support;

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::trace::{Sampler, SpanData};
use opentracing_shim::{FieldValue, Fields, FinishOptions, LogRecord, Tracer, TracerShim, fields};
use support::{Recorder, event_attribute};

#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sending failed")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn outer() -> Outer {
    Outer(io::Error::new(io::ErrorKind::TimedOut, "no answer"))
}

/// The only span, after it logged `fields`.
fn logged(fields: Fields) -> SpanData {
    let recorder = Recorder::new();
    recorder.tracer.build_span("a").start().log(fields).finish();
    recorder.span()
}

#[test]
fn d12_any_type_is_a_field() {
    let span = logged(
        Fields::new()
            .with("bytes", &b"\xff\x00a"[..])
            .with("none", None::<i32>)
            .with("some", Some(1))
            .with("nested", FieldValue::debug(&[("k", 1)]))
            .with("error", FieldValue::error(&outer()))
            .with("wide", u64::MAX),
    );

    assert_eq!(event_attribute(&span, 0, "bytes"), ["\u{fffd}\0a".into()]);
    assert_eq!(event_attribute(&span, 0, "none"), ["null".into()]);
    assert_eq!(event_attribute(&span, 0, "some"), [1.into()]);
    assert_eq!(event_attribute(&span, 0, "nested"), ["[(\"k\", 1)]".into()]);
    assert_eq!(
        event_attribute(&span, 0, "error"),
        ["sending failed".into()]
    );
    assert_eq!(
        event_attribute(&span, 0, "wide"),
        ["18446744073709551615".into()]
    );
}

#[test]
fn d12_a_span_that_does_not_record_does_not_read_its_fields() {
    let read = Cell::new(0);
    let fields = || {
        [("event", "a"), ("k", "b")]
            .into_iter()
            .inspect(|_| read.set(read.get() + 1))
    };
    let log = |tracer: &Tracer| {
        let span = tracer.build_span("a").start();
        span.log(fields()).log_at(SystemTime::UNIX_EPOCH, fields());
        read.take()
    };

    let dropped = log(&Recorder::with_sampler(Sampler::AlwaysOff).tracer);
    let nowhere = log(&TracerShim::builder(NoopTracerProvider::new()).build());
    let nothing = log(&Tracer::noop());
    let recorded = log(&Recorder::new().tracer);

    assert_eq!([dropped, nowhere, nothing], [0, 0, 0]);
    assert_eq!(recorded, 4);
}

#[test]
fn d13_the_field_event_names_the_event_else_it_is_log() {
    assert_eq!(
        logged(Fields::new().with("event", "cache-miss"))
            .events
            .events[0]
            .name,
        "cache-miss"
    );
    assert_eq!(
        logged(Fields::new().with("event", String::from("owned")))
            .events
            .events[0]
            .name,
        "owned"
    );
    assert_eq!(
        logged(Fields::new().with("event", 7)).events.events[0].name,
        "7"
    );
    assert_eq!(
        logged(Fields::new().with("message", "m")).events.events[0].name,
        "log"
    );
    assert_eq!(logged(Fields::new()).events.events[0].name, "log");
}

#[test]
fn d14_an_empty_name_becomes_log() {
    assert_eq!(
        logged(Fields::new().with("event", "")).events.events[0].name,
        "log"
    );
}

#[test]
fn d15_the_field_event_stays_an_attribute() {
    let span = logged(Fields::new().with("event", "cache-miss"));

    assert_eq!(event_attribute(&span, 0, "event"), ["cache-miss".into()]);
}

#[test]
fn d15_a_field_that_is_given_twice_is_there_once() {
    let span = logged(
        Fields::new()
            .with("k", 1)
            .with("event", "first")
            .with("k", 2)
            .with("event", "second"),
    );

    assert_eq!(event_attribute(&span, 0, "k"), [2.into()]);
    assert_eq!(span.events.events[0].name, "second");
}

#[test]
fn d16_d17_an_error_object_is_recorded_with_type_and_chain() {
    let span = logged(
        Fields::new()
            .with(fields::EVENT, "error")
            .with(fields::ERROR_OBJECT, FieldValue::error(&outer()))
            .with(fields::MESSAGE, "while logging in")
            .with("attempt", 2),
    );

    assert_eq!(span.events.events[0].name, "exception");
    assert_eq!(
        event_attribute(&span, 0, "exception.type"),
        ["logs::Outer".into()]
    );
    assert_eq!(
        event_attribute(&span, 0, "exception.message"),
        ["sending failed".into()]
    );
    let chain = "sending failed\ncaused by: no answer";
    assert_eq!(
        event_attribute(&span, 0, "exception.stacktrace"),
        [chain.into()]
    );
    assert_eq!(
        event_attribute(&span, 0, "message"),
        ["while logging in".into()]
    );
    assert_eq!(event_attribute(&span, 0, "attempt"), [2.into()]);
    assert_eq!(event_attribute(&span, 0, "event"), ["error".into()]);
    assert!(event_attribute(&span, 0, fields::ERROR_OBJECT).is_empty());
}

#[test]
fn d17_a_trait_object_has_no_type_to_tell() {
    let boxed: Box<dyn Error + Send + Sync> = outer().into();

    let span = logged(
        Fields::new()
            .with(fields::EVENT, "error")
            .with(fields::ERROR_OBJECT, FieldValue::error(boxed.as_ref())),
    );

    assert!(event_attribute(&span, 0, "exception.type").is_empty());
    assert_eq!(
        event_attribute(&span, 0, "exception.message"),
        ["sending failed".into()]
    );
}

#[test]
fn d17_a_name_that_the_caller_gave_counts_more() {
    let span = logged(
        Fields::new()
            .with(fields::EVENT, "error")
            .with("exception.type", "Timeout")
            .with(fields::ERROR_OBJECT, FieldValue::error(&outer())),
    );

    assert_eq!(
        event_attribute(&span, 0, "exception.type"),
        ["Timeout".into()]
    );
}

#[test]
fn d18_without_an_error_object_fields_are_renamed() {
    let span = logged(
        Fields::new()
            .with(fields::EVENT, "error")
            .with(fields::ERROR_KIND, "Timeout")
            .with(fields::MESSAGE, "no answer")
            .with(fields::STACK, "at x")
            .with(fields::ERROR_OBJECT, "only text")
            .with("extra", 1),
    );

    assert_eq!(span.events.events[0].name, "exception");
    assert_eq!(
        event_attribute(&span, 0, "exception.type"),
        ["Timeout".into()]
    );
    assert_eq!(
        event_attribute(&span, 0, "exception.message"),
        ["no answer".into()]
    );
    assert_eq!(
        event_attribute(&span, 0, "exception.stacktrace"),
        ["at x".into()]
    );
    assert_eq!(
        event_attribute(&span, 0, fields::ERROR_OBJECT),
        ["only text".into()]
    );
    assert_eq!(event_attribute(&span, 0, "extra"), [1.into()]);
    assert!(event_attribute(&span, 0, fields::MESSAGE).is_empty());
}

#[test]
fn d18_nothing_is_renamed_unless_the_event_is_an_error() {
    let span = logged(
        Fields::new()
            .with(fields::EVENT, "retry")
            .with(fields::ERROR_KIND, "Timeout")
            .with(fields::ERROR_OBJECT, FieldValue::error(&outer())),
    );

    assert_eq!(span.events.events[0].name, "retry");
    assert_eq!(
        event_attribute(&span, 0, fields::ERROR_KIND),
        ["Timeout".into()]
    );
    assert_eq!(
        event_attribute(&span, 0, fields::ERROR_OBJECT),
        ["sending failed".into()]
    );
}

#[test]
fn d19_the_given_time_is_kept_also_with_an_error_object() {
    let recorder = Recorder::new();
    let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_500_000_001);

    let span = recorder.tracer.build_span("a").start();
    span.log_at(time, [("event", "e")]);
    span.log_at(
        time,
        [
            (fields::EVENT, FieldValue::from("error")),
            (fields::ERROR_OBJECT, FieldValue::error(&outer())),
        ],
    );
    span.finish();

    assert!(
        recorder
            .span()
            .events
            .events
            .iter()
            .all(|event| event.timestamp == time)
    );
}

#[test]
fn d20_times_outside_the_span_are_kept() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    span.log_at(
        SystemTime::UNIX_EPOCH - Duration::from_secs(1),
        [("event", "long ago")],
    );
    span.log_at(
        SystemTime::now() + Duration::from_secs(86_400),
        [("event", "tomorrow")],
    );
    span.finish();

    assert_eq!(recorder.span().events.events.len(), 2);
}

#[test]
fn d24_records_in_bulk_come_with_the_end() {
    let recorder = Recorder::new();
    let [log, end] = [1, 2].map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));

    recorder.tracer.build_span("a").start().finish_with(
        FinishOptions::new()
            .at(end)
            .log(LogRecord::new([("event", "own time")]).at(log))
            .log(LogRecord::new([("event", "end time")])),
    );

    let span = recorder.span();
    assert_eq!(span.end_time, end);
    assert_eq!(
        span.events
            .events
            .iter()
            .map(|event| event.timestamp)
            .collect::<Vec<_>>(),
        [log, end]
    );
}

#[test]
fn d12_a_cycle_of_sources_ends() {
    #[derive(Debug)]
    struct Cycle;

    impl fmt::Display for Cycle {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("again")
        }
    }

    impl Error for Cycle {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }

    assert!(
        matches!(FieldValue::error(&Cycle), FieldValue::Error(error) if error.sources().len() == 32)
    );
}

#[test]
fn d13_a_bare_event_has_its_text_as_name_and_no_attribute() {
    let recorder = Recorder::new();

    let span = recorder.tracer.build_span("a").start();
    span.log_event("cache-miss")
        .log_event(String::from("owned"));
    span.log_event("error");
    span.finish();

    let events = recorder.span().events.events;
    let names: Vec<&str> = events.iter().map(|event| &*event.name).collect();
    assert_eq!(names, ["cache-miss", "owned", "error"]);
    assert!(events.iter().all(|event| event.attributes.is_empty()));
}

#[test]
fn d14_a_bare_event_without_text_is_named_log() {
    let recorder = Recorder::new();

    recorder
        .tracer
        .build_span("a")
        .start()
        .log_event("")
        .finish();

    assert_eq!(recorder.span().events.events[0].name, "log");
}
