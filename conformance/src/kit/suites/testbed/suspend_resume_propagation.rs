//! Two operations that are suspended and resumed in turns on one thread. Each step sees the span of its own operation.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use opentracing_shim::{Span, SpanFuture, tags};
use tokio::task::yield_now;

use super::{SCOPES, case};
use crate::kit::{Case, Subject};

const ORIGIN: &str = "SuspendResumePropagationTest.testContinuationInterleaving";

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.suspend_resume_propagation.threads",
        ORIGIN,
        SCOPES,
        threads,
    ),
    case(
        "testbed.suspend_resume_propagation.tokio",
        ORIGIN,
        SCOPES,
        tokio,
    ),
];

const JOBS: [&str; 2] = ["job 1", "job 2"];

fn start(subject: &Subject, name: &'static str) -> Span {
    subject
        .tracer
        .build_span(name)
        .ignore_active_span()
        .tag(tags::COMPONENT, "suspend-resume")
        .start()
}

fn part(subject: &Subject, span: &Span) {
    subject.assert_active(span);
    let active = subject.tracer.active_span().expect("just seen");
    active.log_event("part");
}

fn threads(subject: &Subject) {
    let jobs = JOBS.map(|name| start(subject, name));
    for _part in 0..2 {
        for job in &jobs {
            let _scope = subject.tracer.activate(job);
            part(subject, job);
        }
    }
    for job in &jobs {
        job.finish();
    }

    verify(subject, &jobs);
}

/// Futures that are polled by hand, so that they interleave for certain.
fn tokio(subject: &Subject) {
    let jobs = JOBS.map(|name| start(subject, name));
    let operation = |job: &Span| {
        let span = job.clone();
        let operation = async move {
            part(subject, &span);
            yield_now().await;
            part(subject, &span);
            span.finish();
        };
        operation.in_span(job)
    };
    let mut first = pin!(operation(&jobs[0]));
    let mut second = pin!(operation(&jobs[1]));
    let mut task = Context::from_waker(Waker::noop());

    assert!(first.as_mut().poll(&mut task).is_pending());
    subject.assert_none_active();
    assert!(second.as_mut().poll(&mut task).is_pending());
    assert_eq!(first.as_mut().poll(&mut task), Poll::Ready(()));
    assert_eq!(second.as_mut().poll(&mut task), Poll::Ready(()));

    verify(subject, &jobs);
}

fn verify(subject: &Subject, jobs: &[Span; 2]) {
    subject.assert_finished(&JOBS);
    subject.assert_other_trace(&jobs[0], &jobs[1]);
    for job in jobs {
        subject.assert_logs(job, 2);
        subject.assert_tag(job, tags::COMPONENT, "suspend-resume");
    }
    subject.assert_none_active();
}
