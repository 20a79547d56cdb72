//! The server span around a request: native at the public edge, OpenTracing's inside.

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_semantic_conventions::attribute::{
    HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE,
};
use opentracing_shim::{SpanFuture as _, tags};
use platform::Problem;
use platform::problem::with_trace_id;
use tracing::{Instrument as _, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::{Telemetry, native, opentracing};

/// For a service that anybody can call: begins a new trace, whatever headers came along, since a stranger must choose
/// neither our trace ids nor what is recorded. The answer carries the trace's id. `baggage` is what goes with the trace
/// from here on: set natively, and carried on by the OpenTracing spans of the calls.
pub async fn edge(
    State((_telemetry, baggage)): State<(Telemetry, (&'static str, &'static str))>,
    request: Request,
    next: Next,
) -> Response {
    let (key, value) = baggage;
    // Baggage has to be there before the span gets its parent: entering a span attaches the context that it was given.
    let parent = Context::new().with_baggage([KeyValue::new(key, value)]);
    let (method, route) = name(&request);
    let span = info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        { HTTP_REQUEST_METHOD } = method,
        { HTTP_ROUTE } = route,
    );
    // The error says that there is no OpenTelemetry layer: the SDK is disabled.
    let _ = span.set_parent(parent.clone());
    let span = native::Step::of(span);
    let response = next
        .run(request)
        .instrument(span.clone())
        .with_context(parent)
        .await;
    let context = span.context();
    let response = match context.span().span_context() {
        ids if ids.is_valid() => with_trace_id(response, &ids.trace_id().to_string()),
        _ => response,
    };
    let status = i64::from(response.status().as_u16());
    span.set_attribute(HTTP_RESPONSE_STATUS_CODE, status);
    native::outcome(&span, Problem::of(&response));
    response
}

/// For a service that only ours can call: continues the caller's trace.
pub async fn server(State(telemetry): State<Telemetry>, request: Request, next: Next) -> Response {
    let parent = telemetry.extract(request.headers());
    let (method, route) = name(&request);
    let span = telemetry
        .tracer()
        .build_span(format!("{method} {route}"))
        .ignore_active_span()
        .child_of(parent)
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .tag(tags::COMPONENT, "axum")
        .tag(tags::HTTP_METHOD, method)
        .tag("http.route", route.to_owned())
        .start();
    let span = opentracing::Step::of(span);
    let native = async move {
        let (method, route) = name(&request);
        let span = info_span!(
            "request",
            otel.name = format!("{method} {route}"),
            otel.kind = "server"
        );
        next.run(request).instrument(span).await
    };
    let response = native.in_span(&span).await;
    span.set_tag(tags::HTTP_STATUS_CODE, response.status().as_u16());
    opentracing::outcome(&span, Problem::of(&response));
    response
}

/// Method and route. The template of the route and never the path: paths are as many as there are callers.
fn name(request: &Request) -> (&'static str, &str) {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str);
    (known(request.method()), route)
}

/// A method as a part of names: a caller may invent any number of them.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}
