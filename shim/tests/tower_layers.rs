//! The layers around services made for the test: what a span says, when it ends, how far callers are trusted.

mod support;

use std::convert::Infallible;
use std::future::{pending, ready};
use std::panic::AssertUnwindSafe;

use axum::body::{Body, Bytes};
use futures::{FutureExt, StreamExt, stream};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt, StreamBody};
use opentelemetry::trace::Status;
use opentracing_shim::tower::{Client, ClientLayer, Incoming, Server, ServerLayer, names};
use opentracing_shim::{Span, SpanFuture, Tracer};
use support::{PARENT, Recorder, SAMPLED, TRACE, attribute, is_child_of, is_root, links};
use tower::{Layer, Service, ServiceExt, service_fn};

type Answer = Result<Response<Body>, Infallible>;

fn answer(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer
}

fn request() -> Request<Body> {
    Request::get("/users/7?token=secret")
        .body(Body::empty())
        .expect("a valid request")
}

fn stranger_request() -> Request<Body> {
    let mut request = request();
    let [(name, value)] = SAMPLED;
    let headers = request.headers_mut();
    headers.insert(name, value.parse().expect("a valid header"));
    headers.insert("baggage", "tenant=t1".parse().expect("a valid header"));
    request
}

fn server<S>(recorder: &Recorder, service: S) -> Server<S> {
    ServerLayer::new(recorder.tracer.clone()).layer(service)
}

fn client<S>(recorder: &Recorder, service: S) -> Client<S> {
    ClientLayer::new(recorder.tracer.clone()).layer(service)
}

/// A service that answers at once.
fn answering(
    status: StatusCode,
) -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone {
    service_fn(move |_| ready(Answer::Ok(answer(status, Body::empty()))))
}

fn frames(frames: Vec<Result<Frame<Bytes>, &'static str>>) -> Response<Body> {
    Response::new(Body::new(StreamBody::new(stream::iter(frames))))
}

fn trailers(status: &str) -> HeaderMap {
    HeaderMap::from_iter([(
        "grpc-status".parse().expect("a valid name"),
        status.parse().expect("a valid value"),
    )])
}

fn is_error(recorder: &Recorder) -> bool {
    matches!(recorder.span().status, Status::Error { .. })
}

#[tokio::test]
async fn a_server_span_names_method_and_status_and_no_path() {
    let recorder = Recorder::new();

    let served = server(&recorder, answering(StatusCode::CREATED)).oneshot(request());
    drop(served.await);

    let span = recorder.span();
    assert_eq!(span.name, "GET");
    assert_eq!(attribute(&span, "span.kind"), ["server".into()]);
    assert_eq!(attribute(&span, "http.method"), ["GET".into()]);
    assert_eq!(attribute(&span, "http.status_code"), [201.into()]);
    assert_eq!(span.status, Status::Unset);
    let text = format!("{span:?}");
    assert!(!text.contains("secret") && !text.contains("/users"));
}

#[tokio::test]
async fn a_method_that_a_caller_made_up_is_no_name() {
    let recorder = Recorder::new();
    let mut request = request();
    *request.method_mut() = "MADE-UP".parse().expect("a valid method");

    drop(
        server(&recorder, answering(StatusCode::OK))
            .oneshot(request)
            .await,
    );

    let span = recorder.span();
    assert_eq!(span.name, "_OTHER");
    assert_eq!(attribute(&span, "http.method"), ["_OTHER".into()]);
}

#[tokio::test]
async fn names_are_the_callers_choice() {
    let recorder = Recorder::new();
    let layer = ServerLayer::new(recorder.tracer.clone())
        .operation_name(|request: &http::request::Parts| format!("{} it", names::method(request)));

    drop(
        layer
            .layer(answering(StatusCode::OK))
            .oneshot(request())
            .await,
    );

    assert_eq!(recorder.span().name, "GET it");
}

