//! A span for each request of an HTTP server or client, as layers for [tower](https://docs.rs/tower) (feature `tower`).
//!
//! [`ServerLayer`] continues the caller's trace, [`ClientLayer`] hands the trace on; between the two no code extracts or
//! injects by hand. They work wherever requests are those of the `http` crate: axum, hyper, tonic on both sides.
//! `examples/axum.rs` is two services that call each other.
//!
//! ```
//! use axum::{Router, body::Body, extract::{MatchedPath, Request}, http, routing::get};
//! use opentracing_shim::{Tracer, api::mock::MockTracer, tower::{ServerLayer, names}};
//! use tower::ServiceExt;
//!
//! /// The template of the route: never the path, which has as many values as there are users.
//! fn route(request: &http::request::Parts) -> String {
//!     let route = request.extensions.get::<MatchedPath>().map_or("", |path| path.as_str());
//!     format!("{} {route}", names::method(request))
//! }
//!
//! fn app(tracer: &Tracer) -> Router {
//!     let inner = tracer.clone();
//!     let handler = || async move { inner.build_span("look up").start().finish() };
//!     Router::new()
//!         .route("/users/{id}", get(handler))
//!         .layer(ServerLayer::new(tracer.clone()).operation_name(route))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let mock = MockTracer::new();
//! let request = Request::get("/users/7").body(Body::empty()).expect("a valid request");
//! let answer = app(&mock.tracer()).oneshot(request).await.expect("a router does not fail");
//! drop(answer);
//!
//! let spans = mock.finished_spans();
//! assert_eq!(spans[0].operation_name(), "look up");
//! assert_eq!(spans[1].operation_name(), "GET /users/{id}");
//! assert_eq!(spans[0].parent_id(), Some(spans[1].span_id()));
//! # }
//! ```
//!
//! reqwest has a type of requests of its own, and becomes such a service by an adapter:
//!
//! ```no_run
//! use opentracing_shim::{Tracer, tower::ClientLayer};
//! use tower::{ServiceBuilder, service_fn};
//!
//! # let tracer = Tracer::noop();
//! let client = reqwest::Client::new();
//! let adapter = service_fn(move |request: http::Request<reqwest::Body>| {
//!     let client = client.clone();
//!     async move { client.execute(request.try_into()?).await.map(http::Response::from) }
//! });
//! let client = ServiceBuilder::new().layer(ClientLayer::new(tracer)).service(adapter);
//! # tower::ServiceExt::<http::Request<reqwest::Body>>::oneshot(client, http::Request::default());
//! ```
//!
//! # When the span ends
//!
//! With the body of the answer, because until then a handler may be writing it and because gRPC says in the trailers
//! whether the call succeeded. It ends when the last frame has been read, when reading fails, or when the body is dropped:
//! a client that keeps an answer without reading it keeps the span open. An answer without a body ends the span at once.
//! A request that is dropped before its answer ends it with the log `canceled`.
//!
//! # What the span says
//!
//! | tag | value |
//! |---|---|
//! | `span.kind` | `server` or `client` |
//! | `http.method` | the method, `_OTHER` if it is none of the registered ones |
//! | `http.status_code` | the status of the answer |
//! | `rpc.grpc.status_code` | gRPC's status, from the headers or the trailers; OpenTracing has no name of its own |
//! | `peer.hostname`, `peer.port` | clients: where the request goes, if its URI says so |
//! | `error` | `true` on failure |
//!
//! A failure is a status from 500 on for servers and from 400 on for clients; with gRPC, any status but `OK` for clients and
//! those that blame the server for servers; an error of the inner service; a panic. The latter two are logged with the type of
//! the error and not its text, which is known to quote URLs.
//!
//! Neither path nor query is recorded. Who wants a tag more sets it in the handler, where the span is active.

mod body;
mod client;
mod exchange;
mod future;
pub mod names;
mod server;

pub use body::SpanBody;
pub use client::{Client, ClientLayer};
pub use future::ResponseFuture;
pub use server::{Incoming, Server, ServerLayer};
