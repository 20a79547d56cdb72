//! Two traces side by side, as the server writes them: complete without a script.

mod support;

use std::sync::Arc;

use http::StatusCode;
use http::header::LOCATION;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use support::page::{answer, get};
use support::{batch, request, span, store_of, text, trace_id, with, with_kind};
use viewer::store::Store;

/// A request that is served, and a call below it.
fn served(trace: u64) -> Vec<Span> {
    let trace = trace_id(trace);
    vec![
        with_kind(span(trace, 1, 0, "GET /cards"), SpanKind::Server),
        with_kind(span(trace, 2, 1, "SELECT"), SpanKind::Client),
        span(trace, 3, 1, "render"),
    ]
}

fn holding(traces: impl IntoIterator<Item = Vec<Span>>) -> Arc<Store> {
    store_of(&request(
        traces.into_iter().map(|spans| batch("shop", spans)),
    ))
}

fn path(left: u64, right: u64) -> String {
    format!("/compare?left={}&right={}", trace_id(left), trace_id(right))
}

/// The rows as `kind: before | after`, without those of differences.
fn rows(html: &str) -> Vec<String> {
    let word = |row: &str, class: &str| -> Option<String> {
        let (_, rest) = row.split_once(class)?;
        let rest = rest.split_once("</div>").map_or(rest, |(cell, _)| cell);
        let (_, rest) = rest.split_once('>')?;
        let mut text = String::new();
        let mut is_tag = false;
        for c in rest.chars() {
            match c {
                '<' => is_tag = true,
                '>' => is_tag = false,
                c if !is_tag => text.push(c),
                _ => {}
            }
        }
        Some(text.trim().to_owned())
    };
    html.split("<div class=\"pair ")
        .skip(1)
        .map(|row| {
            let (kind, _) = row.split_once('"').expect("the end of the class");
            let mut sides = row.split("<div class=\"side").skip(1);
            let mut side = || {
                let cell = format!("<div class=\"side{}", sides.next().unwrap_or_default());
                word(&cell, "<div class=\"side").unwrap_or_default()
            };
            format!("{kind}: {} | {}", side(), side())
        })
        .collect()
}

#[tokio::test]
async fn another_run_of_the_same_is_the_same() {
    let store = holding([served(1), served(2)]);

    let (status, html) = get(&store, &path(1, 2)).await;

    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("The same</strong>"), "{html}");
    assert_eq!(
        rows(&html),
        [
            "same: shop: GET /cards [server] | shop: GET /cards [server]",
            "same: shop: SELECT [client] | shop: SELECT [client]",
            "same: shop: render | shop: render",
        ]
    );
}

#[tokio::test]
async fn what_a_rule_explains_is_equivalent() {
    let (mut before, mut after) = (served(1), served(2));
    before[1] = with(before[1].clone(), "db.type", text("redis"));
    after[1] = with(after[1].clone(), "db.system.name", text("redis"));
    let store = holding([before, after]);

    let (_, html) = get(&store, &path(1, 2)).await;

    assert!(html.contains("Equivalent</strong>"), "{html}");
    assert!(html.contains("Rule attribute.db.type"), "{html}");
    assert!(
        html.contains("href=\"/guide#tags-logs-references\""),
        "{html}"
    );
    assert_eq!(
        rows(&html)[1],
        "by-rule: shop: SELECT [client] | shop: SELECT [client]"
    );
}

