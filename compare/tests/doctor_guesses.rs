//! What the doctor guesses from the whole of a capture: a sampler that asks nobody, a process that ended, ids without their
//! zeros, two instrumentations of one thing. And that it does not guess where something else may be the reason.

mod support;

use compare::{Capture, Rules, doctor};
use serde_json::json;
use support::{CLIENT, SERVER, Span, capture, login, otlp_in_order, read, said, span};

/// Of three logins in traces of their own, one after the other.
fn three_logins() -> Vec<Span> {
    let mut spans = Vec::new();
    for trace in 0..3 {
        let first = spans.len();
        for mut span in login() {
            span.trace = 10 + trace;
            span.parent = span.parent.map(|parent| parent + first);
            span.time.0 += 10_000 * trace;
            spans.push(span);
        }
    }
    spans
}

/// A capture without the spans that `is_lost` names.
fn without(spans: &[Span], is_lost: impl Fn(usize, &Span) -> bool) -> Capture {
    let kept: Vec<_> = (0..spans.len())
        .filter(|at| !is_lost(*at, &spans[*at]))
        .collect();
    read(&otlp_in_order(spans, 1, &kept))
}

#[test]
fn a_service_that_keeps_what_its_caller_does_not_ignores_the_sampled_flag() {
    let mut spans = three_logins();
    let once_more = spans[8..16].to_vec();
    for mut span in once_more {
        span.trace = 13;
        span.parent = span.parent.map(|parent| parent + 16);
        span.time.0 += 20_000;
        spans.push(span);
    }
    let not_kept = |_: usize, span: &Span| span.service == "api" && span.trace % 2 == 1;

    let findings = doctor(&without(&spans, not_kept), &Rules::none());

    assert_eq!(
        said(&findings),
        ["orphan-span api → auth auth: POST /codes 2"]
    );
    assert!(
        findings[0].cause.contains("sampled flag"),
        "{}",
        findings[0].cause
    );
    assert_eq!(findings[0].page, "docs/guide.md#half-a-trace-is-kept");
}

#[test]
fn callers_that_are_missing_only_from_some_time_on_say_nothing_of_a_sampler() {
    let spans = three_logins();
    let ended = |_: usize, span: &Span| span.service == "api" && span.trace > 10;

    let findings = doctor(&without(&spans, ended), &Rules::none());

    assert_eq!(
        said(&findings),
        ["orphan-span ? → auth auth: POST /codes 2"]
    );
    assert!(findings[0].cause.contains("flush"), "{}", findings[0].cause);
}

#[test]
fn the_last_spans_of_a_service_that_others_call_are_missed() {
    let spans = three_logins();
    // The last login's, with all that comes of them.
    let ended = |at: usize, span: &Span| at > 17 && span.service != "api";

    let findings = doctor(&without(&spans, ended), &Rules::none());

    assert_eq!(
        said(&findings),
        ["lost-spans api → auth api: POST /codes 1"]
    );
    assert_eq!(findings[0].page, "docs/guide.md#the-last-spans-are-missing");
}

#[test]
fn a_call_that_failed_or_that_is_never_answered_is_no_lost_span() {
    let mut spans = three_logins();
    spans[17] = spans[17].clone().failed("refused");
    let probe = |at| {
        span("api", "probe", CLIENT, None)
            .with("server.address", "auth")
            .with("server.port", 80)
            .at(at, 10)
    };
    for call in [1, 9, 17] {
        spans[call] = spans[call].clone().with("server.port", 80);
    }
    spans.extend([probe(5_000).in_trace(20), probe(50_000).in_trace(21)]);
    let ended = |at: usize, span: &Span| (18..24).contains(&at) && span.service != "api";

    assert_eq!(
        said(&doctor(&without(&spans, ended), &Rules::none())),
        [""; 0]
    );
}

