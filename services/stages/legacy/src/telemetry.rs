//! What `rustracing_jaeger` code needs: a tracer, a way into headers, and a way out of them.
//!
//! Tag names are OpenTracing's.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use auth::Draft;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use platform::{Call, CallError, Query, Reply};
use rustracing::tag::{StdTag, Tag};
use rustracing_jaeger::span::{Span, SpanContext, SpanHandle};
use rustracing_jaeger::{Result as TracingResult, Tracer};
use sms::{GatewayCall, GatewayError, Receipt};
use store::{Delivery, Failure, StoreError};
use tracing::Dispatch;

use crate::reporter::{Counts, Reporting, StartError, first_line};
use crate::settings::Settings;

/// What is wrong with a step that was dropped.
const CANCELED: &str = "canceled";
/// How many finished spans may wait for the reporter's thread. One more is dropped, since a request never waits.
const CHANNEL: usize = 2048;

/// What a service's flow files call to be traced.
#[derive(Clone, Debug)]
pub struct Telemetry {
    tracer: Tracer,
}

/// A service's telemetry, from start to flush.
#[derive(Debug)]
pub struct Instrumentation {
    /// For the flow files.
    pub telemetry: Telemetry,
    /// For the threads of the service's runtime.
    pub dispatch: Dispatch,
    reporting: Reporting,
}

/// Sets telemetry up for one service; nothing of it is global.
///
/// # Errors
///
/// If there is no socket or no thread for the reporter.
pub fn start(service: &str, settings: &Settings) -> Result<Instrumentation, StartError> {
    let (sender, receiver) = crossbeam_channel::bounded(CHANNEL);
    let tracer = Tracer::with_sender(settings.sampler(), sender);
    // No span is current here, so no line of the log can have the ids of one.
    let dispatch = logging::dispatch(service, logging::no_ids);
    let reporting = Reporting::start(settings, receiver, &dispatch)?;
    Ok(Instrumentation {
        telemetry: Telemetry { tracer },
        dispatch,
        reporting,
    })
}

impl Instrumentation {
    /// Sends what is left. Blocks for `budget` at most.
    pub fn shutdown(&self, budget: Duration) -> Counts {
        self.reporting.shutdown(budget)
    }
}

impl Telemetry {
    /// The tracer.
    #[must_use]
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// The context that came with a request. Headers that cannot be read give none.
    #[must_use]
    pub fn extract(&self, headers: &HeaderMap) -> Option<SpanContext> {
        let fields: HashMap<&str, &[u8]> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        readable(SpanContext::extract_from_http_header(&fields))
    }

    /// The context that came with a message.
    #[must_use]
    pub fn extract_message(&self, headers: &HashMap<String, String>) -> Option<SpanContext> {
        readable(SpanContext::extract_from_text_map(headers))
    }

    /// A consumer span for a message, as a child of the producer that sent it.
    #[must_use]
    pub fn consumer(&self, delivery: &Delivery) -> Step {
        let span = self
            .tracer
            .span("process otp")
            .child_of(&self.extract_message(delivery.headers()))
            .tag(StdTag::span_kind("consumer"))
            .tag(StdTag::message_bus_destination(
                delivery.destination().to_owned(),
            ))
            .tag(Tag::new(
                "message_bus.message_id",
                delivery.message_id().to_owned(),
            ))
            .tag(Tag::new(
                "message_bus.delivery_count",
                i64::from(delivery.deliveries()),
            ))
            .start();
        Step::of(span)
    }
}

/// The headers that take the span's context to the service that is called.
#[must_use]
pub fn inject(span: &Span) -> HeaderMap {
    let mut fields: HashMap<String, String> = HashMap::new();
    if let Some(context) = span.context() {
        written(context.inject_to_http_header(&mut fields));
    }
    let header = |(name, value): (String, String)| {
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::try_from(value).ok()?))
    };
    fields.into_iter().filter_map(header).collect()
}

/// The headers that take the span's context to whoever handles the message.
#[must_use]
pub fn inject_message(span: &Span) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    if let Some(context) = span.context() {
        written(context.inject_to_text_map(&mut headers));
    }
    headers
}

/// The trace's id with all of its 32 digits. The library leaves leading zeros out.
#[must_use]
pub fn trace_id(context: &SpanContext) -> String {
    let id = context.state().trace_id();
    format!("{:016x}{:016x}", id.high, id.low)
}

/// A client span for a call that is about to be sent.
#[must_use]
pub fn call_span<T>(parent: &SpanHandle, call: &Call<T>) -> Step {
    let name = format!("{} {}", call.method(), call.route());
    let span = parent.child(name, |start| {
        start
            .tag(StdTag::span_kind("client"))
            .tag(StdTag::component("reqwest"))
            .tag(StdTag::http_method(call.method().to_string()))
            .tag(StdTag::peer_service(call.peer()))
            .tag(StdTag::peer_hostname(call.server_address().to_owned()))
            .tag(StdTag::peer_port(call.server_port()))
            .start()
    });
    Step::of(span)
}

