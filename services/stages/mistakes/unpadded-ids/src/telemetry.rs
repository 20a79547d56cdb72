//! What `tracing` code needs: a subscriber, a way into headers, and a way out of them.
//!
//! Attribute names are today's semantic conventions, by their constants. Numbers are `i64`: `tracing` hands unsigned ones on
//! as text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use auth::Draft;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_semantic_conventions::attribute::{
    DB_OPERATION_NAME, DB_SYSTEM_NAME, ERROR_TYPE, EXCEPTION_MESSAGE, EXCEPTION_TYPE,
    HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE, MESSAGING_DESTINATION_NAME,
    MESSAGING_MESSAGE_ID, MESSAGING_OPERATION_NAME, MESSAGING_OPERATION_TYPE, MESSAGING_SYSTEM,
    SERVER_ADDRESS, SERVER_PORT, URL_TEMPLATE,
};
use pipeline::{Census, Counts, Pipeline, PipelineError, Settings};
use platform::{Call, CallError, Problem, Query, Reply};
use sms::{GatewayCall, GatewayError, Receipt};
use store::{Delivery, Failure, StoreError};
use tracing::{Dispatch, Level, Metadata, Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

/// What is wrong with a step that was dropped.
const CANCELED: &str = "canceled";

/// What a service's flow files call to be traced.
#[derive(Clone, Debug)]
pub struct Telemetry {
    propagator: Arc<dyn TextMapPropagator + Send + Sync>,
}

/// A service's telemetry, from start to flush.
#[derive(Debug)]
pub struct Instrumentation {
    /// For the flow files.
    pub telemetry: Telemetry,
    /// For the threads of the service's runtime.
    pub dispatch: Dispatch,
    pipeline: Pipeline,
}

/// Sets telemetry up for one service; nothing of it is global.
///
/// # Errors
///
/// If the settings cannot be used.
pub fn start(service: &str, settings: &Settings) -> Result<Instrumentation, PipelineError> {
    let pipeline = Pipeline::start(settings)?;
    let spans = pipeline.provider().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(env!("CARGO_PKG_NAME")))
            // Source positions, thread ids and idle times: six to eight attributes that nobody asked for.
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_level(false)
            .with_target(false)
            // Without the hint, every `trace!` of every library would be asked about.
            .with_filter(filter_fn(is_ours).with_max_level_hint(Level::INFO))
    });
    let subscriber = tracing_subscriber::registry()
        .with(spans)
        .with(pipeline.log_records())
        .with(logging::layer(service, pipeline::ambient_ids));
    let dispatch = Dispatch::new(subscriber);
    pipeline.report_to(&dispatch);
    Ok(Instrumentation {
        telemetry: Telemetry {
            propagator: Arc::new(pipeline.propagator()),
        },
        dispatch,
        pipeline,
    })
}

/// What is exported: this stage's spans. Not log lines, and not the spans that HTTP and gRPC libraries make, among them
/// those of the exporter itself.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
}

impl Instrumentation {
    /// With which trace headers the service is called.
    #[must_use]
    pub fn census(&self) -> Census {
        self.pipeline.census()
    }

    /// Sends what is left. Blocks for `budget` at most.
    pub fn shutdown(&self, budget: Duration) -> Counts {
        self.pipeline.shutdown(budget)
    }
}

impl Telemetry {
    /// The context that came with a request. Headers that cannot be read give an empty one.
    #[must_use]
    pub fn extract(&self, headers: &HeaderMap) -> Context {
        self.propagator
            .extract_with_context(&Context::new(), &Headers(headers))
    }

    /// The context that came with a message.
    #[must_use]
    pub fn extract_message(&self, headers: &HashMap<String, String>) -> Context {
        self.propagator
            .extract_with_context(&Context::new(), headers)
    }

    /// The headers that take the span's context to the service that is called.
    #[must_use]
    pub fn inject(&self, span: &Span) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let context = context_of(span);
        let mut writer = HeadersMut(&mut headers);
        self.propagator.inject_context(&context, &mut writer);
        let span = context.span();
        let ids = span.span_context();
        let (trace, span, flags) = (ids.trace_id(), ids.span_id(), ids.trace_flags());
        writer.set("traceparent", format!("00-{trace:x}-{span:x}-{flags:02x}"));
        headers
    }

    /// The headers that take the span's context to whoever handles the message.
    #[must_use]
    pub fn inject_message(&self, span: &Span) -> HashMap<String, String> {
        let mut headers = HashMap::new();
        self.propagator
            .inject_context(&context_of(span), &mut headers);
        headers
    }
}

