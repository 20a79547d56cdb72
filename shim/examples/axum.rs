//! Two services on axum, the first of which calls the second with hyper. No code injects or extracts:
//! `cargo run --example axum`.

mod support;

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::{MatchedPath, Path};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use axum::{Router, serve};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentracing_shim::Tracer;
use opentracing_shim::tower::{Client, ClientLayer, ServerLayer, names};
use support::{Outcome, Recorded};
use tokio::net::TcpListener;
use tower::{BoxError, ServiceBuilder, ServiceExt};

type HttpClient = Client<legacy::Client<HttpConnector, Empty<Bytes>>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    print!("{}", run().await?);
    Ok(())
}

pub(crate) async fn run() -> Outcome {
    let recorded = Recorded::new();
    let users = start(users(&recorded.tracer)).await?;
    let shop = start(shop(&recorded.tracer, users)).await?;

    let ask = client(&recorded.tracer, "ask");
    let answer = get_text(ask, format!("http://{shop}/orders/7")).await?;

    // A server's span ends when its answer has left, which nobody here waits for.
    let mut tree = recorded.tree()?;
    while tree.lines().count() < 5 {
        tokio::task::yield_now().await;
        tree = recorded.tree()?;
    }
    Ok(format!("{answer}\n{tree}"))
}

/// Each route is a name; a path would be as many as there are users.
fn route(request: &Parts) -> String {
    let route = request.extensions.get::<MatchedPath>();
    format!(
        "{} {}",
        names::method(request),
        route.map_or("", MatchedPath::as_str)
    )
}

fn users(tracer: &Tracer) -> Router {
    let handler = {
        let tracer = tracer.clone();
        async move |Path(id): Path<u64>| {
            // The request's span is active, so it is the parent.
            tracer.build_span("read user").start().finish();
            format!("user {id}")
        }
    };
    Router::new()
        .route("/users/{id}", get(handler))
        .layer(ServerLayer::new(tracer.clone()).operation_name(route))
}

fn shop(tracer: &Tracer, users: SocketAddr) -> Router {
    let client = client(tracer, "get user");
    let handler = async move |Path(id): Path<u64>| {
        get_text(client.clone(), format!("http://{users}/users/1"))
            .await
            .map(|user| format!("order {id} of {user}"))
            .map_err(|_| StatusCode::BAD_GATEWAY)
    };
    Router::new()
        .route("/orders/{id}", get(handler))
        .layer(ServerLayer::new(tracer.clone()).operation_name(route))
}

/// hyper's client behind the layer.
fn client(tracer: &Tracer, name: &'static str) -> HttpClient {
    ServiceBuilder::new()
        .layer(ClientLayer::new(tracer.clone()).operation_name(move |_| name))
        .service(legacy::Client::builder(TokioExecutor::new()).build_http())
}

async fn get_text(client: HttpClient, url: String) -> Result<String, BoxError> {
    let request = Request::get(url).body(Empty::new())?;
    let answer = client.oneshot(request).await?;
    let body = answer.into_body().collect().await?;
    Ok(String::from_utf8(body.to_bytes().into())?)
}

async fn start(app: Router) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { serve(listener, app).await });
    Ok(address)
}
