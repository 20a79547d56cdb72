//! Errors: of a block, of a callback, of a try that is repeated, and in a wrapper around the work.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use opentracing_shim::{FieldValue, Fields, Span, SpanFuture, fields, tags};
use tokio::task::yield_now;

use super::{SCOPES, case};
use crate::kit::setting::{on_thread, on_tokio};
use crate::kit::{Case, Subject};

const SIMPLE: &str = "ErrorReportingTest.testSimpleError";
const CALLBACK: &str = "ErrorReportingTest.testCallbackError";
const RECOVERY: &str = "ErrorReportingTest.testErrorRecovery";
const LAYER: &str = "ErrorReportingTest.testInstrumentationLayer";

pub(super) const CASES: &[Case] = &[
    case(
        "testbed.error_reporting.simple_error.threads",
        SIMPLE,
        SCOPES,
        simple_error,
    ),
    case(
        "testbed.error_reporting.simple_error.tokio",
        SIMPLE,
        SCOPES,
        simple_error_tokio,
    ),
    case(
        "testbed.error_reporting.callback_error.threads",
        CALLBACK,
        SCOPES,
        callback_error,
    ),
    case(
        "testbed.error_reporting.callback_error.tokio",
        CALLBACK,
        SCOPES,
        callback_error_tokio,
    ),
    case(
        "testbed.error_reporting.error_recovery.threads",
        RECOVERY,
        SCOPES,
        error_recovery,
    ),
    case(
        "testbed.error_reporting.error_recovery.tokio",
        RECOVERY,
        SCOPES,
        error_recovery_tokio,
    ),
    case(
        "testbed.error_reporting.instrumentation_layer.threads",
        LAYER,
        SCOPES,
        instrumentation_layer,
    ),
    case(
        "testbed.error_reporting.instrumentation_layer.tokio",
        LAYER,
        SCOPES,
        instrumentation_layer_tokio,
    ),
];

#[derive(Debug, thiserror::Error)]
#[error("invalid url")]
struct InvalidUrl;

fn work() -> Result<(), InvalidUrl> {
    Err(InvalidUrl)
}

async fn async_work() -> Result<(), InvalidUrl> {
    yield_now().await;
    work()
}

fn mark(subject: &Subject) {
    let active = subject.tracer.active_span().expect("the span of the work");
    active.set_tag(tags::ERROR, true);
}

fn verify(subject: &Subject, span: &Span, logs: usize) {
    subject.assert_finished(&["one"]);
    subject.assert_error(span, true);
    subject.assert_logs(span, logs);
    subject.assert_none_active();
}

fn simple_error(subject: &Subject) {
    let span = subject.root("one");
    {
        let _scope = subject.tracer.activate(&span).finish_on_close(true);
        if work().is_err() {
            mark(subject);
        }
    }

    verify(subject, &span, 0);
}

fn simple_error_tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let span = subject.root("one");
        async {
            if async_work().await.is_err() {
                mark(&subject);
            }
        }
        .in_span(&span)
        .await;
        span.finish();

        verify(&subject, &span, 0);
    });
}

fn callback_error(subject: &Subject) {
    let span = subject.root("one");
    let captured = span.clone();
    on_thread(subject, move |subject| {
        let _scope = subject.tracer.activate(&captured).finish_on_close(true);
        if work().is_err() {
            mark(subject);
        }
    });

    verify(subject, &span, 0);
}

/// The callback is a task, and its error a panic, which its owner gets to see.
fn callback_error_tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let span = subject.root("one");
        let callback = async {
            yield_now().await;
            // Unwinds without a word on stderr, since it is meant.
            resume_unwind(Box::new(InvalidUrl));
        };
        let failed = tokio::spawn(callback.in_span(&span)).await;
        let error = failed.expect_err("it panics");
        assert!(error.into_panic().is::<InvalidUrl>());
        span.set_tag(tags::ERROR, true);
        span.finish();

        verify(&subject, &span, 0);
    });
}

const TRIES: usize = 3;

/// Each try leaves a record; only the last failure is that of the span.
fn record(subject: &Subject, error: &InvalidUrl) {
    let record = Fields::new()
        .with(fields::EVENT, tags::ERROR)
        .with(fields::ERROR_OBJECT, FieldValue::error(error));
    let active = subject.tracer.active_span().expect("the span of the work");
    active.log(record);
}

fn error_recovery(subject: &Subject) {
    let span = subject.root("one");
    {
        let _scope = subject.tracer.activate(&span).finish_on_close(true);
        for _ in 0..TRIES {
            if let Err(error) = work() {
                record(subject, &error);
            }
        }
        mark(subject);
    }

    verify(subject, &span, TRIES);
}

fn error_recovery_tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let span = subject.root("one");
        async {
            for _ in 0..TRIES {
                if let Err(error) = async_work().await {
                    record(&subject, &error);
                }
            }
            mark(&subject);
        }
        .in_span(&span)
        .await;
        span.finish();

        verify(&subject, &span, TRIES);
    });
}

/// The wrapper captures the active span when the work is handed in, and marks it when the work panics later.
fn instrumentation_layer(subject: &Subject) {
    let span = subject.root("one");
    let wrapped = {
        let _scope = subject.tracer.activate(&span);
        let captured = subject.tracer.active_span().expect("just activated");
        move |subject: &Subject| {
            let _scope = subject.tracer.activate(&captured).finish_on_close(true);
            let worked = catch_unwind(AssertUnwindSafe(|| resume_unwind(Box::new(InvalidUrl))));
            assert!(worked.is_err_and(|panic| panic.is::<InvalidUrl>()));
            mark(subject);
        }
    };
    on_thread(subject, wrapped);

    verify(subject, &span, 0);
}

fn instrumentation_layer_tokio(subject: &Subject) {
    on_tokio(subject, |subject| async move {
        let span = subject.root("one");
        let layer = {
            let (subject, captured) = (subject.clone(), span.clone());
            async move {
                if async_work().in_span(&captured).await.is_err() {
                    captured.set_tag(tags::ERROR, true);
                }
                subject.assert_none_active();
                captured.finish();
            }
        };
        crate::kit::setting::joined(tokio::spawn(layer)).await;

        verify(&subject, &span, 0);
    });
}
