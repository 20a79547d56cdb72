//! The page as the server writes it: complete without a script, and nothing of a trace is markup in it.

mod support;

use std::sync::Arc;

use http::StatusCode;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use support::page::get;
use support::{MILLI, at, attribute, batch, failed, request, span, store_of, text, trace_id, with};
use viewer::store::{Limits, Store};

fn holding(services: &[(&str, &[Span])]) -> Arc<Store> {
    let batches = services.iter();
    store_of(&request(
        batches.map(|(service, spans)| batch(service, spans.to_vec())),
    ))
}

/// Three traces: a login that failed, one that did not, and a slow report.
fn shop() -> Arc<Store> {
    let (first, second, third) = (trace_id(1), trace_id(2), trace_id(3));
    holding(&[
        (
            "api",
            &[
                at(span(first, 1, 0, "POST /login"), 0, 20),
                with(
                    at(span(second, 1, 0, "POST /login"), 0, 30),
                    "user.name",
                    text("two words"),
                ),
            ],
        ),
        (
            "auth",
            &[
                failed(at(span(first, 2, 1, "check"), 5, 10), "no such code"),
                at(span(second, 2, 1, "check"), 5, 10),
            ],
        ),
        ("report", &[at(span(third, 1, 0, "nightly"), 0, 5_000)]),
    ])
}

/// The numbers of the traces that are listed, in order.
fn listed(html: &str) -> Vec<u32> {
    html.split("id=\"t-")
        .skip(1)
        .map(|row| u32::from_str_radix(&row[28..32], 16).expect("the end of an id"))
        .collect()
}

#[tokio::test]
async fn all_traces_are_listed_the_newest_first() {
    let (status, html) = get(&shop(), "/").await;

    assert_eq!(status, StatusCode::OK);
    assert_eq!(listed(&html), [3, 2, 1]);
    assert!(html.contains("<strong>3 traces</strong>"), "{html}");
    assert!(html.contains("1 error</span>"), "{html}");
}

#[tokio::test]
async fn each_field_of_the_search_narrows_the_list() {
    let store = shop();

    for (query, expected) in [
        ("service=auth", &[2, 1][..]),
        ("service=report", &[3]),
        ("operation=nightly", &[3]),
        ("tags=user.name%3D%22two+words%22", &[2]),
        ("tags=user.name%3Dother", &[]),
        ("errors=true", &[1]),
        ("min=1s", &[3]),
        ("min=25ms&max=40ms", &[2]),
        ("service=api&errors=true", &[]),
        ("service=auth&errors=true&max=1+s", &[1]),
        ("service=&operation=&tags=&min=&max=", &[3, 2, 1]),
    ] {
        let (status, html) = get(&store, &format!("/?{query}")).await;

        assert_eq!(status, StatusCode::OK, "{query}");
        assert_eq!(listed(&html), expected, "{query}");
    }
}

#[tokio::test]
async fn a_range_of_time_narrows_the_list() {
    let (first, second) = (trace_id(1), trace_id(2));
    let store = holding(&[(
        "api",
        &[
            at(span(first, 1, 0, "early"), 0, 20),
            at(span(second, 1, 0, "late"), 5_000, 20),
        ],
    )]);

    for (query, expected) in [
        ("from=2026-05-28T20:26:40", &[2, 1][..]),
        ("from=2026-05-28T20:26:42", &[2]),
        ("to=2026-05-28+20:26:42", &[1]),
        ("from=2026-05-28T20:26:41&to=2026-05-28T20:26:44.5Z", &[]),
        ("from=2026-05-28T20:26:41&operation=late", &[2]),
        ("last=&from=&to=", &[2, 1]),
    ] {
        let (status, html) = get(&store, &format!("/?{query}")).await;

        assert_eq!(status, StatusCode::OK, "{query}");
        assert_eq!(listed(&html), expected, "{query}");
    }
}

#[tokio::test]
async fn the_last_minutes_are_those_before_now() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = u64::try_from(now.expect("after 1970").as_nanos()).expect("before 2554");
    let ago = |trace: u64, minutes: u64| {
        let mut span = span(trace_id(trace), 1, 0, "x");
        span.start_time_unix_nano = now - minutes * 60_000 * MILLI;
        span.end_time_unix_nano = span.start_time_unix_nano + MILLI;
        span
    };
    let store = holding(&[("api", &[ago(1, 90), ago(2, 10), ago(3, 0)])]);

    for (minutes, expected) in [("1", &[3][..]), ("15", &[3, 2]), ("1440", &[3, 2, 1])] {
        let (_, html) = get(&store, &format!("/?last={minutes}")).await;

        assert_eq!(listed(&html), expected, "{minutes}");
    }
    let (status, html) = get(&store, "/?last=soon&from=now").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(html.contains("Choose a number of minutes"), "{html}");
    assert!(html.contains("Write a day and a time in UTC"), "{html}");
}

