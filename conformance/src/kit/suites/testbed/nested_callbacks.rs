//! One span is handed down from callback to callback; each sets a tag, the last one ends it.

use opentracing_shim::{Span, SpanFuture};

use super::{SCOPES, case};
use crate::kit::setting::{joined, on_thread, on_tokio};
use crate::kit::{Case, Subject};

const ORIGIN: &str = "NestedCallbacksTest.test";

pub(super) const CASES: &[Case] = &[
    case("testbed.nested_callbacks.threads", ORIGIN, SCOPES, threads),
    case("testbed.nested_callbacks.tokio", ORIGIN, SCOPES, tokio),
];

/// The callback works on the active span and captures it for the next.
fn active_with(subject: &Subject, number: i64) -> Span {
    let keys = ["key1", "key2", "key3"];
    let span = subject.tracer.active_span().expect("the captured one");
    let index = usize::try_from(number - 1).expect("counted from 1");
    span.set_tag(keys[index], number);
    span
}

fn threads(subject: &Subject) {
    let span = subject.root("one");
    let first = span.clone();
    on_thread(subject, move |subject| {
        let _scope = subject.tracer.activate(&first);
        let second = active_with(subject, 1);
        on_thread(subject, move |subject| {
            let _scope = subject.tracer.activate(&second);
            let third = active_with(subject, 2);
            on_thread(subject, move |subject| {
                let _scope = subject.tracer.activate(&third).finish_on_close(true);
                active_with(subject, 3);
            });
        });
    });

    verify(subject, &span);
}

fn tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let span = subject.root("one");
        let outer = subject.clone();
        let first = async move {
            let captured = active_with(&outer, 1);
            let middle = outer.clone();
            let second = async move {
                let captured = active_with(&middle, 2);
                let inner = middle.clone();
                let third = async move { active_with(&inner, 3).finish() };
                joined(tokio::spawn(third.in_span(&captured))).await;
            };
            joined(tokio::spawn(second.in_span(&captured))).await;
        };
        joined(tokio::spawn(first.in_span(&span))).await;

        verify(&subject, &span);
    });
}

fn verify(subject: &Subject, span: &Span) {
    subject.assert_finished(&["one"]);
    for (key, value) in [("key1", 1), ("key2", 2), ("key3", 3)] {
        subject.assert_tag(span, key, value);
    }
    subject.assert_none_active();
}
