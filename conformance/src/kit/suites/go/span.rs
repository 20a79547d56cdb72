//! Spans: start, name, tags, logs.

use std::time::SystemTime;

use opentracing_shim::{Fields, FinishOptions, LogRecord, ReferenceType};

use super::case;
use crate::kit::{Case, Subject};

pub(super) const CASES: &[Case] = &[
    case("go.start_span", "TestStartSpan", &[], start_span),
    case(
        "go.start_span_with_parent",
        "TestStartSpanWithParent",
        &[],
        start_span_with_parent,
    ),
    case(
        "go.set_operation_name",
        "TestSetOperationName",
        &[],
        set_operation_name,
    ),
    case(
        "go.span_tag_value_types",
        "TestSpanTagValueTypes",
        &[],
        span_tag_value_types,
    ),
    case(
        "go.span_tags_with_chaining",
        "TestSpanTagsWithChaining",
        &[],
        span_tags_with_chaining,
    ),
    case("go.span_logs", "TestSpanLogs", &[], span_logs),
];

fn start_span(subject: &Subject) {
    let span = subject
        .tracer
        .build_span("boil")
        .tag("kettle", "copper")
        .start();
    span.log(Fields::new().with("event", "steam").with("degrees", 100));
    span.finish();

    subject.assert_finished(&["boil"]);
    subject.assert_tag(&span, "kettle", "copper");
    subject.assert_logs(&span, 1);
}

fn start_span_with_parent(subject: &Subject) {
    let parent = subject.tracer.build_span("parent").start();
    for kind in [ReferenceType::ChildOf, ReferenceType::FollowsFrom] {
        let span = subject
            .tracer
            .build_span("child")
            .reference(kind, parent.context())
            .tag("kind", kind.as_str())
            .start();
        span.finish();

        subject.assert_same_trace(&parent, &span);
        subject.assert_reference(&span, kind, &parent);
        subject.assert_tag(&span, "kind", kind.as_str());
    }
    parent.finish();
}

fn set_operation_name(subject: &Subject) {
    let span = subject.tracer.build_span("").start();
    span.set_operation_name("named later");
    span.finish();

    subject.assert_finished(&["named later"]);
}

fn span_tag_value_types(subject: &Subject) {
    let span = subject.tracer.build_span("types").start();
    span.set_tag("an.int", 9)
        .set_tag("a.bool", true)
        .set_tag("a.string", "text");
    span.finish();

    subject.assert_tag(&span, "an.int", 9);
    subject.assert_tag(&span, "a.bool", true);
    subject.assert_tag(&span, "a.string", "text");
}

fn span_tags_with_chaining(subject: &Subject) {
    let span = subject.tracer.build_span("chain").start();
    span.set_tag("first", "1")
        .set_tag("blank\u{200b}key", "zero-width\u{200b}value")
        .set_tag("last", "3");
    span.finish();

    subject.assert_tag(&span, "first", "1");
    subject.assert_tag(&span, "blank\u{200b}key", "zero-width\u{200b}value");
    subject.assert_tag(&span, "last", "3");
}

fn span_logs(subject: &Subject) {
    let span = subject.tracer.build_span("logs").start();
    span.log(Fields::new().with("event", "opened").with("tries", 2));
    span.log([("event", "read"), ("name", "a")]);
    let end = SystemTime::now();
    let bulk = LogRecord::new([("event", "closed")]).at(end);
    span.finish_with(FinishOptions::new().at(end).log(bulk));
    // The names that Go deprecated are gone here; what is left must be harmless after the end.
    span.log_event("too late");
    span.log_at(end, [("event", "too late")]);

    subject.assert_logs(&span, 3);
}
