//! Runs over HTTP: begun by this page alone, one at a time, and told with what they left.

mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use support::runner::Fake;
use viewer::Viewer;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

async fn send(request: Request<Full<Bytes>>) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).expect("UTF-8"),
    }
}

/// Posts a form as the page does, unless these headers say otherwise.
async fn post(to: SocketAddr, form: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post(format!("http://{to}/fleet/runs"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if !headers.iter().any(|(name, _)| *name == "origin") {
        request = request.header("origin", format!("http://{to}"));
    }
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    let body = Full::from(form.to_owned());
    send(request.body(body).expect("a request")).await
}

async fn get(to: SocketAddr, path: &str) -> Answer {
    let request = Request::get(format!("http://{to}{path}"));
    send(request.body(Full::default()).expect("a request")).await
}

async fn viewer(fake: std::sync::Arc<Fake>) -> Viewer {
    let builder = Viewer::builder().runner(fake);
    builder.start().await.expect("free ports")
}

const SHIM: &str = "api=shim&auth=shim&sms=shim";

#[tokio::test]
async fn a_run_leads_to_its_traces() {
    let viewer = viewer(Fake::new()).await;
    let to = viewer.query_addr();

    let begun = post(to, "api=native&auth=shim&sms=shim", &[]).await;

    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    assert_eq!(begun.headers[header::LOCATION], "/fleet/runs/1");
    let told = get(to, "/fleet/runs/1").await;
    assert_eq!(told.status, StatusCode::OK);
    for expected in [
        "as expected",
        "Two requests, two traces.",
        "send a code",
        "log in with it",
        "api: POST /v1/login/code",
        "  auth: POST /v1/challenges",
        "<a href=\"/trace/abcd",
        "/fleet?api=native&amp;auth=shim&amp;sms=shim",
    ] {
        assert!(told.body.contains(expected), "{expected} in {}", told.body);
    }
    let id = told.body.split("/trace/").nth(1).expect("a link");
    let trace = get(to, &format!("/trace/{}", &id[..32])).await;
    assert_eq!(trace.status, StatusCode::OK);

    post(to, SHIM, &[]).await;
    let second = get(to, "/fleet/runs/2").await.body;
    assert!(second.contains("Compare with run 1"), "{second}");
    let list = get(to, "/fleet").await.body;
    let (newer, older) = (list.find("/fleet/runs/2"), list.find("/fleet/runs/1"));
    assert!(newer.is_some() && newer < older, "{list}");
}

#[tokio::test]
async fn what_is_wrong_is_told_and_is_no_markup() {
    let viewer = viewer(Fake::new()).await;
    let to = viewer.query_addr();

    post(to, "api=shim&auth=mistake%3Abaggage-dropped&sms=shim", &[]).await;

    let told = get(to, "/fleet/runs/1").await.body;
    assert!(told.contains("not as expected"), "{told}");
    assert!(told.contains("&lt;b&gt;it is&lt;/b&gt;"), "{told}");
    assert!(told.contains("1 error</span>"), "{told}");
    // The choice of a mistake stands apart, and only where it can be made.
    let form = get(to, "/fleet").await.body;
    assert_eq!(
        form.matches("<optgroup label=\"With a mistake\">").count(),
        1
    );
}

#[tokio::test]
async fn a_run_that_fails_or_panics_says_why_and_the_next_one_is_free() {
    let viewer = viewer(Fake::new()).await;
    let to = viewer.query_addr();

    post(to, "api=bare&auth=shim&sms=shim", &[]).await;
    post(to, "api=legacy&auth=shim&sms=shim", &[]).await;
    let third = post(to, SHIM, &[]).await;

    let failed = get(to, "/fleet/runs/1").await.body;
    assert!(
        failed.contains("&lt;i&gt;api&lt;/i&gt; last answered 503"),
        "{failed}"
    );
    let panicked = get(to, "/fleet/runs/2").await.body;
    assert!(panicked.contains("The run panicked."), "{panicked}");
    assert_eq!(third.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn while_one_runs_another_is_told_to_wait() {
    let (fake, gate) = Fake::held();
    let viewer = viewer(fake.clone()).await;
    let to = viewer.query_addr();
    let first = tokio::spawn(async move { post(to, SHIM, &[]).await });
    let deadline = Instant::now() + Duration::from_secs(10);
    while fake.runs() == 0 {
        assert!(Instant::now() < deadline, "the run does not begin");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let second = post(to, SHIM, &[]).await;
    let under_way = get(to, "/fleet/runs/1").await;
    gate.send(()).expect("a run that waits");
    let first = first.await.expect("an answer");

    assert_eq!(second.status, StatusCode::CONFLICT);
    assert!(second.body.contains("/fleet/runs/1"), "{}", second.body);
    assert!(under_way.body.contains("Under way"), "{}", under_way.body);
    // With script, it asks by itself and leaves the focus where it is.
    let again = "<noscript><meta http-equiv=\"refresh\" content=\"1\"></noscript>";
    assert!(under_way.body.contains(again), "{}", under_way.body);
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(fake.runs(), 1);
    let ended = get(to, "/fleet/runs/1").await;
    assert!(!ended.body.contains(again), "{}", ended.body);
}

#[tokio::test]
async fn another_page_cannot_have_anything_run() {
    let fake = Fake::new();
    let viewer = viewer(fake.clone()).await;
    let to = viewer.query_addr();
    let own = format!("http://{to}");

    for headers in [
        &[("origin", "http://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "")],
        &[("origin", &own), ("sec-fetch-site", "cross-site")],
        &[("origin", ""), ("sec-fetch-site", "same-origin")],
    ] {
        let answer = post(to, SHIM, headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(fake.runs(), 0);

    let own = [("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(post(to, SHIM, &own).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_is_no_choice_is_refused_and_nothing_runs() {
    let fake = Fake::new();
    let viewer = viewer(fake.clone()).await;
    let to = viewer.query_addr();

    for form in [
        "",
        "api=shim&auth=shim",
        "api=shim&auth=shim&sms=nativ",
        // A mistake of another service.
        "api=mistake%3Abaggage-dropped&auth=shim&sms=shim",
    ] {
        let answer = post(to, form, &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{form}");
    }
    assert_eq!(fake.runs(), 0);
    assert_eq!(get(to, "/fleet/runs/1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(to, "/fleet/runs/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_name_that_is_not_this_servers_is_refused_everywhere() {
    let viewer = Viewer::builder().start().await.expect("free ports");
    let to = viewer.query_addr();
    let ask = async |host: &str, path: &str| {
        let request = Request::get(format!("http://{to}{path}")).header(header::HOST, host);
        let request = request.body(Full::default()).expect("a request");
        send(request).await.status
    };

    for path in [
        "/",
        "/api/services",
        "/api/stats",
        "/fleet",
        "/assets/page.js",
    ] {
        assert_eq!(
            ask("evil.example", path).await,
            StatusCode::MISDIRECTED_REQUEST,
            "{path}"
        );
        assert_eq!(ask("localhost:1", path).await, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_name_that_is_allowed_is_served_and_can_have_something_run() {
    let fake = Fake::new();
    let builder = Viewer::builder().runner(fake.clone());
    let builder = builder.allow_host("traces.example");
    let viewer = builder.start().await.expect("free ports");
    let to = viewer.query_addr();

    let own = [
        ("host", "traces.example"),
        ("origin", "https://traces.example"),
    ];
    let other = [
        ("host", "traces.example"),
        ("origin", "http://evil.example"),
    ];

    assert_eq!(post(to, SHIM, &other).await.status, StatusCode::FORBIDDEN);
    assert_eq!(post(to, SHIM, &own).await.status, StatusCode::SEE_OTHER);
    assert_eq!(fake.runs(), 1);
}

#[tokio::test]
async fn bound_to_every_address_any_name_may_read_and_something_is_run_by_address_alone() {
    let fake = Fake::new();
    let builder = Viewer::builder().runner(fake.clone());
    let builder = builder.query(([0, 0, 0, 0], 0).into());
    let viewer = builder.start().await.expect("free ports");
    let to = SocketAddr::from(([127, 0, 0, 1], viewer.query_addr().port()));
    let ask = async |host: &str, origin: &str| {
        let headers = [("host", host), ("origin", origin)];
        post(to, SHIM, &headers).await.status
    };

    let request = Request::get(format!("http://{to}/")).header(header::HOST, "viewer:16686");
    let read = send(request.body(Full::default()).expect("a request")).await;
    assert_eq!(read.status, StatusCode::OK);
    // It may be a foreign name that was made to mean this address: its page has that origin.
    for (host, origin, expected) in [
        (
            "evil.example:16686",
            "http://evil.example:16686",
            StatusCode::MISDIRECTED_REQUEST,
        ),
        (
            "192.168.1.7:16686",
            "http://evil.example",
            StatusCode::FORBIDDEN,
        ),
    ] {
        assert_eq!(ask(host, origin).await, expected, "{host} {origin}");
    }
    assert_eq!(fake.runs(), 0);
    for host in ["192.168.1.7:16686", "localhost:16686"] {
        let origin = format!("http://{host}");
        assert_eq!(ask(host, &origin).await, StatusCode::SEE_OTHER, "{host}");
    }
}
