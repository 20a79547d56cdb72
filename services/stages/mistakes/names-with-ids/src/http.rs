//! The server span around a request.

use std::fmt::Display;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use opentracing_shim::{SpanContext, SpanFuture as _, tags};
use platform::Problem;
use platform::problem::with_trace_id;

use crate::Telemetry;
use crate::telemetry::Step;

/// For a service that anybody can call: begins a new trace, whatever headers came along, since a stranger must choose
/// neither our trace ids nor what is recorded. The answer carries the trace's id. `baggage` is what goes with the trace
/// from here on.
pub async fn edge(
    State((telemetry, baggage)): State<(Telemetry, (&'static str, &'static str))>,
    request: Request,
    next: Next,
) -> Response {
    let span = start(&telemetry, None, &request);
    let (key, value) = baggage;
    span.set_baggage_item(key, value);
    let response = next.run(request).in_span(&span).await;
    let response = match span.context().to_trace_id() {
        trace_id if trace_id.is_empty() => response,
        trace_id => with_trace_id(response, &trace_id),
    };
    finish(&span, &response);
    response
}

/// For a service that only ours can call: continues the caller's trace.
pub async fn server(State(telemetry): State<Telemetry>, request: Request, next: Next) -> Response {
    let parent = telemetry.extract(request.headers());
    let span = start(&telemetry, parent, &request);
    let response = next.run(request).in_span(&span).await;
    finish(&span, &response);
    response
}

fn start(telemetry: &Telemetry, parent: Option<SpanContext>, request: &Request) -> Step {
    let method = known(request.method());
    let route = request.uri().path();
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
    Step::of(span)
}

fn finish(span: &Step, response: &Response) {
    span.set_tag(tags::HTTP_STATUS_CODE, response.status().as_u16());
    let problem = Problem::of(response);
    let fault = problem.filter(|problem| problem.is_fault());
    match problem {
        // A refused request is no failure of ours.
        Some(problem) if fault.is_none() => {
            span.set_tag("problem", problem.kind());
        }
        _ => {}
    }
    let detail = problem.map_or("", Problem::detail);
    span.end(fault.map(|problem| (problem.kind(), &detail as &dyn Display)));
}

/// A method as a tag and as part of a name: a caller may invent any number of them.
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
