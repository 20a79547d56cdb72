//! What has moved: spans of `tracing`, with the names of today's semantic conventions.
//!
//! A step's span is made by `#[instrument]`, which gives it its name and kind; the functions here describe the span that is
//! current by then.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

use auth::Draft;
use axum::http::StatusCode;
use opentelemetry::KeyValue;
use opentelemetry::trace::Status;
use opentelemetry_semantic_conventions::attribute::{
    DB_OPERATION_NAME, DB_SYSTEM_NAME, ERROR_TYPE, EXCEPTION_MESSAGE, EXCEPTION_TYPE,
    HTTP_RESPONSE_STATUS_CODE, MESSAGING_DESTINATION_NAME, MESSAGING_OPERATION_NAME,
    MESSAGING_OPERATION_TYPE, MESSAGING_SYSTEM, SERVER_ADDRESS, SERVER_PORT,
};
use platform::{Problem, Query};
use sms::{GatewayCall, GatewayError, Receipt};
use store::StoreError;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// What is wrong with a step that was dropped.
const CANCELED: &str = "canceled";

/// The current span, as that of a store command which is about to be sent.
#[must_use]
pub fn command<T, E>(query: &Query<'_, T, E>) -> Step {
    let step = Step::of(Span::current());
    step.set_attribute(DB_SYSTEM_NAME, query.system());
    step.set_attribute(DB_OPERATION_NAME, query.operation());
    step.server(query.server_address(), query.server_port());
    step
}

/// The current span, as that of a message which is about to be handed to the gateway. No headers go with it: the gateway is
/// a third party.
#[must_use]
pub fn gateway(call: &GatewayCall<'_>) -> Step {
    let step = Step::of(Span::current());
    step.set_attribute("gateway", call.system());
    step.server(call.server_address(), call.server_port());
    step
}

/// The current span, as that of a message which is about to be queued.
#[must_use]
pub fn producer(draft: &Draft) -> Step {
    let step = Step::of(Span::current());
    step.set_attribute(MESSAGING_SYSTEM, draft.system());
    step.set_attribute(MESSAGING_OPERATION_NAME, "send");
    step.set_attribute(MESSAGING_OPERATION_TYPE, "send");
    step.set_attribute(MESSAGING_DESTINATION_NAME, draft.destination().to_owned());
    step
}

/// The span of a step that has begun. Where the step is dropped before its outcome is told, because the caller left or the
/// service ended, the span says that.
#[derive(Debug)]
pub struct Step {
    span: Span,
    told: AtomicBool,
}

impl Step {
    pub(crate) fn of(span: Span) -> Self {
        Self {
            span,
            told: AtomicBool::new(false),
        }
    }

    /// Says who is asked, where that is known.
    fn server(&self, address: Option<&str>, port: Option<u16>) {
        if let Some(address) = address {
            self.set_attribute(SERVER_ADDRESS, address.to_owned());
        }
        if let Some(port) = port {
            self.set_attribute(SERVER_PORT, i64::from(port));
        }
    }

    /// Marks the span with the outcome.
    pub(crate) fn end(&self, error: Option<(&'static str, &dyn Display)>) {
        self.end_of_call(None, error);
    }

    /// The same for a call, which was answered with this status, if at all.
    fn end_of_call(&self, status: Option<StatusCode>, error: Option<(&'static str, &dyn Display)>) {
        self.told.store(true, Ordering::Relaxed);
        if let Some((kind, message)) = error {
            fail(self, error_type(status, kind), kind, message);
        }
    }
}

impl Deref for Step {
    type Target = Span;

    fn deref(&self) -> &Span {
        &self.span
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !*self.told.get_mut() {
            let message = "dropped before its outcome was known";
            fail(&self.span, CANCELED.into(), CANCELED, message);
        }
    }
}

/// Marks a step's span with the step's outcome, and hands the outcome on.
pub trait Traced {
    /// Marks the span if this is an error.
    #[must_use]
    fn traced(self, step: &Step) -> Self;
}

impl Traced for Result<Receipt, GatewayError> {
    fn traced(self, step: &Step) -> Self {
        let status = match &self {
            Ok(receipt) => receipt.status,
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            step.set_attribute(HTTP_RESPONSE_STATUS_CODE, i64::from(status.as_u16()));
        }
        let error = self.as_ref().err();
        step.end_of_call(
            status,
            error.map(|error| (error.kind(), error as &dyn Display)),
        );
        self
    }
}

impl<T> Traced for Result<T, StoreError> {
    fn traced(self, step: &Step) -> Self {
        let error = self.as_ref().err();
        step.end(error.map(|error| (error.kind(), error as &dyn Display)));
        self
    }
}

impl<T> Traced for Result<T, auth::Error> {
    fn traced(self, step: &Step) -> Self {
        // A refused request is no failure of ours.
        let fault = self.as_ref().err().filter(|error| error.is_fault());
        step.end(fault.map(|error| (error.kind(), error as &dyn Display)));
        self
    }
}

/// The status, the attribute and the event that say that a span's work failed.
fn fail(span: &Span, error_type: Cow<'static, str>, kind: &'static str, message: impl Display) {
    span.set_status(Status::error(error_type.clone()));
    span.set_attribute(ERROR_TYPE, error_type);
    span.add_event(
        "exception",
        vec![
            KeyValue::new(EXCEPTION_TYPE, kind),
            KeyValue::new(EXCEPTION_MESSAGE, message.to_string()),
        ],
    );
}

/// The conventions want the status code here, where that is what was wrong. The exception beside it keeps its own word.
fn error_type(status: Option<StatusCode>, kind: &'static str) -> Cow<'static, str> {
    let wrong = status.filter(|status| !status.is_success());
    wrong.map_or(kind.into(), |status| status.as_str().to_owned().into())
}

/// Ends the step of a request with what the response says.
pub(crate) fn outcome(step: &Step, problem: Option<&Problem>) {
    let fault = problem.filter(|problem| problem.is_fault());
    match problem {
        // A refused request is no failure of ours.
        Some(problem) if fault.is_none() => step.set_attribute("problem", problem.kind()),
        _ => {}
    }
    let detail = problem.map_or("", Problem::detail);
    step.end(fault.map(|problem| (problem.kind(), &detail as &dyn Display)));
}
