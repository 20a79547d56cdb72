//! What has not moved yet: spans of OpenTracing, with its names of tags.

use std::fmt::Display;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

use opentracing_shim::{Span, fields, tags};
use platform::{Call, CallError, Problem, Reply};
use store::{Delivery, Failure};

use crate::Telemetry;

/// What is wrong with a step that was dropped.
const CANCELED: &str = "canceled";

impl Telemetry {
    /// A client span for a call that is about to be sent, below the active span.
    #[must_use]
    pub fn call<T>(&self, call: &Call<T>) -> Step {
        let span = self
            .tracer()
            .build_span(format!("{} {}", call.method(), call.route()))
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
            .tag(tags::COMPONENT, "reqwest")
            .tag(tags::HTTP_METHOD, call.method().to_string())
            .tag(tags::PEER_SERVICE, call.peer())
            .tag(tags::PEER_HOSTNAME, call.server_address().to_owned())
            .tag(tags::PEER_PORT, call.server_port())
            .start();
        Step::of(span)
    }

    /// A consumer span for a message, as a child of the producer that sent it.
    #[must_use]
    pub fn consumer(&self, delivery: &Delivery) -> Step {
        let span = self
            .tracer()
            .build_span("process otp")
            .child_of(self.extract_message(delivery.headers()))
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_CONSUMER)
            .tag(
                tags::MESSAGE_BUS_DESTINATION,
                delivery.destination().to_owned(),
            )
            .tag("message_bus.message_id", delivery.message_id().to_owned())
            .tag("message_bus.delivery_count", delivery.deliveries())
            .start();
        Step::of(span)
    }
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

    /// Marks the span with the outcome, and finishes it.
    pub(crate) fn end(&self, error: Option<(&'static str, &dyn Display)>) {
        self.told.store(true, Ordering::Relaxed);
        if let Some((kind, message)) = error {
            fail(self, kind, message);
        }
        self.finish();
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
            self.end(Some((CANCELED, &"dropped before its outcome was known")));
        }
    }
}

/// Finishes a step's span with the step's outcome, and hands the outcome on.
pub trait Traced {
    /// Marks the span if this is an error, and finishes it.
    #[must_use]
    fn traced(self, step: &Step) -> Self;
}

impl<T> Traced for Result<Reply<T>, CallError> {
    fn traced(self, step: &Step) -> Self {
        let status = match &self {
            Ok(reply) => Some(reply.status),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            step.set_tag(tags::HTTP_STATUS_CODE, status.as_u16());
        }
        let error = self.as_ref().err();
        step.end(error.map(|error| (error.kind(), error as &dyn Display)));
        self
    }
}

impl<T> Traced for Result<T, Failure> {
    fn traced(self, step: &Step) -> Self {
        // That another delivery is at it is how the queue works.
        let failure = self
            .as_ref()
            .err()
            .filter(|failure| **failure != Failure::InProgress);
        step.end(failure.map(|failure| (failure.reason(), failure as &dyn Display)));
        self
    }
}

/// The tag and the log that say that a span's work failed.
fn fail(span: &Span, kind: &'static str, message: impl Display) {
    span.set_tag(tags::ERROR, true);
    span.log([
        (fields::EVENT, "error".to_owned()),
        (fields::ERROR_KIND, kind.to_owned()),
        (fields::MESSAGE, message.to_string()),
    ]);
}

/// Ends the step of a request with what the response says.
pub(crate) fn outcome(step: &Step, problem: Option<&Problem>) {
    let fault = problem.filter(|problem| problem.is_fault());
    match problem {
        // A refused request is no failure of ours.
        Some(problem) if fault.is_none() => {
            step.set_tag("problem", problem.kind());
        }
        _ => {}
    }
    let detail = problem.map_or("", Problem::detail);
    step.end(fault.map(|problem| (problem.kind(), &detail as &dyn Display)));
}
