//! Two stages side by side, as the server writes them: complete without a script and without a source tree.

mod support;

use std::sync::Arc;

use http::{StatusCode, header};
use support::page::{answer, get, html_of};
use viewer::store::{Limits, Store};

fn store() -> Arc<Store> {
    Arc::new(Store::new(Limits::default()))
}

/// The texts between `<ins>` and `</ins>`.
fn marked(html: &str) -> Vec<&str> {
    let parts = html.split("<ins>").skip(1);
    let parts = parts.map(|rest| rest.split("</ins>").next().unwrap_or(rest));
    // The first explains the mark.
    parts.skip(1).collect()
}

#[tokio::test]
async fn what_a_stage_adds_is_marked_and_bare_has_no_mark() {
    let store = store();

    let (status, html) = get(&store, "/stages?left=bare&right=shim&service=auth").await;

    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("<code>fn issue_code</code>"), "{html}");
    assert!(marked(&html).len() > 20, "{html}");
    let words = [
        "telemetry: &amp;Telemetry",
        "inject_message(&amp;span)",
        "opentracing_shim",
    ];
    for word in words {
        assert!(
            marked(&html).iter().any(|text| text.contains(word)),
            "{word}"
        );
    }
    // Business stands on both sides, and is no addition on either.
    let call = "let call = app.auth.";
    assert!(!marked(&html).iter().any(|text| text.contains(call)));
    let (_, bare) = get(&store, "/stages?left=bare&right=bare&service=auth").await;
    assert_eq!(marked(&bare).len(), 0, "{bare}");
}

#[tokio::test]
async fn each_service_and_stage_can_be_chosen() {
    let store = store();

    for service in ["api", "auth", "sms"] {
        for stage in ["bare", "legacy", "dropin", "shim", "mixed", "native"] {
            let path = format!("/stages?left={stage}&right=native&service={service}");
            let (status, html) = get(&store, &path).await;

            assert_eq!(status, StatusCode::OK, "{path}");
            let chosen = format!("<option value=\"{stage}\" selected>");
            assert!(html.contains(&chosen), "{path}: {html}");
            let tab = format!(
                "<a href=\"/stages?left={stage}&amp;right=native&amp;service={service}\" aria-current=\"true\">"
            );
            assert!(html.contains(&tab), "{path}: {html}");
            assert!(html.contains("<table class=\"code\">"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_another_stages_says_so() {
    let (_, html) = get(&store(), "/stages?left=legacy&right=dropin&service=sms").await;

    assert!(
        html.contains("takes legacy’s <code>sms.rs</code> by <code>#[path]</code>"),
        "{html}"
    );
    // Its code is there all the same, and the manifests differ in the two lines that make the difference.
    assert!(!html.contains("class=\"none\""), "{html}");
    assert!(html.contains("rustracing.workspace = true"), "{html}");
    assert!(
        html.contains("legacy’s <code>telemetry.rs</code>"),
        "{html}"
    );
}

#[tokio::test]
async fn every_stage_is_a_row_of_numbers() {
    let (_, html) = get(&store(), "/stages").await;
    let rows = grid::summary::rows(&grid::Sources::embedded()).expect("the stages only add");

    assert_eq!(rows.len(), 5);
    for row in rows {
        let numbers = [row.setup_lines, row.flow_lines].into_iter();
        let numbers = numbers.chain(row.tokens).chain([0]);
        let cells = numbers.map(|number| format!("<td class=\"number\">{number}</td>"));
        let cells = cells.collect::<String>();
        let link = format!("right={}&amp;service=api", row.stage);
        let shown = html.split("<tr").skip(1).find(|row| row.contains(&link));
        assert!(shown.is_some_and(|shown| shown.contains(&cells)), "{row:?}");
    }
}

#[tokio::test]
async fn what_is_no_stage_or_service_is_refused_with_those_that_there_are() {
    for query in ["left=nativ", "right=", "service=web", "left=%3Cb%3E"] {
        let (status, html) = get(&store(), &format!("/stages?{query}")).await;

        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(
            html.contains("bare, legacy, dropin, shim, mixed, native"),
            "{html}"
        );
        assert!(!html.contains("<b>"), "{html}");
    }
}

#[tokio::test]
async fn without_a_runner_there_is_no_button() {
    let store = store();

    for path in ["/stages", "/fleet"] {
        let (status, html) = get(&store, path).await;

        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(!html.contains("method=\"post\""), "{path}: {html}");
    }
    let (_, fleet) = get(&store, "/fleet").await;
    assert!(fleet.contains("<code>cargo run</code>"), "{fleet}");
}

#[tokio::test]
async fn the_page_is_sent_once_and_its_assets_are_served() {
    let store = store();

    let response = answer(&store, "/stages").await;

    assert!(response.headers().contains_key(header::ETAG));
    let html = html_of(response).await;
    for asset in ["/assets/stages.css", "/assets/stages.js"] {
        assert!(html.contains(asset), "{html}");
        assert_eq!(answer(&store, asset).await.status(), StatusCode::OK);
    }
    assert!(
        !html.contains(" style=") && !html.contains("http://"),
        "{html}"
    );
}
