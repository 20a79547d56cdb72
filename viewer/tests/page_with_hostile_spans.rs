//! No value of a trace is markup, wherever it is shown.

mod support;

use std::sync::Arc;

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use support::{
    add_logs, any_value, array, attribute, batch, failed, map, record, request, span, store_of,
    text, trace_id, with,
};
use viewer::store::Store;

/// Each breaks out of a place where a careless page would put it.
const PAYLOADS: [&str; 9] = [
    "<script>pwned()</script>",
    "\"><img src=x onerror=pwned()>",
    "' onmouseover='pwned()",
    "</title><svg onload=pwned()>",
    "</bdi></textarea><iframe srcdoc=\"<script>pwned()</script>\">",
    "javascript:pwned()",
    "&lt;script&gt;pwned()&lt;/script&gt;",
    "<!--<script>pwned()",
    "{{constructor.constructor('pwned()')()}}",
];

/// A span that has the payload in every place that takes text.
fn hostile(trace: u64, payload: &str) -> Span {
    let trace = trace_id(trace);
    let mut hostile = with(
        failed(span(trace, 1, 0, payload), payload),
        payload,
        text(payload),
    );
    let url = format!("http://x/{payload}");
    hostile = with(hostile, "http.url", text(&url));
    hostile = with(hostile, "list", array([text(payload)]));
    hostile = with(hostile, "map", map([attribute(payload, text(payload))]));
    hostile = with(hostile, "@jaeger@warnings", array([text(payload)]));
    hostile.events.push(Event {
        name: payload.to_owned(),
        attributes: vec![attribute(payload, text(payload))],
        ..Event::default()
    });
    hostile.links.push(Link {
        trace_id: trace.to_bytes().to_vec(),
        span_id: 99_u64.to_be_bytes().to_vec(),
        trace_state: payload.to_owned(),
        attributes: vec![attribute(payload, text(payload))],
        ..Link::default()
    });
    hostile
}

/// A log record likewise.
fn hostile_record(trace: u64, span: u64, payload: &str) -> LogRecord {
    LogRecord {
        severity_text: payload.to_owned(),
        severity_number: 17,
        event_name: payload.to_owned(),
        attributes: vec![
            attribute(payload, text(payload)),
            attribute("map", map([attribute(payload, text(payload))])),
        ],
        ..record(trace_id(trace), span, payload)
    }
}

/// The same, but different wherever a comparison looks.
fn other(trace: u64, payload: &str) -> [Span; 2] {
    let twice = payload.repeat(2);
    let mut other = hostile(trace, payload);
    other.status = None;
    for attribute in &mut other.attributes {
        attribute.value = Some(any_value(text(&twice)));
    }
    other.events[0].attributes = vec![attribute(payload, text(&twice))];
    other.links.clear();
    [other, span(trace_id(trace), 2, 1, payload)]
}

async fn get(store: &Arc<Store>, path: &str) -> String {
    support::page::get(store, path).await.1
}

/// The tags of a document with the names of their attributes: all that a value could add to.
fn skeleton(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut tag = String::new();
        let mut quoted = false;
        let mut end = rest.len();
        for (at, c) in rest.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '>' if !quoted => {
                    end = at;
                    break;
                }
                c if !quoted => tag.push(c),
                _ => {}
            }
        }
        found.push(tag);
        rest = &rest[end..];
    }
    found
}

