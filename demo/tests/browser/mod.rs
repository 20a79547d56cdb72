//! As much of a browser as the tests of the page need.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file is a crate that uses a part"
)]

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;

/// Where a request led to, and what was there.
pub struct Answer {
    pub status: StatusCode,
    pub url: String,
    pub body: String,
}

/// Opens an address.
pub fn get(runtime: &Runtime, url: &str) -> Answer {
    let request = Request::get(url).body(Full::default());
    runtime.block_on(send(request.expect("a request"), url))
}

/// Sends a form from a page of this origin, and follows where that leads to.
pub fn post(runtime: &Runtime, url: &str, form: String, origin: &str) -> Answer {
    let request = Request::post(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, origin)
        .body(Full::from(form));
    runtime.block_on(send(request.expect("a request"), url))
}

async fn send(request: Request<Full<Bytes>>, url: &str) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut response = client.request(request).await.expect("an answer");
    let mut url = url.to_owned();
    if response.status() == StatusCode::SEE_OTHER {
        let path = response.headers()[header::LOCATION].to_str();
        let mut parts = url.splitn(4, '/');
        let base = [parts.next(), parts.next(), parts.next()];
        let base = base
            .map(|part| part.expect("a scheme and a host"))
            .join("/");
        url = format!("{base}{}", path.expect("a path"));
        let request = Request::get(&url).body(Full::default()).expect("a request");
        response = client.request(request).await.expect("an answer");
    }
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body");
    Answer {
        status,
        url,
        body: String::from_utf8(body.to_bytes().to_vec()).expect("UTF-8"),
    }
}
