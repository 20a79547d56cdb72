//! What `tracing` code needs: a subscriber, a way into headers, and a way out of them.
//!
//! Attribute names are today's semantic conventions, by their constants.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;
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
use pipeline::{Counts, Pipeline, PipelineError, Settings};
use platform::{Call, CallError, Problem, Query, Reply};
use sms::{GatewayCall, GatewayError, Receipt};
use store::{Delivery, Failure, StoreError};
use tracing::{Dispatch, Metadata, Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

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
            .with_filter(filter_fn(is_ours))
    });
    let subscriber = tracing_subscriber::registry()
        .with(spans)
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
        self.propagator
            .inject_context(&context_of(span), &mut HeadersMut(&mut headers));
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
pub fn call_span<T>(call: &Call<T>) -> Span {
    info_span!(
        "call",
        otel.name = format!("{} {}", call.method(), call.route()),
        otel.kind = "client",
        { HTTP_REQUEST_METHOD } = call.method().as_str(),
        { URL_TEMPLATE } = call.route(),
        { SERVER_ADDRESS } = call.server_address(),
        { SERVER_PORT } = call.server_port(),
    )
}

/// A client span for a store command that is about to be sent, below the current span.
#[must_use]
pub fn command_span<T, E>(query: &Query<'_, T, E>) -> Span {
    info_span!(
        "command",
        otel.name = query.operation(),
        otel.kind = "client",
        { DB_SYSTEM_NAME } = query.system(),
        { DB_OPERATION_NAME } = query.operation(),
        { SERVER_ADDRESS } = query.server_address(),
        { SERVER_PORT } = query.server_port(),
    )
}

/// A client span for a message that is about to be handed to the gateway, below the current span. No headers go with it:
/// the gateway is a third party.
#[must_use]
pub fn gateway_span(call: &GatewayCall<'_>) -> Span {
    info_span!(
        "deliver",
        otel.name = "deliver sms",
        otel.kind = "client",
        gateway = call.system(),
        { SERVER_ADDRESS } = call.server_address(),
        { SERVER_PORT } = call.server_port(),
    )
}

/// A consumer span for a message, as a child of the producer that sent it.
#[must_use]
pub fn consumer_span(delivery: &Delivery, parent: &Context) -> Span {
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
        messaging.delivery_count = delivery.deliveries(),
    );
    // The error says that there is no OpenTelemetry layer: the SDK is disabled.
    let _ = span.set_parent(parent.clone());
    span
}

/// A producer span for a message that is about to be queued, below the current span.
#[must_use]
pub fn producer_span(draft: &Draft) -> Span {
    info_span!(
        "send",
        otel.name = "send otp",
        otel.kind = "producer",
        { MESSAGING_SYSTEM } = draft.system(),
        { MESSAGING_OPERATION_NAME } = "send",
        { MESSAGING_OPERATION_TYPE } = "send",
        { MESSAGING_DESTINATION_NAME } = draft.destination(),
    )
}

/// Marks a span with a step's outcome, and hands the outcome on.
pub trait Traced {
    /// Marks the span if this is an error.
    #[must_use]
    fn traced(self, span: &Span) -> Self;
}

impl<T> Traced for Result<Reply<T>, CallError> {
    fn traced(self, span: &Span) -> Self {
        let status = match &self {
            Ok(reply) => Some(reply.status),
            Err(error) => error.status(),
        };
        answered(span, status);
        if let Err(error) = &self {
            fail(span, error_type(status, error.kind()), error);
        }
        self
    }
}

impl Traced for Result<Receipt, GatewayError> {
    fn traced(self, span: &Span) -> Self {
        let status = match &self {
            Ok(receipt) => receipt.status,
            Err(error) => error.status(),
        };
        answered(span, status);
        if let Err(error) = &self {
            fail(span, error_type(status, error.kind()), error);
        }
        self
    }
}

impl<T> Traced for Result<T, StoreError> {
    fn traced(self, span: &Span) -> Self {
        if let Err(error) = &self {
            fail(span, error.kind(), error);
        }
        self
    }
}

impl<T> Traced for Result<T, auth::Error> {
    fn traced(self, span: &Span) -> Self {
        // A refused request is no failure of ours.
        if let Some(error) = self.as_ref().err().filter(|error| error.is_fault()) {
            fail(span, error.kind(), error);
        }
        self
    }
}

impl<T> Traced for Result<T, Failure> {
    fn traced(self, span: &Span) -> Self {
        // That another delivery is at it is how the queue works.
        if let Some(failure) = self
            .as_ref()
            .err()
            .filter(|failure| **failure != Failure::InProgress)
        {
            fail(span, failure.reason(), failure);
        }
        self
    }
}

/// The status, the attribute and the event that say that a span's work failed.
pub(crate) fn fail(span: &Span, kind: impl Into<Cow<'static, str>>, message: impl Display) {
    let kind = kind.into();
    span.set_status(Status::error(kind.clone()));
    span.set_attribute(ERROR_TYPE, kind.clone());
    span.add_event(
        "exception",
        vec![
            KeyValue::new(EXCEPTION_TYPE, kind),
            KeyValue::new(EXCEPTION_MESSAGE, message.to_string()),
        ],
    );
}

/// What the other side of a call answered, if anything.
fn answered(span: &Span, status: Option<StatusCode>) {
    if let Some(status) = status {
        span.set_attribute(HTTP_RESPONSE_STATUS_CODE, i64::from(status.as_u16()));
    }
}

/// The conventions want the status code here, where that is what was wrong.
fn error_type(status: Option<StatusCode>, kind: &'static str) -> Cow<'static, str> {
    let wrong = status.filter(|status| !status.is_success());
    wrong.map_or(kind.into(), |status| status.as_str().to_owned().into())
}

/// What a response says of the request's span.
pub(crate) fn outcome(span: &Span, problem: Option<&Problem>) {
    match problem {
        Some(problem) if problem.is_fault() => fail(span, problem.kind(), problem.detail()),
        // A refused request is no failure of ours.
        Some(problem) => span.set_attribute("problem", problem.kind()),
        None => {}
    }
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