#[tokio::test]
async fn a_trusted_caller_is_continued_with_its_baggage() {
    let recorder = Recorder::new();
    let tracer = recorder.tracer.clone();
    let service = service_fn(move |_: Request<Body>| {
        let tenant = active(&tracer).baggage_item("tenant");
        ready(Answer::Ok(answer(
            StatusCode::OK,
            tenant.unwrap_or_default(),
        )))
    });

    let served = server(&recorder, service).oneshot(stranger_request()).await;
    let body = collect(served.expect("it does not fail")).await;

    assert_eq!(body, "t1");
    let span = recorder.span();
    assert_eq!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id.to_string(), PARENT);
}

#[tokio::test]
async fn a_strangers_trace_becomes_a_link_if_so_chosen() {
    let recorder = Recorder::new();
    let tracer = recorder.tracer.clone();
    let service = service_fn(move |_: Request<Body>| {
        assert_eq!(active(&tracer).baggage_item("tenant"), None);
        ready(Answer::Ok(answer(StatusCode::OK, Body::empty())))
    });
    let layer = ServerLayer::new(recorder.tracer.clone()).incoming(Incoming::Link);

    drop(layer.layer(service).oneshot(stranger_request()).await);

    let span = recorder.span();
    assert!(is_root(&span));
    assert_ne!(span.span_context.trace_id().to_string(), TRACE);
    let [(kind, id)] = &links(&span)[..] else {
        panic!("one link was expected: {span:?}");
    };
    assert_eq!(
        (kind.as_str(), id.to_string().as_str()),
        ("follows_from", PARENT)
    );
}

#[tokio::test]
async fn a_strangers_trace_is_ignored_if_so_chosen() {
    let recorder = Recorder::new();
    let layer = ServerLayer::new(recorder.tracer.clone()).incoming(Incoming::Ignore);

    drop(
        layer
            .layer(answering(StatusCode::OK))
            .oneshot(stranger_request())
            .await,
    );

    let span = recorder.span();
    assert!(is_root(&span) && links(&span).is_empty());
    assert_ne!(span.span_context.trace_id().to_string(), TRACE);
}

#[tokio::test]
async fn headers_that_cannot_be_read_fail_no_request_and_are_logged() {
    let recorder = Recorder::new();
    let mut request = request();
    let nonsense = "nonsense".parse().expect("a valid header");
    request.headers_mut().insert("traceparent", nonsense);

    let served = server(&recorder, answering(StatusCode::OK)).oneshot(request);

    assert_eq!(served.await.expect("it does not fail").status(), 200);
    let span = recorder.span();
    assert!(is_root(&span));
    assert_eq!(span.events.events[0].name, "context refused");
    assert_eq!(span.status, Status::Unset);
}

#[tokio::test]
async fn what_is_active_around_a_server_is_not_its_parent() {
    let recorder = Recorder::new();
    let around = recorder.tracer.build_span("around").start();

    let served = server(&recorder, answering(StatusCode::OK)).oneshot(request());
    drop(served.in_span(&around).await);

    assert!(is_root(&recorder.span()));
}

#[tokio::test]
async fn servers_fail_from_500_on_and_clients_from_400_on() {
    for (status, fails_server, fails_client) in
        [(302, false, false), (404, false, true), (503, true, true)]
    {
        let status = StatusCode::from_u16(status).expect("a valid status");

        let served = Recorder::new();
        drop(server(&served, answering(status)).oneshot(request()).await);
        let sent = Recorder::new();
        drop(client(&sent, answering(status)).oneshot(request()).await);

        assert_eq!(
            (is_error(&served), is_error(&sent)),
            (fails_server, fails_client),
            "{status}"
        );
    }
}

#[tokio::test]
async fn grpc_status_comes_from_trailers_or_headers() {
    for (status, fails_server, fails_client) in
        [("0", false, false), ("5", false, true), ("14", true, true)]
    {
        let in_trailers = service_fn(move |_: Request<Body>| {
            let data = Frame::data(Bytes::from_static(b"message"));
            let body = vec![Ok(data), Ok(Frame::trailers(trailers(status)))];
            ready(Answer::Ok(frames(body)))
        });
        let in_headers = service_fn(move |_: Request<Body>| {
            let mut answer = Response::new(Body::empty());
            answer.headers_mut().extend(trailers(status));
            ready(Answer::Ok(answer))
        });
        let code = i64::from(status.parse::<u16>().expect("a number"));

        let served = Recorder::new();
        let answer = server(&served, in_trailers).oneshot(request()).await;
        collect(answer.expect("it does not fail")).await;
        let sent = Recorder::new();
        drop(client(&sent, in_headers).oneshot(request()).await);

        for (recorder, fails) in [(served, fails_server), (sent, fails_client)] {
            let span = recorder.span();
            assert_eq!(attribute(&span, "rpc.grpc.status_code"), [code.into()]);
            assert_eq!(is_error(&recorder), fails, "{status}");
        }
    }
}