#[tokio::test]
async fn a_trace_tells_what_looks_wrong_in_it() {
    let trace = trace_id(1);
    let orphan = span(trace, 3, 77, "check");
    let store = holding(&[
        ("api", &[at(span(trace, 1, 0, "POST /login"), 0, 20)]),
        ("auth", &[orphan]),
    ]);

    let (_, html) = get(&store, &format!("/trace/{trace}")).await;

    for part in [
        "What looks wrong",
        "orphan-span",
        "auth: check",
        "href=\"/guide#",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let healthy = holding(&[("api", &[span(trace, 1, 0, "x"), span(trace, 2, 1, "y")])]);
    let (_, html) = get(&healthy, &format!("/trace/{trace}")).await;
    assert!(!html.contains("What looks wrong"), "{html}");
}

#[tokio::test]
async fn a_trace_that_is_too_large_to_be_examined_says_so() {
    let trace = trace_id(1);
    let many: Vec<_> = (1..=2_001).map(|id| span(trace, id, 77_777, "x")).collect();
    let large: Vec<_> = (1..=5)
        .map(|id| {
            let text = support::text(&"x".repeat(1 << 20));
            support::with(span(trace, id, 77, "x"), "page", text)
        })
        .collect();

    for (spans, count) in [(many, "2,001 spans"), (large, "5 spans")] {
        let store = holding(&[("api", &spans)]);
        let (_, html) = get(&store, &format!("/trace/{trace}")).await;

        assert!(html.contains("Not examined here: "), "{html}");
        assert!(html.contains(count), "{count}");
        assert!(html.contains("href=\"/guide/trace-compare#the-doctor\""));
    }
}

#[tokio::test]
async fn a_span_failed_by_a_tag_of_opentracing_is_found_among_errors() {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;

    let store = holding(&[(
        "old",
        &[
            with(
                span(trace_id(1), 1, 0, "a"),
                "error",
                Value::BoolValue(true),
            ),
            with(
                span(trace_id(2), 1, 0, "a"),
                "error",
                Value::BoolValue(false),
            ),
        ],
    )]);

    let (_, html) = get(&store, "/?errors=true").await;

    assert_eq!(listed(&html), [1]);
}

#[tokio::test]
async fn the_form_shows_what_was_asked_for() {
    let (_, html) = get(
        &shop(),
        "/?service=auth&operation=check&tags=a%3D1&min=1ms&errors=true",
    )
    .await;

    for expected in [
        "<option value=\"auth\" selected>",
        "value=\"check\"",
        "value=\"a=1\"",
        "value=\"1ms\"",
        "value=\"true\" checked",
    ] {
        assert!(html.contains(expected), "{expected} in {html}");
    }
}

#[tokio::test]
async fn a_search_that_is_not_understood_is_refused_at_its_fields() {
    let (status, html) = get(&shop(), "/?min=soon&tags=word&last=never").await;

    assert_eq!(status, StatusCode::BAD_REQUEST);
    for field in ["min", "tags", "last"] {
        assert!(html.contains(&format!("id=\"{field}-problem\"")), "{html}");
        assert!(
            html.contains(&format!("aria-describedby=\"{field}-problem\"")),
            "{html}"
        );
    }
    assert!(!html.contains("id=\"max-problem\""), "{html}");
    assert!(listed(&html).is_empty(), "{html}");
}

#[tokio::test]
async fn an_empty_list_says_why() {
    let empty = Arc::new(Store::new(Limits::default()));

    assert!(get(&empty, "/").await.1.contains("Nothing has arrived yet"));
    let (_, html) = get(&shop(), "/?service=nobody").await;
    assert!(html.contains("No trace that is held"), "{html}");
    let (_, html) = get(&shop(), "/?page=7").await;
    assert!(html.contains("past the last one"), "{html}");
}

#[tokio::test]
async fn a_long_list_has_pages() {
    let spans: Vec<Span> = (1..=120)
        .map(|number| span(trace_id(number), 1, 0, "a"))
        .collect();
    let store = holding(&[("shop", &spans)]);

    let (_, first) = get(&store, "/?service=shop").await;
    let (_, last) = get(&store, "/?service=shop&page=3").await;

    assert_eq!(listed(&first), (71..=120).rev().collect::<Vec<_>>());
    assert!(
        first.contains("href=\"/?service=shop&amp;page=2\""),
        "{first}"
    );
    assert!(!first.contains("rel=\"prev\""), "{first}");
    assert_eq!(listed(&last), (1..=20).rev().collect::<Vec<_>>());
    assert!(!last.contains("rel=\"next\""), "{last}");
}

#[tokio::test]
async fn a_trace_is_a_waterfall_in_the_order_of_its_tree() {
    let (status, html) = get(&shop(), &format!("/trace/{}", trace_id(1))).await;

    assert_eq!(status, StatusCode::OK);
    let (root, child) = (html.find("data-level=\"1\""), html.find("data-level=\"2\""));
    assert!(root.is_some() && root < child, "{html}");
    // From 5 to 15 of 20 milliseconds.
    assert!(
        html.contains("<rect x=\"25.00%\" y=\"3\" width=\"50.00%\""),
        "{html}"
    );
    assert!(html.contains(">10.0 ms<"), "{html}");
    assert!(html.contains(&format!("/trace/{}/span/0000000000000002", trace_id(1))));
}

#[tokio::test]
async fn a_large_trace_comes_in_chunks_that_lead_on() {
    let trace = trace_id(1);
    let children = (2..=600).map(|id| span(trace, id, 1, "step"));
    let spans: Vec<Span> = std::iter::once(span(trace, 1, 0, "all"))
        .chain(children)
        .collect();
    let store = holding(&[("shop", &spans)]);
    let lines = |html: &str| html.matches("data-span=").count();

    let (_, first) = get(&store, &format!("/trace/{trace}")).await;
    let (_, last) = get(&store, &format!("/trace/{trace}?from=500")).await;
    let (_, beyond) = get(&store, &format!("/trace/{trace}?from=99999")).await;

    assert_eq!((lines(&first), lines(&last), lines(&beyond)), (250, 100, 1));
    assert!(first.contains("Lines 251 to 500 of 600"), "{first}");
    assert!(first.contains("data-below=\"599\""), "{first}");
    assert!(
        !last.contains("rel=\"next\"") && last.contains("rel=\"prev\""),
        "{last}"
    );
}

#[tokio::test]
async fn a_span_shows_its_tags_events_links_and_process() {
    let (trace, other) = (trace_id(1), trace_id(9));
    let mut child = failed(
        with(span(trace, 2, 1, "charge"), "amount", text("12 EUR")),
        "declined",
    );
    child.events.push(Event {
        time_unix_nano: child.start_time_unix_nano + MILLI,
        name: "retry".to_owned(),
        attributes: vec![attribute("attempt", text("second"))],
        ..Event::default()
    });
    child.links.push(Link {
        trace_id: other.to_bytes().to_vec(),
        span_id: 7_u64.to_be_bytes().to_vec(),
        ..Link::default()
    });
    let store = holding(&[("pay", &[span(trace, 1, 0, "order"), child])]);

    let (status, html) = get(&store, &format!("/trace/{trace}/span/2")).await;

    assert_eq!(status, StatusCode::OK);
    for expected in [
        "charge",
        "12 EUR",
        "error</span>: <bdi>declined",
        "retry",
        "after 2.00 ms",
        "second",
        "follows from",
        &format!("href=\"/trace/{other}\""),
        // The parent, by its name.
        &format!("href=\"/trace/{trace}/span/0000000000000001\"><bdi>order</bdi>"),
    ] {
        assert!(html.contains(expected), "{expected} in {html}");
    }
}

#[tokio::test]
async fn what_is_not_here_is_not_found_and_what_is_no_id_is_refused() {
    let store = shop();
    let id = trace_id(1);

    for (path, expected) in [
        (format!("/trace/{}", trace_id(77)), StatusCode::NOT_FOUND),
        (format!("/trace/{id}/span/77"), StatusCode::NOT_FOUND),
        ("/trace/xyz".to_owned(), StatusCode::BAD_REQUEST),
        ("/trace/%ff".to_owned(), StatusCode::BAD_REQUEST),
        (format!("/trace/{id}/span/%3Cb%3E"), StatusCode::BAD_REQUEST),
    ] {
        let (status, html) = get(&store, &path).await;

        assert_eq!(status, expected, "{path}");
        assert!(html.starts_with("<!DOCTYPE html>"), "{path}");
    }
}
