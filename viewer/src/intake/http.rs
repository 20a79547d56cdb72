//! OTLP over HTTP, as protobuf.
//!
//! Every refusal carries a `google.rpc.Status` in protobuf, as the specification asks; none of the statuses used here
//! tells a client to try again.

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

use super::{Intake, Signal};

const PROTOBUF: &str = "application/x-protobuf";

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
    let message = match read(&parts.headers, body, max_request_bytes).await {
        Ok(message) => message,
        Err(refusal) => {
            intake.count_refused_request();
            return refusal.into_response();
        }
    };
    match intake.accept(signal, message) {
        Ok(response) => ([(CONTENT_TYPE, PROTOBUF)], response).into_response(),
        Err(malformed) => Refusal::bad_request(malformed).into_response(),
    }
}

async fn read(headers: &HeaderMap, body: Body, max_bytes: usize) -> Result<Bytes, Refusal> {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(PROTOBUF) {
        return Err(Refusal::unsupported(format!(
            "content type {media_type:?} is not supported, {PROTOBUF} is"
        )));
    }
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
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = RpcStatus {
            code: self.code as i32,
            message: self.message,
        }
        .encode_to_vec();
        (self.status, [(CONTENT_TYPE, PROTOBUF)], body).into_response()
    }
}