#[test]
fn calls_that_are_lost_only_with_a_zero_in_front_have_unpadded_ids() {
    // By trace and span of the caller, and whether the call arrives.
    let capture = |calls: &[(&str, &str, bool)]| {
        let line = |service: &str, kind: u8, ids: [&str; 3], start: usize| {
            json!({"resourceSpans": [{
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
                "scopeSpans": [{"spans": [{"traceId": ids[0], "spanId": ids[1], "parentSpanId": ids[2], "name": "call", "kind": kind,
                    "startTimeUnixNano": start, "endTimeUnixNano": start + 50}]}],
            }]})
            .to_string()
        };
        let mut lines = Vec::new();
        for (at, &(trace, span, arrives)) in calls.iter().enumerate() {
            let own = [
                format!("{:032x}", u128::MAX - at as u128),
                format!("{:016x}", u64::MAX - at as u64),
            ];
            let called = if arrives {
                [trace, &own[1], span]
            } else {
                [&own[0], &*own[1], ""]
            };
            lines.push(line("api", CLIENT, [trace, span, ""], 100 * at));
            lines.push(line("auth", SERVER, called, 100 * at + 10));
        }
        read(&lines.join("\n"))
    };
    let (trace, span) = ("5b8efff798038103d269b633813fc60c", "10f067aa0ba902b7");
    let (cut_trace, cut_span) = ("0b8efff798038103d269b633813fc60c", "00f067aa0ba902b7");
    let lost = [
        (trace, span, true),
        (trace, cut_span, false),
        (cut_trace, span, false),
        (
            "6b8efff798038103d269b633813fc60c",
            "0af067aa0ba902b7",
            false,
        ),
    ];

    let unpadded = doctor(&capture(&lost), &Rules::none());
    let once_without = (cut_trace.replace("0b", "7b"), "21f067aa0ba902b7");
    let others = [&lost[..], &[(&once_without.0, once_without.1, false)]].concat();
    let of_another_cause = doctor(&capture(&others), &Rules::none());
    let too_few = doctor(&capture(&lost[..3]), &Rules::none());
    let counted = [
        (
            "000000000000000100000000000000a1",
            "0000000000000001",
            false,
        ),
        (
            "000000000000000100000000000000a2",
            "0000000000000002",
            false,
        ),
        (
            "000000000000000100000000000000a3",
            "0000000000000003",
            false,
        ),
    ];
    let not_by_chance = doctor(&capture(&counted), &Rules::none());

    assert_eq!(said(&unpadded), ["split-trace api → auth auth: call 3"]);
    assert!(
        unpadded[0].cause.contains("leading zeros"),
        "{}",
        unpadded[0].cause
    );
    assert_eq!(
        unpadded[0].page,
        "docs/guide.md#a-trace-is-not-found-by-its-id"
    );
    for findings in [of_another_cause, too_few, not_by_chance] {
        assert!(
            findings[0].cause.contains("propagator"),
            "{}",
            findings[0].cause
        );
    }
}

#[test]
fn a_second_server_span_that_begins_a_trace_of_its_own_is_a_duplicate() {
    for times in [(190, 520), (210, 480)] {
        let mut spans = three_logins();
        for trace in 0..3 {
            let second = span("auth", "POST /codes", SERVER, None)
                .at(10_000 * trace + times.0, times.1)
                .in_trace(20 + trace);
            spans.push(second);
        }

        let findings = doctor(&capture(&spans, 1), &Rules::builtin());

        assert_eq!(
            said(&findings),
            ["duplicate within auth auth: POST /codes 3"]
        );
        assert!(
            findings[0].cause.contains("two instrumentations"),
            "{}",
            findings[0].cause
        );
    }
}

#[test]
fn requests_that_nobody_traced_before_are_no_duplicates_of_others() {
    let mut spans = three_logins();
    for (trace, at) in [(20, 200), (21, 10_200), (22, 25_000)] {
        spans.push(
            span("auth", "POST /codes", SERVER, None)
                .at(at, 510)
                .in_trace(trace),
        );
    }
    // A service that calls itself by way of another.
    let around = [
        span("hub", "route", SERVER, None).at(0, 100).in_trace(30),
        span("hub", "ask", CLIENT, 27).at(10, 80).in_trace(30),
        span("leaf", "serve", SERVER, 28).at(20, 60).in_trace(30),
        span("leaf", "back", CLIENT, 29).at(30, 40).in_trace(30),
        span("hub", "route", SERVER, 30).at(40, 20).in_trace(30),
    ];
    spans.extend(around);

    assert_eq!(
        said(&doctor(&capture(&spans, 1), &Rules::builtin())),
        [""; 0]
    );
}
