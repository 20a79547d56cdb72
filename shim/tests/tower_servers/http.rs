//! axum behind the server layer; reqwest and hyper behind the client layer.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Path};
use axum::http::request::Parts;
use axum::http::{Request, Response};
use axum::routing::get;
use futures::future::join_all;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentracing_shim::tower::{ClientLayer, ServerLayer, SpanBody, names};
use opentracing_shim::{SpanFuture, Tracer};
use tokio::task::{spawn_blocking, yield_now};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

use super::{chain, finished, listen};
use crate::support::{Recorder, attribute, is_root};

fn route(request: &Parts) -> String {
    let route = request.extensions.get::<MatchedPath>();
    let route = route.map_or("no route", MatchedPath::as_str);
    format!("{} {route}", names::method(request))
}

/// A server whose handler has spans of its own, on both sides of an `.await` and on a thread for blocking work.
async fn start(tracer: &Tracer) -> SocketAddr {
    let handler = {
        let tracer = tracer.clone();
        async move |Path(user): Path<u64>| {
            yield_now().await;
            let look_up = tracer.build_span("look up").tag("user", user).start();
            let (inner, parent) = (tracer.clone(), look_up.clone());
            let blocking = move || parent.in_scope(|| inner.build_span("read").start().finish());
            spawn_blocking(blocking).await.expect("no panic");
            look_up.finish();
            let request = tracer.active_span().expect("the span of the request");
            request.context().to_span_id()
        }
    };
    let app = Router::new()
        .route("/users/{id}", get(handler))
        .layer(ServerLayer::new(tracer.clone()).operation_name(route));
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// reqwest as a service for requests of the `http` crate.
fn reqwest(
    tracer: &Tracer,
) -> impl Service<
    Request<reqwest::Body>,
    Response = Response<SpanBody<reqwest::Body>>,
    Error = reqwest::Error,
> + Clone {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls())
        .no_proxy()
        .build()
        .expect("it can be set up");
    let adapter = service_fn(move |request: Request<reqwest::Body>| {
        let client = client.clone();
        async move {
            client
                .execute(request.try_into()?)
                .await
                .map(Response::from)
        }
    });
    ServiceBuilder::new()
        .layer(ClientLayer::new(tracer.clone()))
        .service(adapter)
}

/// No certificate is trusted, since the test speaks plain HTTP.
fn tls() -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("the provider offers them")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

fn get_user<B: Default>(address: SocketAddr, user: usize) -> Request<B> {
    Request::get(format!("http://{address}/users/{user}"))
        .body(B::default())
        .expect("a valid request")
}

#[tokio::test]
async fn axum_and_reqwest_share_one_trace() {
    let recorder = Recorder::new();
    let address = start(&recorder.tracer).await;
    let client = reqwest(&recorder.tracer);
    let root = recorder.tracer.build_span("root").start();

    let answer = client.oneshot(get_user(address, 7)).in_span(&root).await;
    let answer = answer.expect("the server answers");
    let body = answer.into_body().collect().await.expect("it can be read");
    root.finish();

    let spans = finished(&recorder, 5).await;
    assert_eq!(
        chain(&spans),
        ["root", "GET", "GET /users/{id}", "look up", "read"]
    );
    let server = recorder.named("GET /users/{id}");
    assert_eq!(body.to_bytes(), server.span_context.span_id().to_string());
    let client = recorder.named("GET");
    assert_eq!(attribute(&client, "http.status_code"), [200.into()]);
    assert_eq!(
        attribute(&client, "peer.port"),
        [i64::from(address.port()).into()]
    );
}

#[tokio::test]
async fn hyper_is_a_service_as_it_is() {
    let recorder = Recorder::new();
    let address = start(&recorder.tracer).await;
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let client = ServiceBuilder::new()
        .layer(ClientLayer::new(recorder.tracer.clone()))
        .service(client);

    let answer = client.oneshot(get_user(address, 7)).await;
    let body = answer
        .expect("the server answers")
        .into_body()
        .collect()
        .await;

    assert!(body.is_ok());
    let spans = finished(&recorder, 4).await;
    assert_eq!(chain(&spans), ["GET", "GET /users/{id}", "look up", "read"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_at_once_stay_apart() {
    const REQUESTS: usize = 100;
    let recorder = Recorder::new();
    let address = start(&recorder.tracer).await;
    let client = reqwest(&recorder.tracer);

    let requests = (0..REQUESTS).map(|user| {
        let root = recorder
            .tracer
            .build_span("root")
            .tag("user", user as u64)
            .start();
        let sent = client.clone().oneshot(get_user(address, user));
        async move {
            sent.await
                .expect("the server answers")
                .into_body()
                .collect()
                .await
        }
        .in_span(&root)
    });
    for answer in join_all(requests).await {
        answer.expect("it can be read");
    }

    let spans = finished(&recorder, 5 * REQUESTS).await;
    for root in spans.iter().filter(|span| is_root(span)) {
        let trace: Vec<_> = spans
            .iter()
            .filter(|span| span.span_context.trace_id() == root.span_context.trace_id())
            .cloned()
            .collect();
        assert_eq!(
            chain(&trace),
            ["root", "GET", "GET /users/{id}", "look up", "read"]
        );
        let look_up = trace.iter().find(|span| span.name == "look up");
        let look_up = look_up.expect("it is in the chain");
        assert_eq!(attribute(look_up, "user"), attribute(root, "user"));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_fails_the_client_span() {
    let recorder = Recorder::new();
    let (listener, address) = listen().await;
    drop(listener);

    let answer = reqwest(&recorder.tracer)
        .oneshot(get_user(address, 7))
        .await;

    assert!(answer.is_err());
    let span = recorder.span();
    let text = format!("{span:?}");
    assert!(text.contains("reqwest::error::Error") && !text.contains("/users"));
}

#[tokio::test]
async fn a_path_without_a_route_is_not_in_the_name() {
    let recorder = Recorder::new();
    let app = Router::new()
        .fallback(async || "nothing here")
        .layer(ServerLayer::new(recorder.tracer.clone()).operation_name(route));
    let request = Request::get("/secret").body(Body::empty());

    let answer = app.oneshot(request.expect("a valid request")).await;
    drop(answer);

    assert_eq!(recorder.span().name, "GET no route");
}
