//! OTLP over HTTP, in protobuf and in JSON.
//!
//! Every refusal carries a `google.rpc.Status` in the encoding of the request, as the specification asks; none of the
//! statuses used here tells a client to try again.

use std::io::Read;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use http_body_util::LengthLimitError;
use prost::Message;
use tonic::Code;

use super::{Encoding, Intake, Signal};
use crate::server::BODY_TIMEOUT;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// In characters: what a decoder says of a bad request may quote it.
const LONGEST_MESSAGE: usize = 500;

/// The paths `/v1/traces`, `/v1/logs` and `/v1/metrics`.
pub(crate) fn router(intake: &Intake, max_request_bytes: usize) -> Router {
    let export = |signal| {
        let intake = intake.clone();
        post(move |request: Request| export(intake, signal, max_request_bytes, request))
    };
    Router::new()
        .route("/v1/traces", export(Signal::Traces))
        .route("/v1/logs", export(Signal::Logs))
        .route("/v1/metrics", export(Signal::Metrics))
}

async fn export(
    intake: Intake,
    signal: Signal,
    max_request_bytes: usize,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let encoding = match encoding(&parts.headers) {
        Ok(encoding) => encoding,
        Err(refusal) => {
            intake.count_refused_request();
            return refusal.in_encoding(Encoding::Protobuf);
        }
    };
    let read = read(&parts.headers, body, max_request_bytes);
    let read = tokio::time::timeout(BODY_TIMEOUT, read).await;
    let message = match read.unwrap_or_else(|_| Err(Refusal::too_slow())) {
        Ok(message) => message,
        Err(refusal) => {
            intake.count_refused_request();
            return refusal.in_encoding(encoding);
        }
    };
    match intake.accept_encoded(signal, encoding, message) {
        Ok(response) => ([(CONTENT_TYPE, media_type(encoding))], response).into_response(),
        Err(malformed) => Refusal::bad_request(malformed).in_encoding(encoding),
    }
}

fn media_type(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Protobuf => PROTOBUF,
        Encoding::Json => JSON,
    }
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, Refusal> {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case(PROTOBUF) {
        Ok(Encoding::Protobuf)
    } else if media_type.eq_ignore_ascii_case(JSON) {
        Ok(Encoding::Json)
    } else {
        Err(Refusal::unsupported(format!(
            "content type {media_type:?} is not supported, {PROTOBUF} and {JSON} are"
        )))
    }
}

async fn read(headers: &HeaderMap, body: Body, max_bytes: usize) -> Result<Bytes, Refusal> {
    let encoding = headers
        .get(CONTENT_ENCODING)
        .map_or(Ok("identity"), |value| value.to_str());
    let compressed = match encoding.map(str::trim) {
        Ok("identity" | "") => false,
        Ok("gzip") => true,
        _ => {
            return Err(Refusal::unsupported(
                "the content encoding is not supported, gzip is".to_owned(),
            ));
        }
    };

    let bytes = axum::body::to_bytes(body, max_bytes)
        .await
        .map_err(|error| {
            let too_large =
                std::iter::successors(Some(&error as &dyn std::error::Error), |error| {
                    error.source()
                })
                .any(|error| error.is::<LengthLimitError>());
            if too_large {
                Refusal::too_large(max_bytes)
            } else {
                Refusal::bad_request(error)
            }
        })?;
    if compressed {
        decompress(&bytes, max_bytes)
    } else {
        Ok(bytes)
    }
}

/// The bound holds for what comes out as well: a few kilobytes can unfold into gigabytes.
fn decompress(compressed: &[u8], max_bytes: usize) -> Result<Bytes, Refusal> {
    let mut message = Vec::new();
    let one_too_many = max_bytes as u64 + 1;
    MultiGzDecoder::new(compressed)
        .take(one_too_many)
        .read_to_end(&mut message)
        .map_err(Refusal::bad_request)?;
    if message.len() > max_bytes {
        return Err(Refusal::too_large(max_bytes));
    }
    Ok(message.into())
}

/// `google.rpc.Status`, without the details that nobody sends here.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct RpcStatus {
    /// A gRPC code.
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    /// For a developer.
    #[prost(string, tag = "2")]
    pub(crate) message: String,
}

#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    code: Code,
    message: String,
}

impl Refusal {
    fn bad_request(reason: impl std::fmt::Display) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: Code::InvalidArgument,
            message: reason.to_string(),
        }
    }

    fn unsupported(message: String) -> Self {
        Self {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            code: Code::InvalidArgument,
            message,
        }
    }

    fn too_large(max_bytes: usize) -> Self {
        let message = format!("the request is larger than {max_bytes} bytes");
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            code: Code::ResourceExhausted,
            message,
        }
    }

    fn too_slow() -> Self {
        Self {
            status: StatusCode::REQUEST_TIMEOUT,
            code: Code::DeadlineExceeded,
            message: format!("the body did not arrive within {BODY_TIMEOUT:?}"),
        }
    }

    fn in_encoding(self, encoding: Encoding) -> Response {
        let message: String = self.message.chars().take(LONGEST_MESSAGE).collect();
        let code = self.code as i32;
        let body = match encoding {
            Encoding::Protobuf => RpcStatus { code, message }.encode_to_vec(),
            Encoding::Json => serde_json::json!({ "code": code, "message": message })
                .to_string()
                .into_bytes(),
        };
        (self.status, [(CONTENT_TYPE, media_type(encoding))], body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use http_body_util::BodyExt as _;
    use tokio::time::Instant;
    use tower::ServiceExt as _;

    use super::*;
    use crate::store::{Limits, Store};

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_is_not_waited_for() {
        let store = Arc::new(Store::new(Limits::default()));
        let never = tokio_stream::pending::<Result<Bytes, Infallible>>();
        let request = Request::post("/v1/traces")
            .header(CONTENT_TYPE, PROTOBUF)
            .body(Body::from_stream(never))
            .expect("a request");
        let asked = Instant::now();

        let router = router(&Intake::new(Arc::clone(&store)), 9);
        let response = router.oneshot(request).await.expect("an answer");

        assert!(asked.elapsed() < 2 * BODY_TIMEOUT, "{:?}", asked.elapsed());
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        let body = response.into_body().collect().await.expect("a body");
        let status = RpcStatus::decode(body.to_bytes()).expect("a status");
        assert_eq!(status.code, Code::DeadlineExceeded as i32);
        assert_eq!(store.stats().refused_requests, 1);
    }
}