#[tokio::test]
async fn the_span_ends_with_the_body_which_is_written_inside_it() {
    let recorder = Recorder::new();
    let tracer = recorder.tracer.clone();
    let service = service_fn(move |_: Request<Body>| {
        let tracer = tracer.clone();
        let chunks = stream::iter(["a", "b"]).map(move |chunk| {
            tracer.build_span(chunk).start().finish();
            Ok::<_, Infallible>(chunk)
        });
        ready(Answer::Ok(Response::new(Body::from_stream(chunks))))
    });

    let served = server(&recorder, service).oneshot(request()).await;
    let served = served.expect("it does not fail");
    assert!(recorder.spans().is_empty());
    assert_eq!(collect(served).await, "ab");

    let names: Vec<_> = recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["a", "b", "GET"]);
    assert!(is_child_of(&recorder.named("b"), &recorder.named("GET")));
}

#[tokio::test]
async fn a_body_of_known_length_ends_the_span_with_its_last_byte() {
    let recorder = Recorder::new();
    let service =
        service_fn(|_: Request<Body>| ready(Answer::Ok(Response::new(Body::from("abc")))));

    let served = server(&recorder, service).oneshot(request()).await;
    let mut body = served.expect("it does not fail").into_body();
    assert_eq!(body.size_hint().exact(), Some(3));
    let frame = body.frame().await;

    assert!(frame.is_some_and(|frame| frame.is_ok()));
    assert_eq!(recorder.span().name, "GET", "though nobody asked for more");
    drop(body);
    assert_eq!(recorder.spans().len(), 1);
}

#[tokio::test]
async fn a_body_that_is_dropped_ends_the_span_and_is_no_failure() {
    let recorder = Recorder::new();
    let endless = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let service = service_fn(move |_: Request<Body>| ready(Answer::Ok(Response::new(endless()))));

    let served = server(&recorder, service).oneshot(request()).await;
    drop(served);

    assert_eq!(recorder.span().status, Status::Unset);
}

#[tokio::test]
async fn a_body_that_fails_fails_the_span() {
    let recorder = Recorder::new();
    let service = service_fn(|_: Request<Body>| ready(Answer::Ok(frames(vec![Err("gone")]))));

    let served = client(&recorder, service).oneshot(request()).await;
    let body = served.expect("it does not fail").into_body();

    assert!(body.collect().await.is_err());
    assert!(is_error(&recorder));
}

#[tokio::test]
async fn an_error_is_told_by_its_type_and_not_its_text() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "errors do quote such things")]
    struct Refused(&'static str);
    let recorder = Recorder::new();
    let service =
        service_fn(|_: Request<Body>| ready(Err::<Response<Body>, _>(Refused("?token=secret"))));

    let sent = client(&recorder, service).oneshot(request()).await;

    assert!(sent.is_err());
    let span = recorder.span();
    assert!(is_error(&recorder));
    let text = format!("{:?}", span.events);
    assert!(text.contains("Refused") && !text.contains("secret"));
}

#[tokio::test]
async fn a_request_that_is_dropped_before_its_answer_is_canceled_and_no_failure() {
    let recorder = Recorder::new();
    let service = service_fn(|_: Request<Body>| pending::<Answer>());

    let served = server(&recorder, service).oneshot(request()).now_or_never();

    assert!(served.is_none());
    let span = recorder.span();
    assert_eq!(span.events.events[0].name, "canceled");
    assert_eq!(span.status, Status::Unset);
}

