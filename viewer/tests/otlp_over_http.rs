//! OTLP over HTTP: what is kept, and with which status the rest is refused.

mod support;

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use support::{batch, gzip, request, send, span, trace_id};
use viewer::Viewer;

const MAX_REQUEST_BYTES: usize = 64 << 10;

/// The body of a refusal: `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

async fn viewer() -> Viewer {
    Viewer::builder()
        .max_request_bytes(MAX_REQUEST_BYTES)
        .start()
        .await
        .expect("free ports")
}

async fn post(
    viewer: &Viewer,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut request = Request::post(format!("{}/v1/traces", viewer.http_url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(body.into()).expect("a request")).await
}

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const GZIP: (&str, &str) = ("content-encoding", "gzip");

/// Checks the status, that the body says why in protobuf, and that nothing was kept.
#[track_caller]
fn assert_refused(
    viewer: &Viewer,
    answer: &Response<Bytes>,
    status: StatusCode,
    code: tonic::Code,
) {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["content-type"], "application/x-protobuf");
    let refusal = RpcStatus::decode(answer.body().clone()).expect("a google.rpc.Status");
    assert_eq!(refusal.code, code as i32, "{refusal:?}");
    assert!(!refusal.message.is_empty());
    let stats = viewer.store().stats();
    assert_eq!((stats.spans, stats.refused_requests), (0, 1));
}

#[tokio::test]
async fn a_request_is_kept() {
    let viewer = viewer().await;
    let export = request([batch("shop", [span(trace_id(1), 1, 0, "GET /basket")])]);

    let answer = post(&viewer, &[PROTOBUF], export.encode_to_vec()).await;

    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/x-protobuf");
    let response = ExportTraceServiceResponse::decode(answer.into_body()).expect("a response");
    assert_eq!(response.partial_success, None);
    assert_eq!(viewer.store().services(), ["shop"]);
}

#[tokio::test]
async fn a_compressed_request_is_kept() {
    let viewer = viewer().await;
    let export = request([batch("shop", [span(trace_id(1), 1, 0, "GET /basket")])]);

    let answer = post(&viewer, &[PROTOBUF, GZIP], gzip(&export.encode_to_vec())).await;

    assert_eq!(answer.status(), StatusCode::OK);
    assert!(viewer.store().trace(trace_id(1)).is_some());
}

