//! What the doctor finds in one capture, and that it finds nothing where nothing is wrong.

mod support;

use compare::{Capture, Finding, Problem, Rules, doctor};
use serde_json::json;
use support::{
    CLIENT, CONSUMER, INTERNAL, PRODUCER, SERVER, Span, capture, login, otlp, read, said, span,
};

fn examined(spans: &[Span]) -> Vec<Finding> {
    doctor(&capture(spans, 1), &Rules::builtin())
}

#[test]
fn a_whole_trace_is_healthy() {
    assert_eq!(said(&examined(&login())), [""; 0]);
}

#[test]
fn every_stage_of_the_demo_is_healthy() {
    for stage in ["legacy", "dropin", "shim", "mixed", "native"] {
        let path = format!(
            "{}/tests/captures/demo-{stage}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let capture = Capture::from_path(path).expect("the capture is there");

        assert_eq!(
            said(&doctor(&capture, &Rules::builtin())),
            [""; 0],
            "{stage}"
        );
    }
}

#[test]
fn a_call_that_is_served_in_a_trace_of_its_own_is_a_split_trace() {
    let mut spans = login();
    spans[2].parent = None;
    for span in &mut spans[2..] {
        span.trace = 2;
    }

    let findings = examined(&spans);

    assert_eq!(
        said(&findings),
        ["split-trace api → auth auth: POST /codes 1"]
    );
    assert!(
        findings[0].cause.contains("propagator"),
        "{}",
        findings[0].cause
    );
    assert_eq!(findings[0].page, "docs/guide.md#no-headers-are-written");
}

#[test]
fn a_server_is_found_by_its_peer_where_the_names_differ() {
    let spans = [
        span("api", "call auth", CLIENT, None)
            .with("peer.service", "auth")
            .at(0, 100),
        span("auth", "serve", SERVER, None).in_trace(2).at(50, 20),
        // Later than the call, and nobody's.
        span("auth", "serve", SERVER, None).in_trace(3).at(500, 20),
    ];

    assert_eq!(
        said(&examined(&spans)),
        ["split-trace api → auth auth: serve 1"]
    );
}

#[test]
fn a_message_that_is_handled_in_a_trace_of_its_own_is_a_split_trace() {
    let spans = [
        span("auth", "send", PRODUCER, None)
            .with("messaging.destination.name", "otp")
            .at(0, 10),
        span("sms", "process", CONSUMER, None)
            .with("message_bus.destination", "otp")
            .in_trace(2)
            .at(5_000, 10),
    ];

    assert_eq!(
        said(&examined(&spans)),
        ["split-trace auth → sms sms: process 1"]
    );
}

#[test]
fn a_task_that_began_without_its_span_is_a_split_trace_within_the_service() {
    let mut spans = login();
    spans[3].parent = None;
    spans[3].trace = 2;

    let findings = examined(&spans);

    assert_eq!(said(&findings), ["split-trace within auth auth: issue 1"]);
    assert_eq!(
        findings[0].page,
        "docs/guide.md#a-task-begins-without-a-span"
    );
}

#[test]
fn work_that_is_only_sometimes_at_the_same_time_is_work_of_its_own() {
    let mut spans = login();
    spans.push(
        span("auth", "tidy up", INTERNAL, None)
            .in_trace(2)
            .at(300, 10),
    );
    spans.push(
        span("auth", "tidy up", INTERNAL, None)
            .in_trace(3)
            .at(9_000, 10),
    );

    assert_eq!(said(&examined(&spans)), [""; 0]);
}

#[test]
fn a_reference_that_became_a_link_alone_is_a_split_trace() {
    let spans = [
        span("auth", "send", PRODUCER, None),
        span("sms", "process", CONSUMER, None)
            .in_trace(2)
            .link(0, Some("follows_from")),
    ];

    let findings = examined(&spans);

    assert_eq!(said(&findings), ["split-trace auth → sms sms: process 1"]);
    assert!(
        findings[0].cause.contains("FOLLOWS_FROM"),
        "{}",
        findings[0].cause
    );
    assert!(!findings[0].may_be_meant);
}

#[test]
fn a_batch_that_links_to_its_messages_is_healthy() {
    let spans = [
        span("auth", "send", PRODUCER, None),
        span("auth", "send", PRODUCER, None).in_trace(2),
        span("sms", "process", CONSUMER, None)
            .in_trace(3)
            .link(0, None)
            .link(1, None),
    ];

    assert_eq!(said(&examined(&spans)), [""; 0]);
}

#[test]
fn a_missing_parent_is_an_orphan() {
    let mut spans = login();
    spans.truncate(6);
    let without_the_producer: String = otlp(&spans, 1)
        .lines()
        .filter(|line| !line.contains("send otp"))
        .collect();

    let findings = doctor(&read(&without_the_producer), &Rules::none());

    assert_eq!(said(&findings), ["orphan-span ? → sms sms: process otp 1"]);
}

#[test]
fn a_trace_id_that_lost_its_upper_half_is_a_split_trace() {
    let line = |trace: &str, id: &str, parent: &str, service: &str| {
        json!({"resourceSpans": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"spans": [{"traceId": trace, "spanId": id, "parentSpanId": parent, "name": "call", "kind": 3}]}],
        }]})
        .to_string()
    };
    let caller = line(
        "5b8efff798038103d269b633813fc60c",
        "00000000000000c1",
        "",
        "api",
    );
    let cases = [
        ("0000000000000000d269b633813fc60c", "upper half"),
        ("11111111111111111111111111111111", "trace's id did not"),
    ];
    for (trace, cause) in cases {
        let called = line(trace, "00000000000000d1", "00000000000000c1", "auth");

        let findings = doctor(&read(&format!("{caller}\n{called}")), &Rules::none());

        assert_eq!(said(&findings), ["split-trace api → auth auth: call 1"]);
        assert!(findings[0].cause.contains(cause), "{}", findings[0].cause);
    }
}