#[tokio::test]
async fn a_panic_before_there_is_a_future_fails_the_span() {
    let recorder = Recorder::new();
    let service =
        service_fn(|_: Request<Body>| -> std::future::Ready<Answer> { panic!("on purpose") });

    let served = AssertUnwindSafe(server(&recorder, service).oneshot(request()));

    assert!(served.catch_unwind().await.is_err());
    assert_panicked(&recorder);
}

#[tokio::test]
async fn a_panic_fails_the_span_also_where_it_is_caught_before_the_drop() {
    let recorder = Recorder::new();
    let service = service_fn(|_: Request<Body>| async { panic!("on purpose") as Answer });
    let mut served = Box::pin(server(&recorder, service).oneshot(request()));

    let outcome = AssertUnwindSafe(served.as_mut()).catch_unwind().await;
    assert!(outcome.is_err() && recorder.spans().is_empty());
    drop(served);

    assert_panicked(&recorder);
}

fn assert_panicked(recorder: &Recorder) {
    assert!(is_error(recorder));
    let span = recorder.span();
    assert_eq!(span.events.events.len(), 1);
    assert!(format!("{:?}", span.events).contains("panic"));
    assert!(recorder.tracer.active_span().is_none());
}

#[tokio::test]
async fn a_client_span_is_below_the_active_one_and_goes_with_the_request() {
    let recorder = Recorder::new();
    let service = service_fn(|request: Request<Body>| {
        assert_eq!(request.headers()["baggage"], "tenant=t1");
        let sent = request.headers()["traceparent"].to_str().expect("text");
        ready(Answer::Ok(answer(StatusCode::OK, sent.to_owned())))
    });
    let mut request = stranger_request();
    *request.uri_mut() = "https://user:secret@example.com:8443/users/7?token=secret"
        .parse()
        .expect("a valid URI");
    let around = recorder.tracer.build_span("around").start();
    around.set_baggage_item("tenant", "t1");

    let sent = client(&recorder, service).oneshot(request).in_span(&around);
    let header = collect(sent.await.expect("it does not fail")).await;
    around.finish();

    let span = recorder.named("GET");
    assert!(is_child_of(&span, &recorder.named("around")));
    assert!(
        header.contains(&span.span_context.span_id().to_string()),
        "not the old header"
    );
    assert_eq!(attribute(&span, "span.kind"), ["client".into()]);
    assert_eq!(attribute(&span, "peer.hostname"), ["example.com".into()]);
    assert_eq!(attribute(&span, "peer.port"), [8443.into()]);
    let text = format!("{span:?}");
    assert!(!text.contains("secret") && !text.contains("/users"));
}

#[tokio::test]
async fn baggage_that_no_header_holds_fails_no_request_and_is_logged() {
    let recorder = Recorder::new();
    let around = recorder.tracer.build_span("around").start();
    around.set_baggage_item("a key with blanks", "1");

    let sent = client(&recorder, answering(StatusCode::OK)).oneshot(request());
    drop(sent.in_span(&around).await.expect("it does not fail"));

    assert_eq!(recorder.span().events.events[0].name, "context incomplete");
}

#[test]
fn grpc_methods_are_named_by_their_path() {
    let request = Request::post("http://localhost/greet.v1.Greeter/Hello").body(());
    let (request, ()) = request.expect("a valid request").into_parts();

    assert_eq!(names::grpc_method(&request), "greet.v1.Greeter/Hello");
}

#[tokio::test]
async fn the_noop_tracer_changes_nothing() {
    let layers = (
        ServerLayer::new(Tracer::noop()),
        ClientLayer::new(Tracer::noop()),
    );
    let service = service_fn(|request: Request<Body>| {
        assert_eq!(request.headers()["traceparent"], SAMPLED[0].1);
        ready(Answer::Ok(Response::new(Body::from("abc"))))
    });

    let served = layers.layer(service).oneshot(stranger_request()).await;

    assert_eq!(collect(served.expect("it does not fail")).await, "abc");
}

fn active(tracer: &Tracer) -> Span {
    tracer.active_span().expect("the span of the request")
}

async fn collect(
    answer: Response<impl http_body::Body<Data = Bytes, Error: std::fmt::Debug>>,
) -> String {
    let body = answer.into_body().collect().await.expect("it can be read");
    String::from_utf8(body.to_bytes().into()).expect("it is text")
}
