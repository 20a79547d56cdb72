//! An actor works on messages after their sender went on. Told something, its span follows from the sender's; asked, it is
//! a child. The context travels in the message.

use std::sync::mpsc;

use opentracing_shim::{ReferenceType, Span, SpanContext, tags};
use tokio::sync::{mpsc as tokio_mpsc, oneshot};

use super::case;
use crate::kit::setting::{go, join, joined, on_tokio};
use crate::kit::{Case, Subject};

const TELL: &str = "ActorPropagationTest.testActorTell";
const ASK: &str = "ActorPropagationTest.testActorAsk";

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.actor_propagation.tell.threads",
        TELL,
        &[],
        |subject| {
            threads(subject, ReferenceType::FollowsFrom);
        },
    ),
    case(
        "testbed.actor_propagation.tell.tokio",
        TELL,
        &[],
        |subject| {
            tokio(subject, ReferenceType::FollowsFrom);
        },
    ),
    case(
        "testbed.actor_propagation.ask.threads",
        ASK,
        &[],
        |subject| {
            threads(subject, ReferenceType::ChildOf);
        },
    ),
    case("testbed.actor_propagation.ask.tokio", ASK, &[], |subject| {
        tokio(subject, ReferenceType::ChildOf);
    }),
];

/// How many messages are sent before the actor has done any.
const MESSAGES: usize = 3;

/// What is sent: how to relate, to what, and where the answer goes.
struct Message<Reply> {
    kind: ReferenceType,
    sender: SpanContext,
    reply: Reply,
}

fn receive(subject: &Subject, kind: ReferenceType, sender: &SpanContext) -> Span {
    let span = subject
        .tracer
        .build_span("received")
        .reference(kind, sender)
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_CONSUMER)
        .ignore_active_span()
        .start();
    span.finish();
    span
}

fn sender(subject: &Subject) -> Span {
    subject
        .tracer
        .build_span("sent")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_PRODUCER)
        .ignore_active_span()
        .start()
}

fn threads(subject: &Subject, kind: ReferenceType) {
    let (mailbox, messages) = mpsc::channel::<Message<mpsc::Sender<Span>>>();
    let (open, opened) = mpsc::channel::<()>();
    let actor = go(subject, move |subject| {
        opened.recv().expect("the case opens the mailbox");
        for Message {
            kind,
            sender,
            reply,
        } in messages
        {
            let span = receive(subject, kind, &sender);
            reply.send(span).expect("the case waits for the answers");
        }
    });

    let sent = sender(subject);
    let (reply, replies) = mpsc::channel();
    for _ in 0..MESSAGES {
        let (sender, reply) = (sent.context(), reply.clone());
        let message = Message {
            kind,
            sender,
            reply,
        };
        mailbox.send(message).expect("the actor is there");
    }
    if kind == ReferenceType::FollowsFrom {
        sent.finish();
        subject.assert_finished(&["sent"]);
    }
    open.send(()).expect("the actor is there");
    let received: Vec<Span> = replies.iter().take(MESSAGES).collect();
    sent.finish();
    drop(mailbox);
    join(actor);

    verify(subject, kind, &sent, &received);
}

fn tokio(subject: &Subject, kind: ReferenceType) {
    on_tokio(subject, move |subject| async move {
        let (mailbox, mut messages) =
            tokio_mpsc::channel::<Message<oneshot::Sender<Span>>>(MESSAGES);
        let (open, opened) = oneshot::channel::<()>();
        let actor = tokio::spawn({
            let subject = subject.clone();
            async move {
                opened.await.expect("the case opens the mailbox");
                while let Some(message) = messages.recv().await {
                    let span = receive(&subject, message.kind, &message.sender);
                    message.reply.send(span).expect("the case waits");
                }
            }
        });

        let sent = sender(&subject);
        let mut replies = Vec::new();
        for _ in 0..MESSAGES {
            let (reply, answer) = oneshot::channel();
            replies.push(answer);
            let sender = sent.context();
            let message = Message {
                kind,
                sender,
                reply,
            };
            assert!(mailbox.send(message).await.is_ok(), "the actor is there");
        }
        if kind == ReferenceType::FollowsFrom {
            sent.finish();
            subject.assert_finished(&["sent"]);
        }
        open.send(()).expect("the actor is there");
        let mut received = Vec::new();
        for answer in replies {
            received.push(answer.await.expect("each message is answered"));
        }
        sent.finish();
        drop(mailbox);
        joined(actor).await;

        verify(&subject, kind, &sent, &received);
    });
}

fn verify(subject: &Subject, kind: ReferenceType, sent: &Span, received: &[Span]) {
    subject.assert_finished_in_any_order(&["sent", "received", "received", "received"]);
    subject.assert_tag(sent, tags::SPAN_KIND, tags::SPAN_KIND_PRODUCER);
    for span in received {
        subject.assert_parent(sent, span);
        subject.assert_reference(span, kind, sent);
        subject.assert_tag(span, tags::SPAN_KIND, tags::SPAN_KIND_CONSUMER);
    }
}