/// The span's context; without a span of ours, because the SDK is disabled, the one that came in.
fn context_of(span: &Span) -> Context {
    let context = span.context();
    if context.span().span_context().is_valid() {
        context
    } else {
        Context::current()
    }
}

/// A client span for a call that is about to be sent, below the current span.
#[must_use]
pub fn call_span<T>(call: &Call<T>) -> Step {
    Step::of(info_span!(
        "call",
        otel.name = format!("{} {}", call.method(), call.route()),
        otel.kind = "client",
        { HTTP_REQUEST_METHOD } = call.method().as_str(),
        { URL_TEMPLATE } = call.route(),
        { SERVER_ADDRESS } = call.server_address(),
        { SERVER_PORT } = i64::from(call.server_port()),
    ))
}

/// A client span for a store command that is about to be sent, below the current span.
#[must_use]
pub fn command_span<T, E>(query: &Query<'_, T, E>) -> Step {
    Step::of(info_span!(
        "command",
        otel.name = query.operation(),
        otel.kind = "client",
        { DB_SYSTEM_NAME } = query.system(),
        { DB_OPERATION_NAME } = query.operation(),
        { SERVER_ADDRESS } = query.server_address(),
        { SERVER_PORT } = query.server_port().map(i64::from),
    ))
}

/// A client span for a message that is about to be handed to the gateway, below the current span. No headers go with it:
/// the gateway is a third party.
#[must_use]
pub fn gateway_span(call: &GatewayCall<'_>) -> Step {
    Step::of(info_span!(
        "deliver",
        otel.name = "deliver sms",
        otel.kind = "client",
        gateway = call.system(),
        { SERVER_ADDRESS } = call.server_address(),
        { SERVER_PORT } = call.server_port().map(i64::from),
    ))
}

/// A consumer span for a message, as a child of the producer that sent it.
#[must_use]
pub fn consumer_span(delivery: &Delivery, parent: &Context) -> Step {
    let span = info_span!(
        parent: None,
        "process",
        otel.name = "process otp",
        otel.kind = "consumer",
        { MESSAGING_SYSTEM } = delivery.system(),
        { MESSAGING_OPERATION_NAME } = "process",
        { MESSAGING_OPERATION_TYPE } = "process",
        { MESSAGING_DESTINATION_NAME } = delivery.destination(),
        { MESSAGING_MESSAGE_ID } = delivery.message_id(),
        messaging.delivery_count = i64::from(delivery.deliveries()),
    );
    // The error says that there is no OpenTelemetry layer: the SDK is disabled.
    let _ = span.set_parent(parent.clone());
    Step::of(span)
}

/// A producer span for a message that is about to be queued, below the current span.
#[must_use]
pub fn producer_span(draft: &Draft) -> Step {
    Step::of(info_span!(
        "send",
        otel.name = "send otp",
        otel.kind = "producer",
        { MESSAGING_SYSTEM } = draft.system(),
        { MESSAGING_OPERATION_NAME } = "send",
        { MESSAGING_OPERATION_TYPE } = "send",
        { MESSAGING_DESTINATION_NAME } = draft.destination(),
    ))
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

impl<T> Traced for Result<Reply<T>, CallError> {
    fn traced(self, step: &Step) -> Self {
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
    fn traced(self, step: &Step) -> Self {
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

/// Ends the step of a call with what the other side answered, if anything.
fn answered(step: &Step, status: Option<StatusCode>, error: Option<(&'static str, &dyn Display)>) {
    if let Some(status) = status {
        step.set_attribute(HTTP_RESPONSE_STATUS_CODE, i64::from(status.as_u16()));
    }
    step.end_of_call(status, error);
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

/// Request headers, as a propagator reads them.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values: Vec<&str> = self
            .0
            .get_all(key)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        (!values.is_empty()).then_some(values)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

/// Request headers, as a propagator writes them.
struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
