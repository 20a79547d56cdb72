//! Each request has a listener, which holds its span and ends it with the answer.

use std::sync::mpsc;

use opentracing_shim::{Span, tags};
use tokio::sync::oneshot;

use super::case;
use crate::kit::setting::{go, join, joined, on_tokio};
use crate::kit::{Case, Subject};

const ORIGIN: &str = "ListenerTest.test";

pub(super) const CASES: &[Case] = &[
    case("testbed.listener_per_request.threads", ORIGIN, &[], threads),
    case("testbed.listener_per_request.tokio", ORIGIN, &[], tokio),
];

struct Listener(Span);

impl Listener {
    fn new(subject: &Subject) -> Self {
        let send = subject.tracer.build_span("send").ignore_active_span();
        Self(send.tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT).start())
    }

    fn on_response(self, response: &'static str) -> Span {
        assert_eq!(response, "message:response");
        self.0.finish();
        self.0
    }
}

fn threads(subject: &Subject) {
    let (respond, responses) = mpsc::channel::<&'static str>();
    let listener = Listener::new(subject);
    let client = go(subject, move |_| {
        listener.on_response(responses.recv().expect("there is a response"))
    });
    subject.assert_finished(&[]);
    respond.send("message:response").expect("somebody listens");
    let span = join(client);

    verify(subject, &span);
}

fn tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let (respond, response) = oneshot::channel::<&'static str>();
        let listener = Listener::new(&subject);
        let client = tokio::spawn(async move {
            listener.on_response(response.await.expect("there is a response"))
        });
        subject.assert_finished(&[]);
        respond.send("message:response").expect("somebody listens");
        let span = joined(client).await;

        verify(&subject, &span);
    });
}

fn verify(subject: &Subject, span: &Span) {
    subject.assert_finished(&["send"]);
    subject.assert_tag(span, tags::SPAN_KIND, tags::SPAN_KIND_CLIENT);
}
