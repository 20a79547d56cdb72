//! The mock tracer, and with it the traits that other tracers implement.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use opentracing_shim::api::mock::MockTracer;
use opentracing_shim::{
    ExtractError, FieldValue, FinishOptions, Format, InjectCarrier, InjectError, LogRecord,
    ReferenceType, RefusedEntry, SpanFuture, TagValue,
};

#[test]
fn it_remembers_what_it_was_told() {
    let mock = MockTracer::new();
    let tracer = mock.tracer();
    let [start, log, end] =
        [1, 2, 3].map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let parent = tracer.build_span("parent").start();
    parent.set_baggage_item("b", "1");

    let span = tracer
        .build_span("a")
        .tag("k", 1)
        .child_of(&parent)
        .start_time(start)
        .start();
    span.set_tag("k", 2)
        .set_operation_name("renamed")
        .log_at(log, [("event", "e")]);
    span.finish_with(
        FinishOptions::new()
            .at(end)
            .log(LogRecord::new([("event", "bulk")])),
    );
    span.finish();

    let [record] = &mock.finished_spans()[..] else {
        panic!("one is finished")
    };
    assert_eq!(record.operation_name(), "renamed");
    assert_eq!(record.tags(), [("k".into(), TagValue::I64(2))]);
    assert_eq!(record.parent_id(), Some(mock.span_id(&parent)));
    assert_eq!(record.trace_id(), mock.span_id(&parent));
    assert_eq!((record.start_time(), record.finish_time()), (start, end));
    assert_eq!(record.references()[0].kind(), ReferenceType::ChildOf);
    assert_eq!(record.references()[0].span_id(), mock.span_id(&parent));
    assert_eq!(record.baggage().get("b"), Some("1"));
    assert_eq!(
        record
            .logs()
            .iter()
            .map(|log| log.time())
            .collect::<Vec<_>>(),
        [log, end]
    );
    assert_eq!(
        record.logs()[0].field("event"),
        Some(&FieldValue::from("e"))
    );
}

#[test]
fn scopes_infer_parents_and_belong_to_one_tracer() {
    let (mock, other) = (MockTracer::new(), MockTracer::new());
    let outer = mock.tracer().build_span("outer").start_active();
    let none = other.tracer().activate_none();

    mock.tracer().build_span("inner").start().finish();
    mock.tracer()
        .build_span("root")
        .ignore_active_span()
        .start()
        .finish();
    other.tracer().build_span("other").start().finish();

    let spans = mock.finished_spans();
    assert_eq!(spans[0].parent_id(), Some(mock.span_id(outer.span())));
    assert_eq!(spans[1].parent_id(), None);
    assert_eq!(other.finished_spans()[0].parent_id(), None);
    drop((none, outer));
    assert!(mock.tracer().active_span().is_none());
}

#[test]
fn closing_out_of_order_finishes_nothing() {
    let mock = MockTracer::new();
    let outer = mock.tracer().build_span("outer").start_active();
    let (inner, outer_span) = (
        mock.tracer().build_span("inner").start_active(),
        outer.span().clone(),
    );

    drop(outer);
    assert!(mock.finished_spans().is_empty());
    drop(inner);

    assert_eq!(mock.finished_spans()[0].operation_name(), "inner");
    drop(outer_span);
    assert_eq!(
        mock.finished_spans().len(),
        2,
        "dropping the last handle ends it"
    );
}

#[test]
fn contexts_cross_carriers() {
    let mock = MockTracer::new();
    let span = mock.tracer().build_span("a").start();
    span.set_baggage_item("k", "v");
    let mut carrier = HashMap::new();

    mock.tracer()
        .inject(&span, Format::TextMap, &mut carrier)
        .expect("offered");
    let context = mock
        .tracer()
        .extract(Format::TextMap, &carrier)
        .expect("not corrupt")
        .expect("a context");

    assert_eq!(context.to_span_id(), span.context().to_span_id());
    assert_eq!(context.baggage_item("k"), Some("v"));
    let corrupt = mock
        .tracer()
        .extract(Format::TextMap, &[("mock-trace-id", "x")]);
    assert!(matches!(corrupt, Err(ExtractError::Corrupted { .. })));
    let unsupported = mock.tracer().inject(&span, Format::Binary, &mut carrier);
    assert!(matches!(
        unsupported,
        Err(InjectError::UnsupportedFormat(_))
    ));
}

#[test]
fn a_link_is_no_reference() {
    let mock = MockTracer::new();
    let stranger = mock.tracer().build_span("stranger").start();

    let tracer = mock.tracer();
    let builder = tracer.build_span("a");
    builder
        .follows_from(stranger.context().to_link())
        .start()
        .finish();

    let span = &mock.finished_spans()[0];
    assert!(span.references().is_empty());
    assert_eq!(span.parent_id(), None);
    assert_ne!(span.trace_id(), mock.span_id(&stranger));
}

#[tokio::test]
async fn futures_carry_its_spans() {
    let mock = MockTracer::new();
    let span = mock.tracer().build_span("a").start();
    let tracer = mock.tracer();

    let active = async move { tracer.active_span() }.in_span(&span).await;

    assert!(active.is_some_and(|active| active.same_as(&span)));
}

#[test]
fn a_closed_tracer_starts_nothing() {
    let mock = MockTracer::new();
    mock.tracer().close().expect("nothing can fail");

    mock.tracer().build_span("a").start().finish();

    assert!(mock.finished_spans().is_empty());
    mock.reset();
}

#[test]
fn a_carrier_that_refuses_an_entry_gets_the_others() {
    struct NoDigits(Vec<String>);

    impl InjectCarrier for NoDigits {
        fn set(&mut self, key: &str, value: String) -> Result<(), RefusedEntry> {
            if value.contains(|character: char| character.is_ascii_digit()) {
                return Err(RefusedEntry::new(key));
            }
            self.0.push(value);
            Ok(())
        }
    }

    let span = MockTracer::new().tracer().build_span("a").start();
    span.set_baggage_item("word", "kept");
    let mut carrier = NoDigits(Vec::new());

    let told = MockTracer::new()
        .tracer()
        .inject(&span, Format::TextMap, &mut carrier);

    assert!(matches!(told, Err(InjectError::Carrier(_))));
    assert_eq!(carrier.0, ["kept"]);
}