#[tokio::test]
async fn parameters_of_the_content_type_do_not_matter() {
    let viewer = viewer().await;

    let answer = post(
        &viewer,
        &[("content-type", "Application/X-Protobuf; v=1")],
        Bytes::new(),
    )
    .await;

    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn logs_and_metrics_have_their_paths() {
    let viewer = viewer().await;

    for path in ["/v1/logs", "/v1/metrics"] {
        let request = Request::post(format!("{}{path}", viewer.http_url()))
            .header(PROTOBUF.0, PROTOBUF.1)
            .body(Bytes::new())
            .expect("a request");
        assert_eq!(send(request).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn partial_success_is_success() {
    let viewer = viewer().await;
    let mut bad = span(trace_id(1), 1, 0, "bad");
    bad.span_id.clear();
    let export = request([batch("shop", [bad, span(trace_id(1), 2, 0, "good")])]);

    let answer = post(&viewer, &[PROTOBUF], export.encode_to_vec()).await;

    assert_eq!(answer.status(), StatusCode::OK);
    let response = ExportTraceServiceResponse::decode(answer.into_body()).expect("a response");
    assert_eq!(response.partial_success.expect("a count").rejected_spans, 1);
    assert_eq!(viewer.store().stats().spans, 1);
}

#[tokio::test]
async fn bytes_that_are_no_request_are_a_bad_request() {
    let viewer = viewer().await;

    let answer = post(&viewer, &[PROTOBUF], &b"\x0a\x03\x7f"[..]).await;

    assert_refused(
        &viewer,
        &answer,
        StatusCode::BAD_REQUEST,
        tonic::Code::InvalidArgument,
    );
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_a_bad_request() {
    let viewer = viewer().await;
    let mut export = request([batch("shop", [span(trace_id(1), 1, 0, "name")])]).encode_to_vec();
    let name = export
        .windows(4)
        .position(|bytes| bytes == b"name")
        .expect("within");
    export[name] = 0xff;

    let answer = post(&viewer, &[PROTOBUF], export).await;

    assert_refused(
        &viewer,
        &answer,
        StatusCode::BAD_REQUEST,
        tonic::Code::InvalidArgument,
    );
}

#[tokio::test]
async fn bytes_that_are_not_compressed_are_a_bad_request() {
    let viewer = viewer().await;

    let answer = post(&viewer, &[PROTOBUF, GZIP], &b"not gzip at all"[..]).await;

    assert_refused(
        &viewer,
        &answer,
        StatusCode::BAD_REQUEST,
        tonic::Code::InvalidArgument,
    );
}

#[tokio::test]
async fn a_large_request_is_too_large() {
    let viewer = viewer().await;

    let answer = post(&viewer, &[PROTOBUF], vec![0; MAX_REQUEST_BYTES + 1]).await;

    assert_refused(
        &viewer,
        &answer,
        StatusCode::PAYLOAD_TOO_LARGE,
        tonic::Code::ResourceExhausted,
    );
}

#[tokio::test]
async fn a_request_that_unfolds_is_too_large() {
    let viewer = viewer().await;
    let bomb = gzip(&vec![0; 100 * MAX_REQUEST_BYTES]);
    assert!(bomb.len() < MAX_REQUEST_BYTES);

    let answer = post(&viewer, &[PROTOBUF, GZIP], bomb).await;

    assert_refused(
        &viewer,
        &answer,
        StatusCode::PAYLOAD_TOO_LARGE,
        tonic::Code::ResourceExhausted,
    );
}

#[tokio::test]
async fn another_content_type_is_unsupported() {
    for headers in [
        &[][..],
        &[("content-type", "application/jsonl")],
        &[("content-type", "text/plain")],
    ] {
        let viewer = viewer().await;

        let answer = post(&viewer, headers, &b"{}"[..]).await;

        assert_refused(
            &viewer,
            &answer,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            tonic::Code::InvalidArgument,
        );
    }
}

#[tokio::test]
async fn another_encoding_is_unsupported() {
    let viewer = viewer().await;

    let answer = post(
        &viewer,
        &[PROTOBUF, ("content-encoding", "zstd")],
        Bytes::new(),
    )
    .await;

    assert_refused(
        &viewer,
        &answer,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        tonic::Code::InvalidArgument,
    );
}

#[tokio::test]
async fn another_method_is_not_allowed() {
    let viewer = viewer().await;
    let request = Request::builder()
        .method(Method::GET)
        .uri(format!("{}/v1/traces", viewer.http_url()));

    let answer = send(request.body(Bytes::new()).expect("a request")).await;

    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers()["allow"], "POST");
}

#[tokio::test]
async fn on_loopback_it_is_not_taken_under_a_foreign_name() {
    let viewer = Viewer::builder().start().await.expect("free ports");
    let post = async |to: SocketAddr, host: &str| {
        let request = Request::post(format!("http://{to}/v1/traces"))
            .header("host", host)
            .header("content-type", "application/x-protobuf")
            .body(Bytes::new())
            .expect("a request");
        send(request).await.status()
    };
    let to = viewer.http_addr();

    assert_eq!(post(to, "localhost:4318").await, StatusCode::OK);
    assert_eq!(
        post(to, "evil.example:4318").await,
        StatusCode::MISDIRECTED_REQUEST
    );

    // Bound elsewhere, senders know it by a name that it cannot know.
    let anywhere = Viewer::builder().http(([0, 0, 0, 0], 0).into());
    let anywhere = anywhere.allow_host("traces.example").start().await;
    let anywhere = anywhere.expect("free ports");
    let to = SocketAddr::from(([127, 0, 0, 1], anywhere.http_addr().port()));
    assert_eq!(post(to, "viewer:4318").await, StatusCode::OK);
}