#[test]
fn zeros_on_the_wrong_side_are_recognised() {
    let line = |trace: &str, id: &str, parent: &str| {
        format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{trace}","spanId":"{id}","parentSpanId":"{parent}","name":"n"}}]}}]}}]}}"#
        )
    };
    let text = format!(
        "{}\n{}",
        line("000b8efff798038103d269b633813fc6", "00000000000000c1", ""),
        line(
            "b8efff798038103d269b633813fc6000",
            "00000000000000d1",
            "00000000000000c1"
        ),
    );

    let findings = doctor(&read(&text), &Rules::none());

    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].cause.contains("wrong side"),
        "{}",
        findings[0].cause
    );
}

#[test]
fn ids_with_fewer_digits_are_told_once_a_span() {
    let whole = otlp(&login()[..1], 1);
    let (before, id) = whole.split_once("\"spanId\":\"").expect("there is an id");
    let cut = format!("{before}\"spanId\":\"{}", &id[1..]);

    let findings = doctor(&read(&cut), &Rules::none());

    assert_eq!(said(&findings), ["cut-id within api api: POST /login 1"]);
    assert_eq!(
        findings[0].page,
        "docs/guide.md#a-trace-is-not-found-by-its-id"
    );
}

#[test]
fn headers_from_the_wrong_span_are_a_wrong_parent() {
    let mut spans = login();
    spans[2].parent = Some(0);

    assert_eq!(
        said(&examined(&spans)),
        ["wrong-parent api → auth auth: POST /codes 1"]
    );
}

#[test]
fn a_span_below_a_call_that_had_ended_is_a_wrong_parent() {
    let mut spans = login();
    spans.push(span("auth", "reply", INTERNAL, 3).at(600, 10));

    assert_eq!(
        said(&examined(&spans)),
        ["wrong-parent within auth auth: reply 1"]
    );
}

#[test]
fn a_span_before_its_parent_is_a_wrong_parent() {
    let spans = [
        span("api", "serve", SERVER, None).at(5_000, 10),
        span("api", "work", INTERNAL, 0).at(1_000, 10),
    ];

    assert_eq!(
        said(&examined(&spans)),
        ["wrong-parent within api api: work 1"]
    );
}

