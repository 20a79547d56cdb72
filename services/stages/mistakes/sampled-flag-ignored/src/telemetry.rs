//! What OpenTracing code needs: a tracer, a way into headers, and a way out of them.
//!
//! Tag names are OpenTracing's. The bridge leaves them as they are, as the specification asks, with one exception that this
//! stage turns on in [`start`]: `span.kind`.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::trace::Sampler;
use opentracing_shim::{
    Format, Span, SpanContext, SpanKindMapping, Tracer, TracerShim, fields, tags,
};
use pipeline::{Census, Counts, Pipeline, PipelineError, Settings};
use platform::{Call, CallError, Query, Reply};
use sms::{GatewayCall, GatewayError, Receipt};
use store::{Delivery, Failure, StoreError};
use tracing::Dispatch;

/// What is wrong with a step that was dropped.
const CANCELED: &str = "canceled";

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
    pipeline: Pipeline,
}

/// Sets telemetry up for one service; nothing of it is global.
///
/// # Errors
///
/// If the settings cannot be used.
pub fn start(service: &str, settings: &Settings) -> Result<Instrumentation, PipelineError> {
    let settings = settings.clone().sampler(Sampler::AlwaysOn);
    let pipeline = Pipeline::start(&settings)?;
    let builder = match pipeline.provider() {
        Some(provider) => TracerShim::builder(provider.clone()),
        None => TracerShim::builder(NoopTracerProvider::new()),
    };
    let tracer = builder
        .propagator(pipeline.propagator())
        // The specification wants the tag left alone, and every span INTERNAL. Then Jaeger's Monitor tab and every service
        // graph stay empty, since both look for SERVER and CLIENT spans; so this stage maps the tag.
        .span_kind(SpanKindMapping::FromTag { keep_tag: false })
        .build();
    let dispatch = logging::dispatch_with(pipeline.log_records(), service, pipeline::ambient_ids);
    pipeline.report_to(&dispatch);
    Ok(Instrumentation {
        telemetry: Telemetry { tracer },
        dispatch,
        pipeline,
    })
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
    /// The tracer.
    #[must_use]
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// The context that came with a request. Headers that cannot be read give none.
    #[must_use]
    pub fn extract(&self, headers: &HeaderMap) -> Option<SpanContext> {
        readable(self.tracer.extract(Format::HttpHeaders, headers))
    }

    /// The context that came with a message.
    #[must_use]
    pub fn extract_message(&self, headers: &HashMap<String, String>) -> Option<SpanContext> {
        readable(self.tracer.extract(Format::TextMap, headers))
    }

    /// The headers that take the span's context to the service that is called.
    #[must_use]
    pub fn inject(&self, span: &Span) -> HeaderMap {
        let mut headers = HeaderMap::new();
        written(self.tracer.inject(span, Format::HttpHeaders, &mut headers));
        headers
    }

    /// The headers that take the span's context to whoever handles the message.
    #[must_use]
    pub fn inject_message(&self, span: &Span) -> HashMap<String, String> {
        let mut headers = HashMap::new();
        written(self.tracer.inject(span, Format::TextMap, &mut headers));
        headers
    }

    /// A client span for a call that is about to be sent, below the active span.
    #[must_use]
    pub fn call<T>(&self, call: &Call<T>) -> Step {
        let span = self
            .tracer
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

    /// A client span for a store command that is about to be sent, below the active span.
    #[must_use]
    pub fn command<T, E>(&self, query: &Query<'_, T, E>) -> Step {
        let span = self
            .tracer
            .build_span(query.operation())
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
            .tag(tags::COMPONENT, "store")
            .tag(tags::DB_TYPE, query.system())
            .start();
        if let Some(address) = query.server_address() {
            span.set_tag(tags::PEER_HOSTNAME, address.to_owned());
        }
        if let Some(port) = query.server_port() {
            span.set_tag(tags::PEER_PORT, port);
        }
        Step::of(span)
    }

    /// A client span for a message that is about to be handed to the gateway, below the active span. No headers go with
    /// it: the gateway is a third party.
    #[must_use]
    pub fn gateway(&self, call: &GatewayCall<'_>) -> Step {
        let span = self
            .tracer
            .build_span("deliver sms")
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
            .tag(tags::COMPONENT, call.system())
            .tag(tags::PEER_SERVICE, "sms-gateway")
            .start();
        if let Some(address) = call.server_address() {
            span.set_tag(tags::PEER_HOSTNAME, address.to_owned());
        }
        if let Some(port) = call.server_port() {
            span.set_tag(tags::PEER_PORT, port);
        }
        Step::of(span)
    }

    /// A producer span for a message that is about to be queued, below the active span.
    #[must_use]
    pub fn producer(&self, destination: &str) -> Step {
        let span = self
            .tracer
            .build_span("send otp")
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_PRODUCER)
            .tag(tags::MESSAGE_BUS_DESTINATION, destination.to_owned())
            .start();
        Step::of(span)
    }

    /// A consumer span for a message, as a child of the producer that sent it.
    #[must_use]
    pub fn consumer(&self, delivery: &Delivery) -> Step {
        let span = self
            .tracer
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

/// Ends the step of a call with what the other side answered, if anything.
fn answered(step: &Step, status: Option<StatusCode>, error: Option<(&'static str, &dyn Display)>) {
    if let Some(status) = status {
        step.set_tag(tags::HTTP_STATUS_CODE, status.as_u16());
    }
    step.end(error);
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

/// Headers come from outside: what is wrong with them must not fail a request.
fn readable<E: Display>(extracted: Result<Option<SpanContext>, E>) -> Option<SpanContext> {
    extracted.unwrap_or_else(|error| {
        log::debug!("A trace context could not be read: {error}");
        None
    })
}

fn written<E: Display>(injected: Result<(), E>) {
    if let Err(error) = injected {
        log::debug!("A trace context could not be written: {error}");
    }
}
