//! A6: no input of any public entry panics, and whatever comes in, a span is exported once and with unique keys.

mod support;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::{Duration, SystemTime};

use futures::FutureExt as _;
use opentracing_shim::api::mock::MockTracer;
use opentracing_shim::propagation::from_names;
use opentracing_shim::{
    FieldValue, FinishOptions, Format, LogRecord, ReferenceType, Span, SpanFuture, SpanKindMapping,
    TagValue, Tracer, TracerShim, tags,
};
use proptest::prelude::*;
use support::Recorder;

/// One call on a span.
#[derive(Clone, Debug)]
enum Call {
    Tag(String, TagValue),
    Log(Option<SystemTime>, Vec<(String, FieldValue)>),
    Event(String),
    Baggage(String, String),
    Rename(String),
    Activate,
    Finish(Option<SystemTime>, Vec<(String, FieldValue)>),
}

/// Everything that a builder takes.
#[derive(Clone, Debug)]
struct Start {
    name: String,
    tags: Vec<(String, TagValue)>,
    references: Vec<ReferenceType>,
    time: Option<SystemTime>,
    micros: Option<u64>,
    ignore_active: bool,
}

/// Keys that mean something are as likely as any text.
fn key() -> impl Strategy<Value = String> {
    let special = [
        "error",
        "event",
        "error.object",
        "error.kind",
        "message",
        "stack",
        "span.kind",
        "sampling.priority",
        "",
    ];
    prop_oneof![
        prop::sample::select(special.to_vec()).prop_map(str::to_owned),
        ".{0,12}"
    ]
}

fn text() -> impl Strategy<Value = String> {
    let special = ["true", "FALSE", "error", "server", "", "\0", "%", "a,b=c;d"];
    prop_oneof![
        prop::sample::select(special.to_vec()).prop_map(str::to_owned),
        ".{0,24}"
    ]
}

fn tag_value() -> impl Strategy<Value = TagValue> {
    prop_oneof![
        text().prop_map(TagValue::from),
        any::<bool>().prop_map(TagValue::from),
        any::<i64>().prop_map(TagValue::from),
        any::<u64>().prop_map(TagValue::from),
        any::<i128>().prop_map(TagValue::from),
        any::<f64>().prop_map(TagValue::from),
        any::<f32>().prop_map(TagValue::from),
        any::<char>().prop_map(TagValue::from),
    ]
}

fn field_value() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        tag_value().prop_map(FieldValue::from),
        prop::collection::vec(any::<u8>(), 0..16).prop_map(|bytes| FieldValue::from(&bytes[..])),
        text().prop_map(|text| FieldValue::error(&AnyError(text))),
        prop::option::of(any::<u128>()).prop_map(FieldValue::from),
    ]
}

#[derive(Debug)]
struct AnyError(String);

impl fmt::Display for AnyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AnyError {}

/// Times from before the epoch to the end of what the platform knows.
fn time() -> impl Strategy<Value = SystemTime> {
    (any::<i64>(), 0..1_000_000_000_u32).prop_map(|(seconds, nanos)| {
        let distance = Duration::new(seconds.unsigned_abs(), nanos);
        let moved = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        };
        moved.unwrap_or(SystemTime::UNIX_EPOCH)
    })
}

fn fields() -> impl Strategy<Value = Vec<(String, FieldValue)>> {
    prop::collection::vec((key(), field_value()), 0..6)
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => (key(), tag_value()).prop_map(|(key, value)| Call::Tag(key, value)),
        3 => (prop::option::of(time()), fields()).prop_map(|(time, fields)| Call::Log(time, fields)),
        1 => text().prop_map(Call::Event),
        2 => (key(), text()).prop_map(|(key, value)| Call::Baggage(key, value)),
        1 => text().prop_map(Call::Rename),
        1 => Just(Call::Activate),
        1 => (prop::option::of(time()), fields()).prop_map(|(time, fields)| Call::Finish(time, fields)),
    ]
}

fn start() -> impl Strategy<Value = Start> {
    let kind = prop_oneof![
        Just(ReferenceType::ChildOf),
        Just(ReferenceType::FollowsFrom)
    ];
    (
        text(),
        prop::collection::vec((key(), tag_value()), 0..6),
        prop::collection::vec(kind, 0..3),
        prop::option::of(time()),
        prop::option::of(any::<u64>()),
        any::<bool>(),
    )
        .prop_map(
            |(name, tags, references, time, micros, ignore_active)| Start {
                name,
                tags,
                references,
                time,
                micros,
                ignore_active,
            },
        )
}

fn build(tracer: &Tracer, start: &Start, to: &Span) -> Span {
    let mut builder = tracer.build_span(start.name.clone());
    for (key, value) in &start.tags {
        builder = builder.tag(key.clone(), value.clone());
    }
    for kind in &start.references {
        builder = builder.reference(*kind, to);
    }
    if let Some(time) = start.time {
        builder = builder.start_time(time);
    }
    if let Some(micros) = start.micros {
        builder = builder.start_time_micros(micros);
    }
    if start.ignore_active {
        builder = builder.ignore_active_span();
    }
    builder.start()
}

