//! Baggage of spans and of contexts.

use std::ptr;

use super::case;
use crate::kit::ask::{items, pairs};
use crate::kit::{Capability, Case, Subject};

pub(super) const CASES: &[Case] = &[
    case(
        "go.span_baggage",
        "TestSpanBaggage",
        &[Capability::Baggage],
        span_baggage,
    ),
    case(
        "go.context_baggage",
        "TestContextBaggage",
        &[Capability::Baggage],
        context_baggage,
    ),
    case(
        "go.multi_baggage",
        "TestMultiBaggage",
        &[Capability::Baggage],
        multi_baggage,
    ),
];

fn span_baggage(subject: &Subject) {
    let span = subject.tracer.build_span("baggage").start();
    assert_eq!(span.baggage_item("likes"), None, "a new span has none");

    let chained = span.set_baggage_item("likes", "tea");

    assert!(ptr::eq(chained, &span), "calls can be chained");
    assert_eq!(span.baggage_item("likes").as_deref(), Some("tea"));
    span.finish();
}

fn context_baggage(subject: &Subject) {
    let span = subject.tracer.build_span("baggage").start();
    assert_eq!(items(&span.context()), []);

    span.set_baggage_item("likes", "tea");

    assert_eq!(items(&span.context()), pairs([("likes", "tea")]));
    span.finish();
}

fn multi_baggage(subject: &Subject) {
    let span = subject.tracer.build_span("baggage").start();
    span.set_baggage_item("one", "1")
        .set_baggage_item("two", "2");

    let context = span.context();

    assert_eq!(items(&context), pairs([("one", "1"), ("two", "2")]));
    assert_eq!(context.baggage_items().take(1).count(), 1, "may stop early");
    span.finish();
}
