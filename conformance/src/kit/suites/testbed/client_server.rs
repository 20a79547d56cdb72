//! A client and a server that share nothing but messages.

use std::collections::HashMap;
use std::sync::mpsc;

use http::{HeaderMap, Request};
use opentracing_shim::{ExtractCarrier, Format, InjectCarrier, Span, SpanFuture, tags};
use tokio::sync::mpsc as tokio_mpsc;

use super::case;
use crate::kit::setting::{go, join, joined, on_tokio};
use crate::kit::{Capability, Case, Subject};

const ORIGIN: &str = "TestClientServerTest.test";

const NEEDS: &[Capability] = &[
    Capability::Identity,
    Capability::Inject,
    Capability::Extract,
    Capability::Scopes,
];

pub(super) const CASES: &[Case] = &[
    case("testbed.client_server.threads", ORIGIN, NEEDS, threads),
    case("testbed.client_server.tokio", ORIGIN, NEEDS, tokio),
];

fn send(subject: &Subject, format: Format<'_>, carrier: &mut dyn InjectCarrier) -> Span {
    let span = subject
        .tracer
        .build_span("send")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
        .start();
    let injected = subject.tracer.inject(&span, format, carrier);
    assert!(injected.is_ok(), "{injected:?}");
    span
}

fn receive(subject: &Subject, format: Format<'_>, carrier: &dyn ExtractCarrier) -> Span {
    let extracted = subject.tracer.extract(format, carrier);
    let Ok(Some(context)) = extracted else {
        panic!("the message has no context: {extracted:?}");
    };
    subject
        .tracer
        .build_span("receive")
        .child_of(context)
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .start()
}

fn threads(subject: &Subject) {
    let (client, server) = mpsc::channel::<HashMap<String, String>>();
    let serving = go(subject, move |subject| {
        let message = server.recv().expect("the client sends one");
        let span = receive(subject, Format::TextMap, &message);
        let scope = subject.tracer.activate(&span).finish_on_close(true);
        subject.assert_active(&span);
        scope.close();
        span
    });

    let mut message = HashMap::new();
    let sent = send(subject, Format::TextMap, &mut message);
    let scope = subject.tracer.activate(&sent).finish_on_close(true);
    client.send(message).expect("the server is there");
    let received = join(serving);
    scope.close();

    verify(subject, &sent, &received);
}

fn tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let (client, mut server) = tokio_mpsc::channel::<Request<()>>(1);
        let serving = tokio::spawn({
            let subject = subject.clone();
            async move {
                let request = server.recv().await.expect("the client sends one");
                let span = receive(&subject, Format::HttpHeaders, request.headers());
                async {
                    tokio::task::yield_now().await;
                    subject.assert_active(&span);
                }
                .in_span(&span)
                .await;
                span.finish();
                span
            }
        });

        let mut headers = HeaderMap::new();
        let sent = send(&subject, Format::HttpHeaders, &mut headers);
        let mut request = Request::new(());
        *request.headers_mut() = headers;
        let answered = async {
            assert!(client.send(request).await.is_ok(), "the server is there");
            joined(serving).await
        };
        let received = answered.in_span(&sent).await;
        sent.finish();

        verify(&subject, &sent, &received);
    });
}

fn verify(subject: &Subject, sent: &Span, received: &Span) {
    subject.assert_finished(&["receive", "send"]);
    subject.assert_parent(sent, received);
    subject.assert_tag(sent, tags::SPAN_KIND, tags::SPAN_KIND_CLIENT);
    subject.assert_tag(received, tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
    subject.assert_none_active();
}
