//! What a log record tells: what was logged, where, how grave it is, and in which span.

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, SpanId, TraceId};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pipeline::Pipeline;

use crate::support::{BUDGET, Lines, Receiver, pipeline, settings};

/// What is exported of what `write` logs, each record behind its target.
fn exported(
    receiver: &Receiver,
    pipeline: &Pipeline,
    write: impl FnOnce(),
) -> Vec<(String, LogRecord)> {
    let dispatch = Lines::default().dispatch_of(pipeline);
    tracing::dispatcher::with_default(&dispatch, write);
    pipeline.shutdown(BUDGET);
    let batches = receiver.logs().into_iter();
    let resources = batches.flat_map(|request| request.resource_logs);
    let scopes = resources.flat_map(|resource| resource.scope_logs);
    let records = scopes.flat_map(|scope| {
        let target = scope.scope.map(|scope| scope.name).unwrap_or_default();
        let records = scope.log_records.into_iter();
        records.map(move |record| (target.clone(), record))
    });
    let mut records: Vec<_> = records.collect();
    records.sort_by_key(|(_, record)| record.time_unix_nano);
    records
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

fn body(record: &LogRecord) -> String {
    text_of(record.body.as_ref().and_then(|body| body.value.as_ref()))
}

fn attributes(attributes: &[KeyValue]) -> Vec<(&str, String)> {
    let pairs = attributes.iter().map(|attribute| {
        let value = attribute.value.as_ref();
        let text = text_of(value.and_then(|value| value.value.as_ref()));
        (attribute.key.as_str(), text)
    });
    pairs.collect()
}

#[test]
fn a_line_of_the_log_facade_keeps_its_target_and_its_level() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());

    let records = exported(&receiver, &pipeline, || {
        log::warn!(target: "shop::till", "The till is open.");
    });

    let [(target, record)] = &records[..] else {
        panic!("one record: {records:#?}");
    };
    assert_eq!(target, "shop::till");
    assert_eq!(body(record), "The till is open.");
    assert_eq!(
        (record.severity_text.as_str(), record.severity_number),
        ("WARN", 13)
    );
    assert_eq!(record.event_name, "", "a line is no named event");
    assert_eq!(attributes(&record.attributes), [], "nor where it stands");
    assert!(record.time_unix_nano > 0 && record.observed_time_unix_nano > 0);
}

#[test]
fn fields_of_an_event_are_attributes_with_their_types() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());

    let records = exported(&receiver, &pipeline, || {
        tracing::error!(
            target: "shop",
            text = "a word",
            debug = ?Some(1),
            whole = 42_u64,
            huge = u64::MAX,
            ratio = 0.5,
            open = true,
            "Counted."
        );
    });

    let (_, record) = &records[0];
    assert_eq!(
        (body(record), record.severity_number),
        ("Counted.".to_owned(), 17)
    );
    let expected = [
        ("text", "a word"),
        ("debug", "Some(1)"),
        ("whole", "Some(IntValue(42))"),
        ("huge", "18446744073709551615"),
        ("ratio", "Some(DoubleValue(0.5))"),
        ("open", "Some(BoolValue(true))"),
    ];
    let expected = expected.map(|(key, value)| (key, value.to_owned()));
    assert_eq!(attributes(&record.attributes), expected);
}

#[test]
fn a_record_has_the_ids_of_the_span_that_is_active() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());
    let provider = pipeline.provider().expect("the SDK is not disabled");
    let span = provider.tracer("records").start("work");
    let context = Context::new().with_span(span);
    let ids = context.span().span_context().clone();

    let records = exported(&receiver, &pipeline, || {
        log::info!(target: "shop", "before");
        let active = context.attach();
        log::info!(target: "shop", "within");
        drop(active);
    });

    let seen: Vec<_> = records
        .iter()
        .map(|(_, record)| {
            (
                body(record),
                record.trace_id.clone(),
                record.span_id.clone(),
            )
        })
        .collect();
    let id = |trace: TraceId, span: SpanId| (trace.to_bytes().to_vec(), span.to_bytes().to_vec());
    let (trace_id, span_id) = id(ids.trace_id(), ids.span_id());
    let expected = [
        ("before".to_owned(), Vec::new(), Vec::new()),
        ("within".to_owned(), trace_id, span_id),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn records_have_the_resource_that_spans_have() {
    let receiver = Receiver::start();
    let settings = settings(&receiver.url()).resource_attribute("migration.stage", "native");
    let pipeline = Pipeline::start(&settings).expect("the endpoint is usable");

    exported(&receiver, &pipeline, || {
        log::info!(target: "shop", "open");
    });

    let requests: Vec<ExportLogsServiceRequest> = receiver.logs();
    let resource = requests[0].resource_logs[0].resource.as_ref();
    let attributes = attributes(&resource.expect("it has a resource").attributes);
    for (key, value) in [("service.name", "delivery"), ("migration.stage", "native")] {
        assert!(
            attributes.contains(&(key, value.to_owned())),
            "{attributes:?}"
        );
    }
}

#[test]
fn what_carries_an_export_is_not_exported() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());

    let records = exported(&receiver, &pipeline, || {
        log::error!(target: "h2::client", "a frame");
        log::error!(target: "hyper_util::client", "a connection");
        log::error!(target: "pipeline::counting", "a loss");
        tracing::error!(target: "tonic::transport", "a request");
        tracing::error!(target: "opentelemetry_sdk", "an export");
        log::error!(target: "fred::router", "a command");
        log::error!(target: "shop", "a sale");
    });

    let bodies: Vec<String> = records.iter().map(|(_, record)| body(record)).collect();
    assert_eq!(bodies, ["a sale"]);
}