fn run(tracer: &Tracer, span: &Span, calls: &[Call]) {
    for call in calls.iter().cloned() {
        match call {
            Call::Tag(key, value) => {
                span.set_tag(key, value);
            }
            Call::Log(None, fields) => {
                span.log(fields);
            }
            Call::Log(Some(time), fields) => {
                span.log_at(time, fields);
            }
            Call::Event(name) => {
                span.log_event(name);
            }
            Call::Baggage(key, value) => {
                span.set_baggage_item(key.clone(), value);
                span.baggage_item(&key);
            }
            Call::Rename(name) => {
                span.set_operation_name(name);
            }
            Call::Activate => {
                let _scope = tracer.activate(span);
                tracer.build_span("inner").start().finish();
            }
            Call::Finish(time, fields) => {
                let options = FinishOptions::new().log(LogRecord::new(fields));
                span.finish_with(match time {
                    Some(time) => options.at(time),
                    None => options,
                });
            }
        }
        let mut carrier = HashMap::new();
        // An item that cannot leave is an error, which is an answer too.
        let _told = tracer.inject(span, Format::TextMap, &mut carrier);
        span.context().baggage_items().for_each(drop);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a6_any_calls_export_a_span_once_and_with_unique_keys(
        first in start(),
        second in start(),
        calls in prop::collection::vec(call(), 0..12),
    ) {
        let recorder = Recorder::new();

        let parent = build(&recorder.tracer, &first, &Span::noop());
        let span = build(&recorder.tracer, &second, &parent);
        run(&recorder.tracer, &span, &calls);
        let ids = span.context();
        span.finish();
        span.finish();
        drop((parent, span));

        let exported: Vec<_> = recorder
            .spans()
            .into_iter()
            .filter(|span| span.span_context.span_id().to_string() == ids.to_span_id())
            .collect();
        prop_assert_eq!(exported.len(), 1);
        let from_start: HashSet<_> = second.tags.iter().map(|(key, _)| key.as_str()).collect();
        let mut seen = HashSet::new();
        for attribute in &exported[0].attributes {
            let key = attribute.key.as_str();
            // Without the processor of feature `sdk`, a tag of the start stands before the one that replaced it.
            prop_assert!(seen.insert(key) || from_start.contains(key), "{}", key);
        }
        for event in exported[0].events.iter() {
            prop_assert!(!event.name.is_empty());
        }
    }

    #[test]
    fn a6_any_calls_are_survived_by_every_other_tracer(
        first in start(),
        second in start(),
        calls in prop::collection::vec(call(), 0..12),
    ) {
        let all = from_names("tracecontext,baggage,jaeger,b3").expect("all names are known");
        let mapped = TracerShim::builder(opentelemetry::trace::noop::NoopTracerProvider::new())
            .propagator(all)
            .span_kind(SpanKindMapping::FromTag { keep_tag: false })
            .build();
        for tracer in [mapped, MockTracer::new().tracer(), Tracer::noop()] {
            let parent = build(&tracer, &first, &Span::noop());
            let span = build(&tracer, &second, &parent);
            run(&tracer, &span, &calls);
            prop_assert!(tracer.close().is_ok());
            run(&tracer, &span, &calls);
        }
    }

    #[test]
    fn a6_any_carrier_is_survived(
        entries in prop::collection::vec((header(), text()), 0..8),
        tail in ".{0,8}",
    ) {
        let recorder = Recorder::new();
        let all = from_names("tracecontext,baggage,jaeger,b3").expect("all names are known");
        let tracer = TracerShim::builder(recorder.provider.clone()).propagator(all).build();
        let carrier: Vec<_> = entries.into_iter().map(|(key, value)| (key + &tail, value)).collect();

        for format in [Format::TextMap, Format::HttpHeaders, Format::Custom(&tail)] {
            // Corrupt is an error, and an error is an answer.
            if let Ok(Some(context)) = tracer.extract(format, &carrier) {
                tracer.build_span("a").child_of(&context).start().finish();
                prop_assert!(context.to_trace_id().len() % 32 == 0);
            }
        }
    }

    #[test]
    fn a6_any_future_is_polled_with_any_span(start in start(), calls in prop::collection::vec(call(), 0..6)) {
        let recorder = Recorder::new();
        let span = build(&recorder.tracer, &start, &Span::noop());

        let polled = async { recorder.tracer.active_span().is_some_and(|active| active.same_as(&span)) };
        let was_active = polled.in_span(&span).now_or_never().expect("nothing to wait for");
        run(&recorder.tracer, &span, &calls);

        prop_assert!(was_active);
        prop_assert!(recorder.tracer.active_span().is_none());
    }
}

fn header() -> impl Strategy<Value = String> {
    let names = [
        "traceparent",
        "tracestate",
        "baggage",
        "uber-trace-id",
        "uberctx-",
        "jaeger-debug-id",
        "jaeger-baggage",
        "b3",
        "X-B3-TraceId",
        "X-B3-Sampled",
        tags::ERROR,
    ];
    prop::sample::select(names.to_vec()).prop_map(str::to_owned)
}
