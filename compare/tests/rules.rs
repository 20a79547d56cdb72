//! Rules: which differences they explain, which they do not, and which files are refused.

mod support;

use compare::{Change, Rules, compare};
use serde_json::json;
use support::{CLIENT, SERVER, Span, capture, jaeger, otlp, read, span, told};

fn builtin(left: &[Span], right: &[Span]) -> Vec<String> {
    told(&compare(
        &capture(left, 1),
        &capture(right, 2),
        &Rules::builtin(),
    ))
}

fn call() -> Span {
    span("api", "call", CLIENT, None)
}

#[test]
fn old_names_are_todays_in_both_directions() {
    let old = [call()
        .with("http.method", "POST")
        .with("http.status_code", "202")
        .with("peer.port", 41_000)];
    let new = [call()
        .with("http.request.method", "POST")
        .with("http.response.status_code", 202)
        .with("server.port", 42_000)];

    assert_eq!(
        builtin(&old, &new),
        [
            "api: call | renamed attribute http.method → http.request.method: \"POST\" -> \"POST\" [attribute.http.method]",
            "api: call | renamed attribute http.status_code → http.response.status_code: \"202\" (string) -> 202 (int) [attribute.http.status_code]",
            "api: call | renamed attribute peer.port → server.port: 41000 -> 42000 [attribute.peer.port]",
        ]
    );
    let back = builtin(&new, &old);
    assert_eq!(back.len(), 3);
    assert!(back.iter().all(|told| told.ends_with(']')), "{back:?}");
}

#[test]
fn another_name_does_not_excuse_another_value() {
    let old = [call().with("http.status_code", 202)];
    let new = [call().with("http.response.status_code", 500)];

    assert_eq!(
        builtin(&old, &new),
        ["api: call | changed attribute http.status_code → http.response.status_code: 202 -> 500"]
    );
}

#[test]
fn under_one_name_the_type_counts() {
    let (old, new) = (
        [call().with("http.status_code", 202)],
        [call().with("http.status_code", "202")],
    );

    assert_eq!(
        builtin(&old, &new),
        ["api: call | changed attribute http.status_code: 202 (int) -> \"202\" (string)"]
    );
}

#[test]
fn both_names_at_once_are_one_attribute() {
    let old = [call().with("http.method", "POST")];
    let both = [call()
        .with("http.method", "POST")
        .with("http.request.method", "POST")];
    let torn = [call()
        .with("http.method", "POST")
        .with("http.request.method", "GET")];

    assert_eq!(builtin(&old, &both), [""; 0]);
    assert_eq!(
        builtin(&old, &torn),
        ["api: call | added attribute http.request.method, a further value: none -> \"GET\""]
    );
}

#[test]
fn the_peer_of_a_server_is_its_client() {
    let serve = || span("api", "serve", SERVER, None);
    let old = [serve().with("peer.hostname", "10.0.0.7")];

    let told = builtin(&old, &[serve().with("client.address", "10.0.0.7")]);
    assert!(
        told.len() == 1 && told[0].ends_with("[attribute.peer.hostname]"),
        "{told:?}"
    );
    let told = builtin(&old, &[serve().with("server.address", "10.0.0.7")]);
    assert!(told.len() == 2 && !told[0].ends_with(']'), "{told:?}");
}

#[test]
fn what_is_dropped_or_implied_may_be_on_one_side_and_not_differ_on_both() {
    let with = |component: &str| [call().with("component", component)];

    assert_eq!(
        builtin(&with("reqwest"), &[call()]),
        ["api: call | lost attribute component: \"reqwest\" -> none [dropped.component]"]
    );
    assert_eq!(
        builtin(&with("reqwest"), &with("hyper")),
        ["api: call | changed attribute component: \"reqwest\" -> \"hyper\""]
    );
}

#[test]
fn an_error_type_is_implied_where_something_failed_and_only_there() {
    let typed = |span: Span| [span.with("error.type", "timeout")];

    assert_eq!(
        builtin(&[call().failed("")], &typed(call().failed("no answer"))),
        [
            "api: call | added status message: none -> no answer [status.message]",
            "api: call | added attribute error.type: none -> \"timeout\" [implied.error.type]",
        ]
    );
    assert_eq!(
        builtin(&[call()], &typed(call())),
        ["api: call | added attribute error.type: none -> \"timeout\""]
    );
}

#[test]
fn a_failed_call_needs_one_rule_for_its_event() {
    let fields = [
        ("error.kind", "timeout"),
        ("message", "no answer from http://127.0.0.1:4000/"),
    ];
    let attributes = [
        ("exception.type", "timeout"),
        ("exception.message", "no answer from http://127.0.0.1:5000/"),
    ];
    let legacy = jaeger(&[call().failed("").event("error", &fields)], 1);
    let dropin = otlp(&[call().failed("").event("exception", &attributes)], 2);

    let report = compare(
        &read(&legacy.to_string()),
        &read(&dropin),
        &Rules::builtin(),
    );

    assert_eq!(
        told(&report),
        ["api: call | renamed event error → exception: error -> exception [event.error]"]
    );
}

