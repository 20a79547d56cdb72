//! OTLP over gRPC.
//!
//! The generated servers answer what they cannot decode with `INTERNAL`, and what is too large with `OUT_OF_RANGE`; the
//! latter tells an OTLP client to send it again, forever. So the paths are routed by hand to a codec that leaves the
//! bytes alone, and the answers are `INVALID_ARGUMENT` and `RESOURCE_EXHAUSTED`.

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::post;
use bytes::{Buf, BufMut, Bytes};
use http::HeaderValue;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Status};

use super::{Intake, Signal};
use crate::server::BODY_TIMEOUT;

/// The paths of the three collector services; others are answered with `UNIMPLEMENTED`.
pub(crate) fn router(intake: &Intake, max_request_bytes: usize) -> Router {
    let export = |signal| {
        let intake = intake.clone();
        post(move |request: Request| export(intake, signal, max_request_bytes, request))
    };
    Router::new()
        .route(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            export(Signal::Traces),
        )
        .route(
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            export(Signal::Logs),
        )
        .route(
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            export(Signal::Metrics),
        )
        .fallback(async || Status::unimplemented("no such method").into_http::<axum::body::Body>())
}

async fn export(
    intake: Intake,
    signal: Signal,
    max_request_bytes: usize,
    request: Request,
) -> Response {
    let refusals = intake.clone();
    let method = tower::service_fn(move |request: tonic::Request<Bytes>| {
        let accepted = intake
            .accept(signal, request.into_inner())
            .map(tonic::Response::new)
            .map_err(|malformed| Status::invalid_argument(malformed.to_string()));
        std::future::ready(accepted)
    });
    let mut server = tonic::server::Grpc::new(Unparsed)
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(max_request_bytes);
    // All that is waited for within is the body.
    let answered = tokio::time::timeout(BODY_TIMEOUT, server.unary(method, request)).await;
    let mut response = answered.unwrap_or_else(|_| {
        let reason = format!("the message did not arrive within {BODY_TIMEOUT:?}");
        Status::deadline_exceeded(reason).into_http()
    });

    let code = response
        .headers()
        .get(Status::GRPC_STATUS)
        .map(|code| Code::from_bytes(code.as_bytes()));
    if code == Some(Code::OutOfRange) {
        response.headers_mut().insert(
            Status::GRPC_STATUS,
            HeaderValue::from(Code::ResourceExhausted as i32),
        );
    }
    // Malformed requests were counted where they were found out.
    if code.is_some_and(|code| !matches!(code, Code::Ok | Code::InvalidArgument)) {
        refusals.count_refused_request();
    }
    response.map(axum::body::Body::new)
}

/// Hands on the bytes of a message as they are.
#[derive(Clone, Copy, Debug)]
struct Unparsed;

impl Codec for Unparsed {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Unparsed {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Unparsed {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use axum::body::Body;
    use tokio::time::Instant;
    use tower::ServiceExt as _;

    use super::*;
    use crate::store::{Limits, Store};

    #[tokio::test(start_paused = true)]
    async fn a_message_that_does_not_arrive_is_not_waited_for() {
        let store = Arc::new(Store::new(Limits::default()));
        let never = tokio_stream::pending::<Result<Bytes, Infallible>>();
        let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
        let request = Request::post(path)
            .header("content-type", "application/grpc")
            .body(Body::from_stream(never))
            .expect("a request");
        let asked = Instant::now();

        let router = router(&Intake::new(Arc::clone(&store)), 9);
        let response = router.oneshot(request).await.expect("an answer");

        assert!(asked.elapsed() < 2 * BODY_TIMEOUT, "{:?}", asked.elapsed());
        let code = &response.headers()[Status::GRPC_STATUS];
        assert_eq!(code, &(Code::DeadlineExceeded as i32).to_string());
        assert_eq!(store.stats().refused_requests, 1);
    }
}
