//! How the page is sent: with a policy for the browser, with all that it names, and again only when it changed.

mod support;

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode, header};
use support::page::{answer, get, html_of};
use support::{batch, request, span, store_of, trace_id};
use tower::ServiceExt as _;
use viewer::store::Store;

fn shop() -> Arc<Store> {
    store_of(&request([batch(
        "shop",
        [span(trace_id(1), 1, 0, "order")],
    )]))
}

#[tokio::test]
async fn the_browser_is_told_to_run_nothing_from_elsewhere() {
    let store = shop();

    for path in [
        "/",
        "/?min=x",
        "/trace/77",
        &format!("/trace/{}", trace_id(1)),
    ] {
        let response = answer(&store, path).await;

        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("text")
            .to_owned();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(
            response.headers()[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff"
        );
        let html = html_of(response).await;
        assert!(
            !html.contains(" style=") && !html.contains("<style"),
            "{html}"
        );
        assert!(
            !html.contains("http://") && !html.contains("https://"),
            "{html}"
        );
    }
}

#[tokio::test]
async fn every_asset_that_a_page_names_is_served() {
    let store = shop();
    let (_, html) = get(&store, "/").await;
    let script = include_str!("../src/page/assets/page.js");
    let named = html
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .map(str::to_owned);
    let imported = script
        .split('"')
        .filter_map(|part| Some(format!("/assets/{}", part.strip_prefix("./")?)));

    let assets: Vec<String> = named.chain(imported).collect();

    assert_eq!(assets.len(), 6, "{assets:?}");
    for asset in assets {
        let response = answer(&store, &asset).await;
        assert_eq!(response.status(), StatusCode::OK, "{asset}");
        let kind = response.headers()[header::CONTENT_TYPE]
            .to_str()
            .expect("text")
            .to_owned();
        let ending = asset.rsplit('.').next().expect("an ending");
        let expected = [
            ("css", "text/css"),
            ("js", "text/javascript"),
            ("svg", "image/svg"),
        ];
        assert!(
            expected
                .iter()
                .any(|(end, start)| *end == ending && kind.starts_with(start)),
            "{asset}: {kind}"
        );
    }
}

#[tokio::test]
async fn a_page_is_sent_again_only_when_it_changed() {
    let (export, other) = (
        request([batch("a", [span(trace_id(1), 1, 0, "one")])]),
        request([batch("a", [span(trace_id(2), 1, 0, "two")])]),
    );
    let store = store_of(&export);
    let router = viewer::page::router(Arc::clone(&store));
    let ask = async |path: &str, tag: Option<&header::HeaderValue>| {
        let mut request = Request::get(path);
        if let Some(tag) = tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        let request = request.body(Body::empty()).expect("a request");
        router.clone().oneshot(request).await.expect("an answer")
    };
    let trace = format!("/trace/{}", trace_id(1));
    let list_tag = ask("/", None).await.headers()[header::ETAG].clone();
    let trace_tag = ask(&trace, None).await.headers()[header::ETAG].clone();

    assert_eq!(
        ask("/", Some(&list_tag)).await.status(),
        StatusCode::NOT_MODIFIED
    );
    assert_eq!(
        ask(&trace, Some(&trace_tag)).await.status(),
        StatusCode::NOT_MODIFIED
    );
    accept(&store, &other);

    assert_eq!(ask("/", Some(&list_tag)).await.status(), StatusCode::OK);
    // Another trace's spans are no change of this one.
    assert_eq!(
        ask(&trace, Some(&trace_tag)).await.status(),
        StatusCode::NOT_MODIFIED
    );
}

#[tokio::test]
async fn a_span_that_is_refused_changes_the_list_which_counts_it() {
    let store = shop();
    let tag = async || answer(&store, "/").await.headers()[header::ETAG].clone();
    let before = tag().await;
    let mut invalid = span(trace_id(2), 1, 0, "x");
    invalid.span_id = vec![0; 8];

    accept(&store, &request([batch("shop", [invalid])]));

    let (_, html) = get(&store, "/").await;
    assert!(html.contains("1 were refused"), "{html}");
    assert_ne!(before, tag().await);
}

fn accept(
    store: &Arc<Store>,
    export: &opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest,
) {
    use prost::Message as _;

    viewer::intake::Intake::new(Arc::clone(store))
        .accept(
            viewer::intake::Signal::Traces,
            export.encode_to_vec().into(),
        )
        .expect("a request");
}
