//! The body of a request.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;

use crate::Problem;
use crate::fields::{Fields, FromFields};

/// The largest body that is read. The largest one that makes sense has some 150 bytes.
pub const LIMIT: usize = 4 * 1024;

/// The time in which all of a body must have arrived, however steadily it trickles.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// A JSON body, as a handler's last argument.
///
/// Refuses with 415 what is not declared as JSON, with 413 what is over [`LIMIT`], with 408 what is not there after
/// [`DEADLINE`], with 400 what is not JSON, and with 422 what lacks a field.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(
    /// What the body said.
    pub T,
);

impl<T, S> FromRequest<S> for Body<T>
where
    T: FromFields,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !is_json(request.headers()) {
            return Err(Problem::not_declared_json());
        }

        let bytes = tokio::time::timeout(DEADLINE, Bytes::from_request(request, state))
            .await
            .map_err(|_| Problem::body_too_slow())?
            .map_err(|rejection| match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::body_too_large(),
                // The connection broke or its framing did; the client will not read this.
                _ => Problem::not_json(),
            })?;

        T::from_fields(&mut Fields::parse(&bytes)?).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut declared = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (declared.next(), declared.next()) else {
        return false;
    };
    let essence = value
        .to_str()
        .ok()
        .and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_cut() {
        use futures::{StreamExt, stream};

        struct Anything;
        impl FromFields for Anything {
            fn from_fields(_: &mut Fields) -> Result<Self, Problem> {
                Ok(Self)
            }
        }
        let trickle = stream::repeat(()).then(async |()| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>(Bytes::from_static(b" "))
        });
        let request = Request::builder()
            .header(CONTENT_TYPE, "application/json")
            .body(axum::body::Body::from_stream(trickle))
            .unwrap();

        let begun = tokio::time::Instant::now();
        let refused = Body::<Anything>::from_request(request, &())
            .await
            .err()
            .unwrap();

        assert_eq!(refused, Problem::body_too_slow());
        assert_eq!(begun.elapsed().as_secs(), DEADLINE.as_secs());
    }

    fn declared(values: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_TYPE, HeaderValue::from_static(value));
        }
        is_json(&headers)
    }

    #[test]
    fn json_is_declared_once_and_by_its_name() {
        assert!(declared(&["application/json"]));
        assert!(declared(&["Application/JSON; charset=utf-8"]));
        for other in [
            &["text/plain"][..],
            &["application/jsonp"],
            &[],
            &["application/json", "text/plain"],
        ] {
            assert!(!declared(other), "{other:?}");
        }
    }
}
