//! Asks for a page without a server between.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use viewer::store::Store;

pub async fn answer(store: &Arc<Store>, path: &str) -> Response {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    viewer::page::router(Arc::clone(store))
        .oneshot(request)
        .await
        .expect("an answer")
}

pub async fn html_of(response: Response) -> String {
    let body = response.into_body().collect().await.expect("a body");
    String::from_utf8(body.to_bytes().to_vec()).expect("UTF-8")
}

pub async fn get(store: &Arc<Store>, path: &str) -> (StatusCode, String) {
    let response = answer(store, path).await;
    (response.status(), html_of(response).await)
}