/// A client span for a store command that is about to be sent.
#[must_use]
pub fn command_span<T, E>(parent: &SpanHandle, query: &Query<'_, T, E>) -> Step {
    let mut span = parent.child(query.operation(), |start| {
        start
            .tag(StdTag::span_kind("client"))
            .tag(StdTag::component("store"))
            .tag(StdTag::db_type(query.system()))
            .start()
    });
    span.set_tags(|| peer(query.server_address(), query.server_port()));
    Step::of(span)
}

/// A client span for a message that is about to be handed to the gateway. No headers go with it: the gateway is a third
/// party.
#[must_use]
pub fn gateway_span(parent: &SpanHandle, call: &GatewayCall<'_>) -> Step {
    let mut span = parent.child("deliver sms", |start| {
        start
            .tag(StdTag::span_kind("client"))
            .tag(StdTag::component(call.system()))
            .tag(StdTag::peer_service("sms-gateway"))
            .start()
    });
    span.set_tags(|| peer(call.server_address(), call.server_port()));
    Step::of(span)
}

/// A producer span for a message that is about to be queued.
#[must_use]
pub fn producer_span(parent: &SpanHandle, draft: &Draft) -> Step {
    let span = parent.child("send otp", |start| {
        start
            .tag(StdTag::span_kind("producer"))
            .tag(StdTag::message_bus_destination(
                draft.destination().to_owned(),
            ))
            .start()
    });
    Step::of(span)
}

fn peer(address: Option<&str>, port: Option<u16>) -> impl Iterator<Item = Tag> {
    let address = address.map(|address| StdTag::peer_hostname(address.to_owned()));
    address.into_iter().chain(port.map(StdTag::peer_port))
}

/// The span of a step that has begun. Where the step is dropped before its outcome is told, because the caller left or the
/// service ended, the span says that.
#[derive(Debug)]
pub struct Step {
    span: Span,
    told: bool,
}

impl Step {
    pub(crate) fn of(span: Span) -> Self {
        Self { span, told: false }
    }

    /// Marks the span with the outcome, and finishes it.
    pub(crate) fn end(mut self, error: Option<(&'static str, &dyn Display)>) {
        self.told = true;
        if let Some((kind, message)) = error {
            fail(&mut self, kind, message);
        }
    }
}

impl Deref for Step {
    type Target = Span;

    fn deref(&self) -> &Span {
        &self.span
    }
}

impl DerefMut for Step {
    fn deref_mut(&mut self) -> &mut Span {
        &mut self.span
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.told {
            fail(
                &mut self.span,
                CANCELED,
                "dropped before its outcome was known",
            );
        }
    }
}

/// Finishes a step's span with the step's outcome, and hands the outcome on.
pub trait Traced {
    /// Marks the span if this is an error, and finishes it.
    #[must_use]
    fn traced(self, step: Step) -> Self;
}

impl<T> Traced for Result<Reply<T>, CallError> {
    fn traced(self, step: Step) -> Self {
        let status = match &self {
            Ok(reply) => Some(reply.status),
            Err(error) => error.status(),
        };
        let error = self.as_ref().err();
        answered(
            step,
            status,
            error.map(|error| (error.kind(), error as &dyn Display)),
        );
        self
    }
}

impl Traced for Result<Receipt, GatewayError> {
    fn traced(self, step: Step) -> Self {
        let status = match &self {
            Ok(receipt) => receipt.status,
            Err(error) => error.status(),
        };
        let error = self.as_ref().err();
        answered(
            step,
            status,
            error.map(|error| (error.kind(), error as &dyn Display)),
        );
        self
    }
}

impl<T> Traced for Result<T, StoreError> {
    fn traced(self, step: Step) -> Self {
        let error = self.as_ref().err();
        step.end(error.map(|error| (error.kind(), error as &dyn Display)));
        self
    }
}

impl<T> Traced for Result<T, auth::Error> {
    fn traced(self, step: Step) -> Self {
        // A refused request is no failure of ours.
        let fault = self.as_ref().err().filter(|error| error.is_fault());
        step.end(fault.map(|error| (error.kind(), error as &dyn Display)));
        self
    }
}

impl<T> Traced for Result<T, Failure> {
    fn traced(self, step: Step) -> Self {
        // That another delivery is at it is how the queue works.
        let failure = self
            .as_ref()
            .err()
            .filter(|failure| **failure != Failure::InProgress);
        step.end(failure.map(|failure| (failure.reason(), failure as &dyn Display)));
        self
    }
}

/// Ends the step of a call with what the other side answered, if anything.
fn answered(
    mut step: Step,
    status: Option<StatusCode>,
    error: Option<(&'static str, &dyn Display)>,
) {
    if let Some(status) = status {
        step.set_tag(|| StdTag::http_status_code(status.as_u16()));
    }
    step.end(error);
}

/// The tag and the log that say that a span's work failed.
fn fail(span: &mut Span, kind: &'static str, message: impl Display) {
    span.error_log(|log| {
        log.kind(kind).message(message.to_string());
    });
}

/// Headers come from outside: what is wrong with them must not fail a request.
fn readable(extracted: TracingResult<Option<SpanContext>>) -> Option<SpanContext> {
    extracted.unwrap_or_else(|error| {
        log::debug!("A trace context could not be read: {}.", first_line(&error));
        None
    })
}

fn written(injected: TracingResult<()>) {
    if let Err(error) = injected {
        log::debug!(
            "A trace context could not be written: {}.",
            first_line(&error)
        );
    }
}