#[tokio::test]
async fn each_kind_of_difference_has_its_word_its_values_and_its_page() {
    let (before, mut after) = (served(1), served(2));
    after[0].kind = SpanKind::Internal as i32;
    after.remove(2);
    after.push(span(trace_id(2), 9, 2, "retry"));
    let store = holding([before, after]);

    let (_, html) = get(&store, &path(1, 2)).await;

    assert!(html.contains("Different</strong>"), "{html}");
    let expected = [
        "changed: shop: GET /cards [server] | shop: GET /cards",
        "same: shop: SELECT [client] | shop: SELECT [client]",
        "added: only after | shop: retry",
        "lost: shop: render | only before",
    ];
    let mut found = rows(&html);
    found.sort();
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(found, expected);
    for part in [
        "<code><bdi>server</bdi></code>",
        "<code><bdi>internal</bdi></code>",
        "href=\"/guide#every-span-is-internal\">Every span is INTERNAL</a>",
        "href=\"/guide/trace-compare#added\">Added</a>",
        "href=\"/guide#the-last-spans-are-missing\">",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    // Each side leads to the details of its own span.
    let (left, right) = (trace_id(1), trace_id(2));
    assert!(html.contains(&format!("href=\"/trace/{left}/span/0000000000000003\"")));
    assert!(html.contains(&format!("href=\"/trace/{right}/span/0000000000000009\"")));
}

#[tokio::test]
async fn a_choice_of_kinds_shows_those_and_what_leads_to_them() {
    let (before, mut after) = (served(1), served(2));
    after.remove(2);
    let store = holding([before, after]);

    let (_, html) = get(&store, &format!("{}&kind=lost", path(1, 2))).await;

    assert_eq!(
        rows(&html),
        [
            "same context: shop: GET /cards [server] | shop: GET /cards [server]",
            "lost: shop: render | only before",
        ]
    );
    let (_, html) = get(&store, &format!("{}&kind=re-parented", path(1, 2))).await;
    assert!(html.contains("No span is of the kinds"), "{html}");
}

#[tokio::test]
async fn many_traces_are_held_against_many_in_groups() {
    let mut slow = served(4);
    slow.remove(1);
    let store = holding([served(1), served(2), served(3), slow]);
    let (one, two) = (trace_id(1), trace_id(2));
    let (three, four) = (trace_id(3), trace_id(4));

    let path = format!("/compare?left={one},{two}&right={three},{four}");
    let (status, html) = get(&store, &path).await;

    assert_eq!(status, StatusCode::OK);
    assert_eq!(html.matches("class=\"group\"").count(), 2, "{html}");
    assert!(html.contains("2 traces</option>"), "{html}");
    assert!(
        rows(&html)
            .iter()
            .any(|row| row == "lost: shop: SELECT [client] | only before"),
        "{html}"
    );
}

#[tokio::test]
async fn two_ticks_lead_to_the_comparison_with_the_older_one_first() {
    let store = holding([served(1), served(2)]);
    let (old, new) = (trace_id(1), trace_id(2));

    let response = answer(&store, &format!("/compare?trace={new}&trace={old}")).await;

    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], path(1, 2));
    let (_, list) = get(&store, "/").await;
    assert_eq!(list.matches("name=\"trace\"").count(), 2);
    let (_, trace) = get(&store, &format!("/trace/{old}")).await;
    assert!(trace.contains(&format!("href=\"/compare?left={old}\"")));
}

#[tokio::test]
async fn a_side_that_is_missing_is_chosen_from_what_begins_alike() {
    let other = vec![span(trace_id(3), 1, 0, "nightly")];
    let store = holding([served(1), served(2), other]);

    let (status, html) = get(&store, &format!("/compare?left={}", trace_id(1))).await;

    assert_eq!(status, StatusCode::OK);
    let (_, right) = html.split_once("name=\"right\"").expect("a second select");
    let alike = right.find("Of the same operation").expect("a group");
    let (two, three) = (trace_id(2).to_string(), trace_id(3).to_string());
    let (two, three) = (
        right.find(&two).expect("it"),
        right.find(&three).expect("it"),
    );
    assert!(alike < two && two < three, "{right}");
}

#[tokio::test]
async fn what_cannot_be_compared_says_why() {
    let store = holding([served(1)]);
    let (here, gone) = (trace_id(1), trace_id(2));

    for (path, status, reason) in [
        (
            format!("/compare?left={here}&right={gone}"),
            404,
            "is not held",
        ),
        (
            format!("/compare?left={here}&right=xyz"),
            400,
            "This is none: xyz",
        ),
        (format!("/compare?trace={here}"), 400, "Tick two traces"),
        ("/compare?left=%ff".to_owned(), 400, "hexadecimal"),
    ] {
        let (found, html) = get(&store, &path).await;

        assert_eq!(found.as_u16(), status, "{path}");
        assert!(html.contains(reason), "{path}: {html}");
        assert!(html.contains("role=\"alert\""), "{path}");
    }
}

#[tokio::test]
async fn more_spans_than_are_compared_at_once_are_refused() {
    let trace = trace_id(1);
    let many = (1..=30_001).map(|id| span(trace, id, 0, "x"));
    let store = holding([many.collect::<Vec<_>>()]);

    let (status, html) = get(&store, &path(1, 1)).await;

    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(html.contains("60002 spans"), "{html}");
}

#[tokio::test]
async fn more_bytes_than_are_compared_at_once_are_refused() {
    let (one, other) = (trace_id(1), trace_id(2));
    let large = |id| with(span(one, id, 0, "x"), "page", text(&"x".repeat(1 << 20)));
    let store = holding([(1..=33).map(large).collect(), vec![span(other, 1, 0, "x")]]);

    for (left, right) in [(1, 2), (2, 1)] {
        let (status, html) = get(&store, &path(left, right)).await;

        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(html.contains("more than 32 MiB"), "{html}");
    }
}