#[test]
fn spans_that_are_each_others_parent_are_told() {
    let spans = [span("api", "a", INTERNAL, 1), span("api", "b", INTERNAL, 0)];

    let findings = examined(&spans);

    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].problem, Problem::WrongParent);
    assert!(findings[0].detail.contains("own ancestor"));
}

#[test]
fn two_instrumentations_of_one_thing_are_duplicates() {
    let mut spans = login();
    spans.push(span("auth", "POST /codes", SERVER, 2).at(210, 100));
    spans.push(span("auth", "issue", CLIENT, 3).at(260, 50));

    assert_eq!(
        said(&examined(&spans)),
        [
            "duplicate within auth auth: POST /codes 1",
            "duplicate within auth auth: issue 1"
        ]
    );
}

#[test]
fn a_span_that_was_sent_twice_and_two_spans_of_one_id_are_duplicates() {
    let text = otlp(&login(), 1);
    let line = text.lines().next().expect("there is a span");
    let sent_twice = format!("{text}{line}\n");
    let one_id = format!("{text}{}\n", line.replace("POST /login", "again"));

    assert_eq!(
        said(&doctor(&read(&sent_twice), &Rules::none())),
        ["duplicate within api api: POST /login 1"]
    );
    assert_eq!(
        said(&doctor(&read(&one_id), &Rules::none())),
        ["duplicate within api api: again 1"]
    );
}

#[test]
fn a_service_without_kinds_is_told_if_it_has_neighbours_or_says_them_elsewhere() {
    let mut spans = login();
    for span in spans.iter_mut().filter(|span| span.service == "auth") {
        span.kind = INTERNAL;
    }
    let with_edges = examined(&spans);
    let alone = examined(&[span("job", "work", INTERNAL, None)]);
    let left_over = examined(&[span("job", "serve", INTERNAL, None).with("span.kind", "server")]);

    assert_eq!(
        said(&with_edges),
        ["internal-only api → auth auth: POST /codes 1"]
    );
    assert_eq!(said(&alone), [""; 0]);
    assert_eq!(said(&left_over), ["internal-only within job job: serve 1"]);
    assert!(
        left_over[0].cause.contains("shim"),
        "{}",
        left_over[0].cause
    );
    assert_eq!(left_over[0].page, "docs/guide.md#every-span-is-internal");
}

#[test]
fn an_error_tag_without_the_status_is_told() {
    let spans = [span("api", "serve", SERVER, None).with("error", true)];

    assert_eq!(
        said(&examined(&spans)),
        ["unmapped-error within api api: serve 1"]
    );
}

#[test]
fn names_with_ids_are_one_finding() {
    let spans: Vec<_> = (0..50)
        .map(|number| {
            span(
                "api",
                &format!("GET /users/{}", 4_000 + number),
                SERVER,
                None,
            )
            .in_trace(number)
        })
        .collect();

    assert_eq!(
        said(&examined(&spans)),
        ["id-in-name within api api: GET /users/* 50"]
    );
}

#[test]
fn baggage_that_a_rule_asks_for_is_missed() {
    let rules = Rules::builtin()
        .with(
            "own.toml",
            "[baggage.\"login.channel\"]\nservice = \"sms\"\nname = \"process otp\"\n",
        )
        .expect("they are rules");
    let mut spans = login();
    assert_eq!(said(&doctor(&capture(&spans, 1), &rules)), [""; 0]);
    spans[5].attributes.clear();

    let findings = doctor(&capture(&spans, 1), &rules);

    assert_eq!(
        said(&findings),
        ["lost-baggage auth → sms sms: process otp 1"]
    );
    assert!(findings[0].detail.contains("login.channel"));
}

#[test]
fn baggage_that_usually_comes_along_is_missed_without_a_rule() {
    let mut spans = Vec::new();
    for trace in 0..5_u64 {
        let first = spans.len();
        for mut span in login() {
            span.trace = 10 + trace;
            span.parent = span.parent.map(|parent| parent + first);
            spans.push(span);
        }
        spans[first] = spans[first].clone().with("login.channel", "web");
    }
    assert_eq!(said(&examined(&spans)), [""; 0]);
    spans[5].attributes.clear();

    assert_eq!(
        said(&examined(&spans)),
        ["lost-baggage auth → sms sms: process otp 1"]
    );
}