#[test]
fn an_exception_that_kept_its_field_event_is_the_same_in_either_format() {
    let today = [
        ("exception.type", "timeout"),
        ("exception.message", "no answer"),
    ];
    // As OTLP of a drop-in package has it, and as Jaeger shows that: the field takes the name's place.
    let kept = [&[("event", "error")], &today[..]].concat();
    let by_otlp = read(&otlp(&[call().failed("").event("exception", &kept)], 1));
    let by_jaeger = jaeger(&[call().failed("").event("error", &today)], 2);
    let by_jaeger = read(&by_jaeger.to_string());
    let old = [("error.kind", "timeout"), ("message", "no answer")];
    let legacy = jaeger(&[call().failed("").event("error", &old)], 3);
    let legacy = read(&legacy.to_string());

    let between_formats = compare(&by_otlp, &by_jaeger, &Rules::none());
    assert_eq!(told(&between_formats), [""; 0]);
    for dropin in [by_otlp, by_jaeger] {
        assert_eq!(
            told(&compare(&legacy, &dropin, &Rules::builtin())),
            [
                "api: call | renamed names in event error: message, error.kind -> exception.message, exception.type [event.error]"
            ]
        );
    }
}

#[test]
fn an_event_that_kept_its_name_may_have_other_names_in_it_by_the_same_rule() {
    let old = [call().event("error", &[("message", "no answer"), ("host", "a")])];
    let new = [call().event(
        "error",
        &[("exception.message", "no answer"), ("host", "a")],
    )];

    assert_eq!(
        builtin(&old, &new),
        ["api: call | renamed names in event error: message -> exception.message [event.error]"]
    );
    assert_eq!(builtin(&old, &old), [""; 0]);
}

#[test]
fn an_event_with_another_name_does_not_excuse_what_is_in_it() {
    let old = [call().event("error", &[("message", "no answer"), ("host", "a")])];
    let new = [call().event("exception", &[("exception.message", "refused")])];

    assert_eq!(
        builtin(&old, &new),
        [
            "api: call | renamed event error → exception: error -> exception [event.error]",
            "api: call | changed event exception: attribute message → exception.message: \"no answer\" -> \"refused\"",
            "api: call | lost event exception: attribute host: \"a\" -> none",
        ]
    );
}

#[test]
fn without_rules_nothing_is_explained() {
    let old = [call().with("http.method", "POST")];
    let new = [call().with("http.request.method", "POST")];

    let report = compare(&capture(&old, 1), &capture(&new, 2), &Rules::none());

    assert!(!report.is_equivalent());
    assert_eq!(report.unexplained().count(), 2);
}

#[test]
fn ones_own_rules_come_after_the_built_in_ones() {
    let own = r#"
        [dropped."peer.service"]
        note = "server.address says it"
        page = "wiki/tracing"
        [attribute."shop.tier"]
        to = "shop.customer.tier"
        values = { gold = "premium" }
        [name."HTTP call"]
        to = "call"
        [service."shop-api"]
        to = "api"
        [event."cache miss"]
        to = "cache.miss"
        attributes = { key = "cache.key" }
        [volatile."cart"]
    "#;
    let rules = Rules::builtin()
        .with("own.toml", own)
        .expect("they are rules");
    let old = [span("shop-api", "HTTP call", CLIENT, None)
        .with("peer.service", "auth")
        .with("shop.tier", "gold")
        .with("cart", 7)
        .event("cache miss", &[("key", "k")])];
    let new = [call()
        .with("shop.customer.tier", "premium")
        .with("cart", 8)
        .event("cache.miss", &[("cache.key", "k")])];

    let report = compare(&capture(&old, 1), &capture(&new, 2), &rules);

    assert!(report.is_equivalent(), "{:?}", told(&report));
    let mut used: Vec<_> = report
        .differences()
        .filter_map(|(found, _)| found.rule.as_deref())
        .collect();
    used.sort_unstable();
    assert_eq!(
        used,
        [
            "attribute.shop.tier",
            "dropped.peer.service",
            "event.cache miss",
            "name.HTTP call",
            "service.shop-api"
        ]
    );
    let (dropped, _) = report
        .differences()
        .find(|(found, _)| found.kind == Change::Lost)
        .expect("it was lost");
    assert_eq!(dropped.note.as_deref(), Some("server.address says it"));
    assert_eq!(dropped.page.as_deref(), Some("wiki/tracing"));
}

#[test]
fn a_file_that_is_no_rules_is_refused_with_its_place() {
    let cases = [
        (
            "[atribute.a]\nto = \"b\"\n",
            "own.toml:1:2: unknown field `atribute`",
        ),
        (
            "[attribute.a]\nto = \"b\"\nconvrt = \"integer\"\n",
            "own.toml:3:1: unknown field `convrt`",
        ),
        (
            "[attribute.a]\nto = \"b\"\nconvert = \"number\"\n",
            "own.toml:3:11: unknown variant `number`",
        ),
        ("[attribute.a]\n", "own.toml:1:1: missing field `to`"),
        (
            "\n[implied.a]\nwhen = \"ok\"\n",
            "own.toml:3:8: unknown variant `ok`",
        ),
        (
            "[dropped.a]\nnote = 7\n",
            "own.toml:2:8: invalid type: integer `7`, expected a string",
        ),
        ("[dropped.a\n", "own.toml:1:11: "),
    ];

    for (text, expected) in cases {
        let error = Rules::none()
            .with("own.toml", text)
            .expect_err("it is refused")
            .to_string();
        assert!(error.starts_with(expected), "{text}\n{error}");
    }
}

#[test]
fn what_masks_ids_times_and_ports_leaves_the_rest() {
    let called = |url: &str| {
        [call()
            .with("url.full", url)
            .with("headers", json!(["a", "b"]))]
    };

    assert_eq!(
        builtin(&called("http://auth:81/x"), &called("http://auth:82/x")),
        [""; 0]
    );
    assert_eq!(
        builtin(&called("http://auth:81/x"), &called("http://auth:81/y")).len(),
        1
    );
}
