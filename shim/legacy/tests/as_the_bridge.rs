//! A span that comes through the drop-in packages looks like one that comes through the shim's bridge: what a backend groups
//! and alerts by does not change when a service goes from one to the other.

use std::time::{Duration, SystemTime};

use opentelemetry::Value;
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use opentracing_shim::{SpanKindMapping, TagValue, TracerShim};
use opentracing_shim_legacy::{Ids, SpanRecord};

const FIELDS: [&[(&str, &str)]; 8] = [
    &[("event", "retry"), ("attempt", "2")],
    &[("message", "hello")],
    &[("event", "")],
    &[("event", "error")],
    &[
        ("event", "error"),
        ("error.kind", "Timeout"),
        ("message", "late"),
        ("stack", "main"),
    ],
    &[("error.kind", "Timeout"), ("event", "error")],
    &[("event", "error"), ("exception.type", "Timeout")],
    &[("message", "late"), ("stack", "main")],
];

fn tags() -> Vec<(&'static str, TagValue)> {
    vec![
        ("error", true.into()),
        ("error", false.into()),
        ("error", "true".into()),
        ("error", "FALSE".into()),
        ("error", "timeout".into()),
        ("error", 1.into()),
        ("span.kind", "client".into()),
        ("span.kind", "Server".into()),
        ("span.kind", "producer".into()),
        ("span.kind", "consumer".into()),
        ("span.kind", "butler".into()),
        ("span.kind", true.into()),
        ("http.method", "GET".into()),
        ("http.status_code", 200.into()),
        ("ratio", 0.5.into()),
        ("sampling.priority", 1.into()),
    ]
}

/// What the two have to agree in.
#[derive(Debug, PartialEq)]
struct Look {
    kind: SpanKind,
    status: Status,
    attributes: Pairs,
    events: Vec<(String, SystemTime, Pairs)>,
}

type Pairs = Vec<(String, Value)>;

fn look(span: SpanData) -> Look {
    let pairs = |attributes: Vec<opentelemetry::KeyValue>| {
        let pair =
            |attribute: opentelemetry::KeyValue| (attribute.key.to_string(), attribute.value);
        attributes.into_iter().map(pair).collect()
    };
    let events = span.events.into_iter();
    let events = events.map(|event| {
        (
            event.name.to_string(),
            event.timestamp,
            pairs(event.attributes),
        )
    });
    Look {
        kind: span.span_kind,
        status: span.status,
        attributes: pairs(span.attributes),
        events: events.collect(),
    }
}

fn bridged(build: impl FnOnce(&opentracing_shim::Tracer)) -> Look {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let mapping = SpanKindMapping::FromTag { keep_tag: false };
    build(
        &TracerShim::builder(provider.clone())
            .span_kind(mapping)
            .build(),
    );
    let mut spans = exporter.get_finished_spans().expect("it is not shut down");
    look(spans.pop().expect("a span was finished"))
}

fn recorded(build: impl FnOnce(&mut SpanRecord)) -> Look {
    let ids = Ids {
        trace_high: 0,
        trace_low: 1,
        span_id: 1,
        flags: 1,
    };
    let mut record = SpanRecord::new("work", ids, time(), time());
    build(&mut record);
    look(record.finish())
}

fn time() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000)
}

#[test]
fn tags_look_alike() {
    for (name, value) in tags() {
        let bridged = bridged(|tracer| {
            tracer
                .build_span("work")
                .tag(name, value.clone())
                .start()
                .finish();
        });
        let recorded = recorded(|record| match value.clone() {
            TagValue::Bool(value) => record.tag(name, value),
            TagValue::I64(value) => record.tag(name, value),
            TagValue::F64(value) => record.tag(name, value),
            TagValue::String(value) => record.tag(name, value),
            other => panic!("the legacy crates have no tag such as {other:?}"),
        });

        assert_eq!(recorded, bridged, "{name} = {value:?}");
    }
}

#[test]
fn logs_look_alike() {
    for fields in FIELDS {
        let bridged = bridged(|tracer| {
            let span = tracer.build_span("work").start();
            span.log_at(time(), fields.iter().copied());
            span.finish();
        });
        let recorded = recorded(|record| record.log(time(), fields.iter().copied()));

        assert_eq!(recorded, bridged, "{fields:?}");
    }
}