#[tokio::test]
async fn as_many_traces_as_are_compared_at_once_can_be_asked_for_by_their_ids() {
    let viewer = viewer::Viewer::builder().start().await.expect("free ports");
    let ids = |from: u64, count: u64| {
        let ids: Vec<String> = (from..from + count)
            .map(|id| trace_id(id).to_string())
            .collect();
        ids.join(",")
    };
    let ask = async |count| {
        let (left, right) = (ids(1, count), ids(10_000, count));
        let kinds = "kind=lost&kind=added&kind=changed&kind=reparented&kind=rule&kind=same";
        let path = format!("/compare?left={left}&right={right}&{kinds}&from=250");
        let response = support::get(&format!("{}{path}", viewer.query_url())).await;
        let html = String::from_utf8_lossy(response.body()).into_owned();
        (response.status(), html)
    };

    let (status, html) = ask(500).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{html}");
    assert!(html.contains("is not held"), "{html}");
    let (status, html) = ask(501).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{html}");
    assert!(html.contains("At most 500 traces"), "{html}");
}

#[tokio::test]
async fn a_large_comparison_comes_in_chunks_that_lead_on() {
    let large = |trace: u64| {
        let trace = trace_id(trace);
        let below = (2..=600).map(move |id| span(trace, id, 1, &format!("step {id}")));
        let mut spans = vec![span(trace, 1, 0, "import")];
        spans.extend(below);
        spans
    };
    let store = holding([large(1), large(2)]);

    let (mut link, mut seen, mut chunks) = (path(1, 2), 0, 0);
    loop {
        let (status, html) = get(&store, &link).await;
        assert_eq!(status, StatusCode::OK, "{link}");
        seen += rows(&html).len();
        chunks += 1;
        let Some((_, more)) = html.split_once("id=\"more\" rel=\"next\" href=\"") else {
            break;
        };
        let (next, _) = more.split_once('"').expect("the end of an address");
        link = next.replace("&amp;", "&");
    }

    assert_eq!((seen, chunks), (600, 3));
}

#[tokio::test]
async fn a_span_that_comes_late_makes_a_new_comparison() {
    use prost::Message as _;
    use viewer::intake::{Intake, Signal};

    let store = holding([served(1), served(2)]);
    let (_, html) = get(&store, &path(1, 2)).await;
    assert!(html.contains("The same</strong>"));

    let late = request([batch("shop", [span(trace_id(2), 7, 1, "late")])]);
    Intake::new(Arc::clone(&store))
        .accept(Signal::Traces, late.encode_to_vec().into())
        .expect("a request");

    let (_, html) = get(&store, &path(1, 2)).await;
    assert!(html.contains("Different</strong>"), "{html}");
}

#[tokio::test]
async fn the_guide_is_part_of_the_page() {
    let store = holding([]);

    let (status, html) = get(&store, "/guide").await;

    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("id=\"every-span-is-internal\""), "{html}");
    assert!(!html.contains("style=\""), "a style that the policy stops");
    for (path, expected) in [
        ("/guide/trace-compare", StatusCode::OK),
        ("/guide/mistakes", StatusCode::OK),
        ("/guide/other", StatusCode::NOT_FOUND),
        ("/guide/../Cargo.toml", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(get(&store, path).await.0, expected, "{path}");
    }
}

#[tokio::test]
async fn rules_of_ones_own_explain_differences_too() {
    use prost::Message as _;
    use viewer::Viewer;
    use viewer::intake::{Intake, Signal};

    let own = "[attribute.tier]\nto = \"shop.tier\"\npage = \"our-wiki/<b>.md\"\n";
    let rules = compare::Rules::builtin().with("own", own).expect("rules");
    let viewer = Viewer::builder().rules(rules).start().await;
    let viewer = viewer.expect("free ports");
    let (mut before, mut after) = (served(1), served(2));
    before[0] = with(before[0].clone(), "tier", text("gold"));
    after[0] = with(after[0].clone(), "shop.tier", text("gold"));
    let spans = request([batch("shop", before), batch("shop", after)]);
    Intake::new(Arc::clone(viewer.store()))
        .accept(Signal::Traces, spans.encode_to_vec().into())
        .expect("a request");

    let page = support::get(&format!("{}{}", viewer.query_url(), path(1, 2))).await;

    let html = String::from_utf8_lossy(page.body()).into_owned();
    assert!(html.contains("Equivalent</strong>"), "{html}");
    assert!(html.contains("Rule attribute.tier"), "{html}");
    assert!(html.contains("See our-wiki/&lt;b&gt;.md"), "{html}");
}
