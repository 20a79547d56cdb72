//! The server span around a request.

use std::fmt::Display;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use platform::Problem;
use platform::problem::with_trace_id;
use rustracing::span::BaggageItem;
use rustracing::tag::{StdTag, Tag};
use rustracing_jaeger::span::SpanContext;

use crate::Telemetry;
use crate::telemetry::{Step, trace_id};

/// For a service that anybody can call: begins a new trace, whatever headers came along, since a stranger must choose
/// neither our trace ids nor what is recorded. The answer carries the trace's id. `baggage` is what goes with the trace
/// from here on.
pub async fn edge(
    State((telemetry, baggage)): State<(Telemetry, (&'static str, &'static str))>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut span = start(&telemetry, &None, &request);
    let (key, value) = baggage;
    span.set_baggage_item(|| BaggageItem::new(key, value));
    // After the baggage: a handle knows of nothing that comes later.
    request.extensions_mut().insert(span.handle());
    let response = next.run(request).await;
    let response = match span.context() {
        Some(context) => with_trace_id(response, &trace_id(context)),
        None => response,
    };
    finish(span, &response);
    response
}

/// For a service that only ours can call: continues the caller's trace.
pub async fn server(
    State(telemetry): State<Telemetry>,
    mut request: Request,
    next: Next,
) -> Response {
    let parent = telemetry.extract(request.headers());
    let span = start(&telemetry, &parent, &request);
    request.extensions_mut().insert(span.handle());
    let response = next.run(request).await;
    finish(span, &response);
    response
}

fn start(telemetry: &Telemetry, parent: &Option<SpanContext>, request: &Request) -> Step {
    let method = known(request.method());
    // The template of the route and never the path: paths are as many as there are callers.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str);
    let span = telemetry
        .tracer()
        .span(format!("{method} {route}"))
        .child_of(parent)
        .tag(StdTag::span_kind("server"))
        .tag(StdTag::component("axum"))
        .tag(StdTag::http_method(method))
        .tag(Tag::new("http.route", route.to_owned()))
        .start();
    Step::of(span)
}

fn finish(mut span: Step, response: &Response) {
    span.set_tag(|| StdTag::http_status_code(response.status().as_u16()));
    let problem = Problem::of(response);
    let fault = problem.filter(|problem| problem.is_fault());
    match problem {
        // A refused request is no failure of ours.
        Some(problem) if fault.is_none() => {
            span.set_tag(|| Tag::new("problem", problem.kind()));
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
