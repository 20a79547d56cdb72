//! A promise with several callbacks, for success and for failure. Their spans follow from the one that was active when they
//! were registered.

use std::sync::mpsc;

use futures::FutureExt;
use opentracing_shim::{Span, SpanFuture, tags};
use tokio::sync::oneshot;

use super::{SCOPES, case};
use crate::kit::setting::{joined, on_thread, on_tokio};
use crate::kit::{Case, Subject};

const ORIGIN: &str = "PromisePropagationTest.testPromiseCallback";

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.promise_propagation.threads",
        ORIGIN,
        SCOPES,
        threads,
    ),
    case("testbed.promise_propagation.tokio", ORIGIN, SCOPES, tokio),
];

type Outcome = Result<&'static str, &'static str>;

const NAMES: [&str; 2] = ["success", "error"];
const COMPONENT: &str = "promises";

/// The span of a callback, active while the callback runs.
fn settle(subject: &Subject, captured: &Span, outcome: Outcome) -> Span {
    let (Ok(name) | Err(name)) = outcome;
    let scope = subject
        .tracer
        .build_span(name)
        .follows_from(captured)
        .tag(tags::COMPONENT, COMPONENT)
        .start_active();
    if outcome.is_err() {
        scope.span().set_tag(tags::ERROR, true);
    }
    subject.assert_active(scope.span());
    scope.span().clone()
}

type Callback = Box<dyn FnOnce(&Subject, Outcome) -> Span + Send>;

/// Runs its callbacks, on whichever thread settles it.
#[derive(Default)]
struct Promise(Vec<Callback>);

impl Promise {
    fn then(&mut self, subject: &Subject) {
        let captured = subject.tracer.active_span().expect("the parent");
        self.0.push(Box::new(move |subject, outcome| {
            settle(subject, &captured, outcome)
        }));
    }

    fn settle(self, subject: &Subject, outcome: Outcome) -> Vec<Span> {
        let callbacks = self.0.into_iter();
        callbacks
            .map(|callback| callback(subject, outcome))
            .collect()
    }
}

fn threads(subject: &Subject) {
    let scope = subject.tracer.build_span("parent").start_active();
    let parent = scope.span().clone();
    let outcomes: [Outcome; 2] = [Ok(NAMES[0]), Err(NAMES[1])];
    let (settled, spans) = mpsc::channel();
    for outcome in outcomes {
        let mut promise = Promise::default();
        promise.then(subject);
        promise.then(subject);
        let settled = settled.clone();
        on_thread(subject, move |subject| {
            for span in promise.settle(subject, outcome) {
                settled.send(span).expect("the case waits");
            }
        });
    }
    drop(settled);
    scope.close();

    verify(subject, &parent, &spans.iter().collect::<Vec<_>>());
}

/// A shared future is a promise with several awaiters.
fn tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let parent = subject.root("parent");
        let outcomes: [Outcome; 2] = [Ok(NAMES[0]), Err(NAMES[1])];
        let mut spans = Vec::new();
        for outcome in outcomes {
            let (resolve, settled) = oneshot::channel::<Outcome>();
            let promise = settled.shared();
            let awaiters = [promise.clone(), promise].map(|promise| {
                let (subject, captured) = (subject.clone(), parent.clone());
                let awaiter = async move {
                    let outcome = promise.await.expect("it is settled");
                    settle(&subject, &captured, outcome)
                };
                tokio::spawn(awaiter.in_span(&parent))
            });
            resolve.send(outcome).expect("it is awaited");
            for awaiter in awaiters {
                spans.push(joined(awaiter).await);
            }
        }
        parent.finish();

        verify(&subject, &parent, &spans);
    });
}

fn verify(subject: &Subject, parent: &Span, spans: &[Span]) {
    subject.assert_finished(&["success", "success", "error", "error", "parent"]);
    for (index, span) in spans.iter().enumerate() {
        subject.assert_parent(parent, span);
        subject.assert_tag(span, tags::COMPONENT, COMPONENT);
        subject.assert_error(span, index >= 2);
    }
    assert_eq!(spans.len(), 4);
    subject.assert_none_active();
}
