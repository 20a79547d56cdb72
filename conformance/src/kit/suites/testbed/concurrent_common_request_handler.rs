//! A middleware whose two halves may run on any thread, so that neither activates a span nor asks for the active one. It
//! keeps the span in the state of the request.

use opentracing_shim::{Span, SpanContext, SpanFuture, tags};
use tokio::task::yield_now;

use super::{SCOPES, case};
use crate::kit::setting::{joined, on_thread, on_tokio};
use crate::kit::{Case, Subject};

const TWO: &str = "HandlerTest.two_requests";
const PARENT: &str = "HandlerTest.parent_not_picked_up";
const BAD: &str = "HandlerTest.bad_solution_to_set_parent";

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.concurrent_common_request_handler.two_requests.threads",
        TWO,
        SCOPES,
        two_requests,
    ),
    case(
        "testbed.concurrent_common_request_handler.two_requests.tokio",
        TWO,
        SCOPES,
        two_requests_tokio,
    ),
    case(
        "testbed.concurrent_common_request_handler.parent_not_picked_up.threads",
        PARENT,
        SCOPES,
        parent_not_picked_up,
    ),
    case(
        "testbed.concurrent_common_request_handler.parent_not_picked_up.tokio",
        PARENT,
        SCOPES,
        parent_not_picked_up_tokio,
    ),
    case(
        "testbed.concurrent_common_request_handler.bad_solution_to_set_parent.threads",
        BAD,
        SCOPES,
        bad_solution_to_set_parent,
    ),
    case(
        "testbed.concurrent_common_request_handler.bad_solution_to_set_parent.tokio",
        BAD,
        SCOPES,
        bad_solution_to_set_parent_tokio,
    ),
];

/// The middleware of one client.
#[derive(Clone, Default)]
struct Handler {
    /// The bad solution: a parent that is chosen once, for all requests.
    parent: Option<SpanContext>,
}

impl Handler {
    fn before(&self, subject: &Subject) -> Span {
        subject
            .tracer
            .build_span("send")
            .ignore_active_span()
            .child_of(&self.parent)
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
            .start()
    }

    fn after(span: &Span) {
        span.finish();
    }

    /// Each half on a thread of its own.
    fn request(&self, subject: &Subject) -> Span {
        let handler = self.clone();
        let span = on_thread(subject, move |subject| handler.before(subject));
        let finishing = span.clone();
        on_thread(subject, move |_| Self::after(&finishing));
        span
    }

    /// The same around an `.await`.
    async fn call(&self, subject: &Subject) -> Span {
        let span = self.before(subject);
        yield_now().await;
        Self::after(&span);
        span
    }
}

fn two_requests(subject: &Subject) {
    let spans = [1, 2].map(|_| Handler::default().request(subject));

    verify_two(subject, &spans);
}

fn two_requests_tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let [first, second] = [1, 2].map(|_| {
            let subject = subject.clone();
            tokio::spawn(async move { Handler::default().call(&subject).await })
        });

        verify_two(&subject, &[joined(first).await, joined(second).await]);
    });
}

fn verify_two(subject: &Subject, spans: &[Span; 2]) {
    subject.assert_finished(&["send", "send"]);
    subject.assert_other_trace(&spans[0], &spans[1]);
    for span in spans {
        subject.assert_tag(span, tags::SPAN_KIND, tags::SPAN_KIND_CLIENT);
    }
    subject.assert_none_active();
}

fn parent_not_picked_up(subject: &Subject) {
    let scope = subject.tracer.build_span("parent").start_active();
    let parent = scope.span().clone();
    let request = Handler::default().request(subject);
    scope.close();

    verify_not_picked_up(subject, &parent, &request);
}

fn parent_not_picked_up_tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let parent = subject.root("parent");
        let request = Handler::default().call(&subject).in_span(&parent).await;
        parent.finish();

        verify_not_picked_up(&subject, &parent, &request);
    });
}

fn verify_not_picked_up(subject: &Subject, parent: &Span, request: &Span) {
    subject.assert_finished(&["send", "parent"]);
    subject.assert_not_parent(parent, request);
    subject.assert_other_trace(parent, request);
}

fn bad_solution_to_set_parent(subject: &Subject) {
    let parent = subject.root("parent");
    let bad = Handler {
        parent: Some(parent.context()),
    };
    let inside = {
        let _scope = subject.tracer.activate(&parent);
        bad.request(subject)
    };
    parent.finish();
    let outside = bad.request(subject);

    verify_bad(subject, &parent, &inside, &outside);
}

fn bad_solution_to_set_parent_tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let parent = subject.root("parent");
        let bad = Handler {
            parent: Some(parent.context()),
        };
        let inside = bad.call(&subject).in_span(&parent).await;
        parent.finish();
        let outside = bad.call(&subject).await;

        verify_bad(&subject, &parent, &inside, &outside);
    });
}

/// The second request has nothing to do with that parent, and gets it all the same.
fn verify_bad(subject: &Subject, parent: &Span, inside: &Span, outside: &Span) {
    subject.assert_finished(&["send", "parent", "send"]);
    subject.assert_parent(parent, inside);
    subject.assert_parent(parent, outside);
}