#[tokio::test]
async fn a_document_with_hostile_values_has_the_tags_of_a_harmless_one() {
    let store_with = |payload| {
        let [changed, added] = other(2, payload);
        let spans = [hostile(1, payload), changed, added];
        let store = store_of(&request([batch(payload, spans)]));
        let of_span = hostile_record(1, 1, payload);
        add_logs(&store, payload, [of_span, hostile_record(1, 99, payload)]);
        store
    };
    let harmless = store_with("word");
    let (one, two) = (trace_id(1), trace_id(2));
    let paths = [
        "/".to_owned(),
        format!("/trace/{one}"),
        format!("/trace/{one}/span/1"),
        format!("/compare?left={one}"),
        format!("/compare?left={one}&right={two}"),
        format!("/compare?left={two}&right={one}&kind=lost&kind=changed"),
    ];

    for payload in PAYLOADS {
        let store = store_with(payload);
        for path in &paths {
            let (tame, wild) = (get(&harmless, path).await, get(&store, path).await);

            assert!(
                wild.contains("pwned()"),
                "the payload is shown at {path}: {wild}"
            );
            assert_eq!(skeleton(&wild), skeleton(&tame), "{payload} at {path}");
        }
    }
}

#[tokio::test]
async fn a_search_for_hostile_text_shows_it_as_text() {
    let store = store_of(&request([batch("word", [hostile(1, "word")])]));
    let tame = get(
        &store,
        "/?service=other&operation=other&tags=other&min=other&max=other",
    )
    .await;

    for payload in PAYLOADS {
        let encoded: String = payload.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!(
            "/?service={encoded}&operation={encoded}&tags={encoded}&min={encoded}&max={encoded}"
        );
        let wild = get(&store, &path).await;

        assert!(wild.contains("pwned()"), "{wild}");
        assert_eq!(
            skeleton(&wild).len(),
            skeleton(&tame).len() - tags_problem(&tame) + tags_problem(&wild),
            "{payload}"
        );
    }
}

/// Some payloads read as `key=value`: then the field for tags has no complaint. It is a paragraph of two elements.
fn tags_problem(html: &str) -> usize {
    if html.contains("id=\"tags-problem\"") {
        4
    } else {
        0
    }
}

#[tokio::test]
async fn letters_that_reorder_a_line_or_leave_no_mark_are_written_out() {
    let name = "pay\u{202e}gnp.exe\u{200b}\u{0}";
    let store = store_of(&request([batch(name, [hostile(1, name)])]));

    for path in ["/".to_owned(), format!("/trace/{}", trace_id(1))] {
        let html = get(&store, &path).await;
        // The form's values are what they are: they have to be sent back.
        let visible = html.split("id=\"results\"").last().expect("the list");

        assert!(
            visible.contains("pay\\u{202e}gnp.exe\\u{200b}\\u{0}"),
            "{html}"
        );
        assert!(
            !visible.contains('\u{202e}') && !visible.contains('\u{200b}'),
            "{html}"
        );
    }
}

#[tokio::test]
async fn values_and_names_of_any_length_make_no_endless_page() {
    let long = "x".repeat(2_000_000);
    let store = store_of(&request([batch(&long, [hostile(1, &long)])]));

    let list = get(&store, &format!("/trace/{}", trace_id(1))).await;
    let details = get(&store, &format!("/trace/{}/span/1", trace_id(1))).await;

    assert!(list.len() < 50_000, "{}", list.len());
    assert!(details.len() < 200_000, "{}", details.len());
    assert!(details.contains("bytes more"));
}

#[tokio::test]
async fn times_at_the_ends_of_the_calendar_are_drawn() {
    let mut spans: Vec<Span> = (1..=3).map(|id| span(trace_id(1), id, 0, "a")).collect();
    spans[0].start_time_unix_nano = 0;
    spans[1].end_time_unix_nano = u64::MAX;
    spans[2].start_time_unix_nano = i64::MIN.cast_unsigned();
    spans[2].end_time_unix_nano = i64::MAX.cast_unsigned();
    let store = store_of(&request([batch("clock", spans)]));

    for path in [
        "/".to_owned(),
        format!("/trace/{}", trace_id(1)),
        format!("/trace/{}/span/3", trace_id(1)),
    ] {
        let html = get(&store, &path).await;

        assert!(
            html.contains("</html>") && !html.contains("NaN") && !html.contains("inf%"),
            "{html}"
        );
    }
}
