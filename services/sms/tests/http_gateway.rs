//! The gateway over HTTP, on the wire.

use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use platform::{Code, Drain, Phone, Timeouts, Url, server};
use secrecy::SecretString;
use sms::gateway::{GatewayError, HttpGateway};
use sms::{Failure, Gateway, Sms};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_millis(500),
    call: Duration::from_millis(500),
};

fn sms() -> Sms {
    Sms {
        key: "0123456789abcdef0123456789abcdef".to_owned(),
        phone: Phone::parse("+8613800138000", None).unwrap(),
        code: Code::parse("012345").unwrap(),
    }
}

/// A provider that answers every message with this status, and tells what it was sent.
async fn provider(status: StatusCode) -> (Url, UnboundedReceiver<(HeaderMap, String)>) {
    let (tell, told) = unbounded_channel();
    let take = move |request: Request| {
        let tell = tell.clone();
        async move {
            let headers = request.headers().clone();
            let body = to_bytes(request.into_body(), 10_000).await.unwrap();
            tell.send((headers, String::from_utf8(body.to_vec()).unwrap()))
                .unwrap();
            (status, "an answer that is not JSON")
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://{}/accounts/secret/messages",
        listener.local_addr().unwrap()
    );
    let routes = Router::new().route("/accounts/secret/messages", post(take));
    tokio::spawn(server::serve(listener, routes, Drain::new()));
    (url.parse().unwrap(), told)
}

async fn send(url: &Url) -> Result<(), GatewayError> {
    let gateway = HttpGateway::new(url, None, TIMEOUTS).unwrap();
    gateway.deliver(&sms()).send().await.map(|_| ())
}

#[tokio::test]
async fn a_message_is_posted_with_its_key_and_without_any_context() {
    let (url, mut told) = provider(StatusCode::CREATED).await;
    let gateway = HttpGateway::new(&url, Some(&SecretString::from("t0ken")), TIMEOUTS).unwrap();

    let sms = sms();
    let call = gateway.deliver(&sms);
    assert_eq!(
        (call.system(), call.server_address(), call.server_port()),
        ("http", Some("127.0.0.1"), url.port())
    );
    let receipt = call.send().await.unwrap();

    assert_eq!(receipt.status, Some(StatusCode::CREATED));
    let (headers, body) = told.recv().await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["to"], "+8613800138000");
    assert!(body["text"].as_str().unwrap().contains("012345"));
    let mut names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    let known = [
        "accept",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
    ];
    assert_eq!(
        names, known,
        "a third party gets no trace context and no baggage"
    );
    assert_eq!(headers["idempotency-key"], sms.key);
    assert_eq!(headers["authorization"], "Bearer t0ken");
}

#[tokio::test]
async fn what_is_refused_is_not_tried_again() {
    for status in [400, 401, 403, 404, 422] {
        let (url, _told) = provider(StatusCode::from_u16(status).unwrap()).await;

        let error = send(&url).await.unwrap_err();

        assert_eq!(error.status().unwrap(), status);
        assert!(
            matches!(Failure::from(error), Failure::Poison(_)),
            "{status}"
        );
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for status in [302, 408, 425, 429, 500, 502, 503] {
        let (url, _told) = provider(StatusCode::from_u16(status).unwrap()).await;

        let error = send(&url).await.unwrap_err();

        assert!(
            matches!(Failure::from(error), Failure::Retry(_)),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_silent_or_absent_gateway_is_tried_again_and_its_address_is_not_told() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let absent = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();

    for address in [silent.local_addr().unwrap(), absent] {
        let url = format!("http://{address}/accounts/secret/messages")
            .parse()
            .unwrap();

        let error = send(&url).await.unwrap_err();

        let told = format!("{error} {error:?}");
        assert!(!told.contains("secret") && !told.contains("138"), "{told}");
        assert!(matches!(Failure::from(error), Failure::Retry(_)));
    }
}
