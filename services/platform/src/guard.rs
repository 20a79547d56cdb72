//! What stands between a stage's tracing and the routes of a service.
//!
//! A stage adds its own layer around these guards, so that a panic, a 404 or a 413 is an answer like any other by the
//! time it is traced.

use std::any::Any;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{Problem, body};

/// Guards the routes of a service: bodies are limited, unknown paths and methods get a problem document, a panic becomes
/// a 500, and no answer may be stored by a cache.
pub fn guarded<S>(routes: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(map_response(not_stored))
}

async fn not_found() -> Problem {
    Problem::not_found()
}

pub(crate) async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed()
}

/// Answers for a handler that panicked. Its message stays out of the log line: it may quote what the handler worked on.
fn panicked(_: Box<dyn Any + Send>) -> http::Response<Body> {
    log::error!("A handler panicked; its request was answered with 500.");
    Problem::internal().into_response()
}

pub(crate) async fn not_stored(mut response: Response) -> Response {
    response
        .headers_mut()
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use http::Request;
    use tower::ServiceExt;

    async fn answer(method: &str, path: &str) -> Response {
        let routes = Router::new().route("/fine", get(async || "fine")).route(
            "/panics",
            get(async || -> &'static str { panic!("on purpose") }),
        );
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .unwrap();

        guarded(routes).oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_answer_forbids_storing() {
        for path in ["/fine", "/panics", "/unknown"] {
            assert_eq!(
                answer("GET", path).await.headers()[CACHE_CONTROL],
                "no-store",
                "{path}"
            );
        }
    }

    #[tokio::test]
    async fn what_goes_wrong_outside_of_a_handler_is_a_problem_too() {
        for (method, path, status, kind) in [
            ("GET", "/unknown", 404, "not_found"),
            ("POST", "/fine", 405, "method_not_allowed"),
            ("GET", "/panics", 500, "internal"),
        ] {
            let response = answer(method, path).await;

            assert_eq!(response.status(), status, "{method} {path}");
            assert_eq!(
                Problem::of(&response).unwrap().kind(),
                kind,
                "{method} {path}"
            );
        }
    }

    #[tokio::test]
    async fn a_wrong_method_is_told_the_right_ones() {
        assert_eq!(answer("POST", "/fine").await.headers()["allow"], "GET,HEAD");
    }
}
