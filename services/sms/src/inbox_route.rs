//! `GET /demo/inbox/{challenge_id}`, which exists only while the demo's inbox is the gateway.

use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, HeaderName};
use platform::Problem;

use crate::gateway::Inbox;

/// The template of the route. What stands in the URL is a challenge id, never a phone number.
pub const ROUTE: &str = "/demo/inbox/{challenge_id}";

/// `Prefer: wait=5` (RFC 7240) holds the answer back until the message is there, for that many seconds at most.
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The longest wait that is granted.
const LONGEST_WAIT: u64 = 10;

pub(crate) fn add<S>(routes: Router<S>, inbox: Inbox) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    routes.route(ROUTE, get(read).with_state(inbox))
}

async fn read(
    State(inbox): State<Inbox>,
    challenge_id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    // What is not text is no name of a challenge.
    let Ok(Path(challenge_id)) = challenge_id else {
        return Problem::not_found().into_response();
    };
    match inbox.wait(&challenge_id, preferred_wait(&headers)).await {
        Some(entry) => Json(entry).into_response(),
        None => Problem::not_found().into_response(),
    }
}

fn preferred_wait(headers: &HeaderMap) -> Duration {
    let preference = headers.get(PREFER).and_then(|value| value.to_str().ok());
    let seconds = preference.and_then(|text| text.trim().strip_prefix("wait=")?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use http::StatusCode;
    use http::header::CONTENT_TYPE;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn every_name_of_no_challenge_is_a_problem() {
        let routes = add(Router::new(), Inbox::new());

        for name in ["unknown", "%ff"] {
            let request = Request::get(format!("/demo/inbox/{name}"));
            let request = request.body(Body::empty()).unwrap();
            let answer = routes.clone().oneshot(request).await.unwrap();

            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{name}");
            assert_eq!(
                answer.headers()[CONTENT_TYPE],
                "application/problem+json",
                "{name}"
            );
        }
    }

    #[test]
    fn waits_are_asked_for_and_bounded() {
        for (preference, seconds) in [
            ("wait=5", 5),
            ("wait=3600", LONGEST_WAIT),
            ("wait=x", 0),
            ("respond-async", 0),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(PREFER, preference.parse().unwrap());

            assert_eq!(preferred_wait(&headers).as_secs(), seconds, "{preference}");
        }
        assert_eq!(preferred_wait(&HeaderMap::new()), Duration::ZERO);
    }
}
