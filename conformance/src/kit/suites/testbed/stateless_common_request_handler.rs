//! A middleware without state of its own. On one thread it can leave its scope in the thread between its two halves. A task
//! changes threads, and a scope that stayed behind would be another task's; that does not compile, because a scope cannot
//! leave its thread. The state of a task is task-local.

use std::cell::RefCell;
use std::sync::mpsc;

use opentracing_shim::{Scope, Span, SpanFuture};
use tokio::task::yield_now;

use super::{SCOPES, case};
use crate::kit::setting::{go, join, joined, on_tokio};
use crate::kit::{Case, Subject};

const ORIGIN: &str = "HandlerTest.test_requests";

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.stateless_common_request_handler.threads",
        ORIGIN,
        SCOPES,
        threads,
    ),
    case(
        "testbed.stateless_common_request_handler.tokio",
        ORIGIN,
        SCOPES,
        tokio,
    ),
];

const REQUESTS: usize = 3;

thread_local! {
    static SCOPE: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

tokio::task_local! {
    static SPAN: Span;
}

fn threads(subject: &Subject) {
    let (requests, queue) = mpsc::channel::<()>();
    let worker = go(subject, move |subject| {
        let before = || {
            let scope = subject.tracer.build_span("request").start_active();
            SCOPE.set(Some(scope));
        };
        let after = || drop(SCOPE.take());
        let mut spans = Vec::new();
        for () in queue {
            before();
            spans.push(subject.tracer.active_span().expect("the request's"));
            after();
            subject.assert_none_active();
        }
        spans
    });
    for _ in 0..REQUESTS {
        requests.send(()).expect("the worker is there");
    }
    drop(requests);

    verify(subject, &join(worker));
}

fn tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let requests = [(); REQUESTS].map(|()| {
            let subject = subject.clone();
            let span = subject.root("request");
            let handled = async move {
                yield_now().await;
                let span = subject.tracer.active_span().expect("the request's");
                SPAN.with(|state| {
                    assert!(state.same_as(&span));
                    state.finish();
                });
                span
            };
            tokio::spawn(SPAN.scope(span.clone(), handled.in_span(&span)))
        });
        let mut spans = Vec::new();
        for request in requests {
            spans.push(joined(request).await);
        }

        verify(&subject, &spans);
    });
}

/// None is the child of another.
fn verify(subject: &Subject, spans: &[Span]) {
    subject.assert_finished(&["request"; REQUESTS]);
    for (index, span) in spans.iter().enumerate() {
        for other in &spans[..index] {
            subject.assert_other_trace(other, span);
        }
    }
    subject.assert_none_active();
}
