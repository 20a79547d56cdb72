//! What is done to a span.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::SystemTime;

use opentracing_shim::Fields;

use super::{SCOPES, case};
use crate::kit::ask::{items, pairs};
use crate::kit::{Capability, Case, Subject};

pub(super) const CASES: &[Case] = &[
    case(
        "python.set_operation_name",
        "test_set_operation_name",
        &[],
        set_operation_name,
    ),
    case(
        "python.span_as_context_manager",
        "test_span_as_context_manager",
        SCOPES,
        span_as_context_manager,
    ),
    case(
        "python.span_tag_value_types",
        "test_span_tag_value_types",
        &[],
        span_tag_value_types,
    ),
    case(
        "python.span_tags_with_chaining",
        "test_span_tags_with_chaining",
        &[],
        span_tags_with_chaining,
    ),
    case("python.span_logs", "test_span_logs", &[], span_logs),
    case(
        "python.span_baggage",
        "test_span_baggage",
        &[Capability::Baggage],
        span_baggage,
    ),
    case(
        "python.context_baggage",
        "test_context_baggage",
        &[Capability::Baggage],
        context_baggage,
    ),
];

fn set_operation_name(subject: &Subject) {
    let span = subject.tracer.build_span("").start();
    span.set_operation_name("first")
        .set_operation_name("second");
    span.finish();

    subject.assert_finished(&["second"]);
}

/// The block ends the span, also when it is left by a panic, and then the span is marked.
fn span_as_context_manager(subject: &Subject) {
    let fine = {
        let scope = subject.tracer.build_span("fine").start_active();
        scope.span().clone()
    };
    let mut failing = None;
    let left = catch_unwind(AssertUnwindSafe(|| {
        let scope = subject.tracer.build_span("failing").start_active();
        failing = Some(scope.span().clone());
        // Unwinds without a word on stderr, since it is meant.
        resume_unwind(Box::new(()));
    }));

    assert!(left.is_err());
    let failing = failing.expect("set before the panic");
    subject.assert_finished(&["fine", "failing"]);
    subject.assert_error(&fine, false);
    subject.assert_error(&failing, true);
    subject.assert_none_active();
}

fn span_tag_value_types(subject: &Subject) {
    let span = subject.tracer.build_span("types").start();
    span.set_tag("string", "text")
        .set_tag("int", -1)
        .set_tag("long", i64::MAX)
        .set_tag("float", 0.5)
        .set_tag("bool", false);
    span.finish();

    subject.assert_tag(&span, "string", "text");
    subject.assert_tag(&span, "int", -1);
    subject.assert_tag(&span, "long", i64::MAX);
    subject.assert_tag(&span, "float", 0.5);
    subject.assert_tag(&span, "bool", false);
}

fn span_tags_with_chaining(subject: &Subject) {
    let span = subject.tracer.build_span("chain").start();
    span.set_tag("a", "1").set_tag("b", 2).set_tag("a", "3");
    span.set_tag("\u{200b}", "\u{200b}");
    span.finish();

    subject.assert_tag(&span, "a", "3");
    subject.assert_tag(&span, "b", 2);
    subject.assert_tag(&span, "\u{200b}", "\u{200b}");
}

fn span_logs(subject: &Subject) {
    let span = subject.tracer.build_span("logs").start();
    span.log_event("a bare event")
        .log(Fields::new().with("event", "with").with("payload", 127))
        .log(Fields::new().with("event", "map").with("none", None::<i64>))
        .log([("no event", 1)])
        .log_at(SystemTime::now(), [("event", "at a time")]);
    span.finish();

    subject.assert_logs(&span, 5);
}

fn span_baggage(subject: &Subject) {
    let span = subject.tracer.build_span("a").start();
    assert_eq!(span.baggage_item("some-key"), None);

    span.set_baggage_item("some-key", "first")
        .set_baggage_item("some-key", "second");

    assert_eq!(span.baggage_item("some-key").as_deref(), Some("second"));
    span.finish();
}

/// The context equals what was set, exactly; one that was taken before does not change.
fn context_baggage(subject: &Subject) {
    let span = subject.tracer.build_span("a").start();
    let before = span.context();

    span.set_baggage_item("b", "2").set_baggage_item("a", "1");

    assert_eq!(items(&before), []);
    assert_eq!(items(&span.context()), pairs([("a", "1"), ("b", "2")]));
    span.finish();
    assert_eq!(items(&span.context()), pairs([("a", "1"), ("b", "2")]));
}
