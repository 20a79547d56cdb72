//! One program run again: other ids, other times, another order. None of it is a difference.

mod support;

use compare::{Capture, Rules, compare, doctor};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use support::{
    CLIENT, CONSUMER, INTERNAL, PRODUCER, SERVER, Span, capture, otlp_in_order, read, span,
};

/// A forest of any shape, with few names, so that many siblings look alike.
fn forest() -> impl Strategy<Value = Vec<Span>> {
    let one = (
        any::<Index>(),
        0..3_usize,
        0..3_usize,
        1..=5_u8,
        0..3_u64,
        prop::option::weighted(0.2, "[a-c]{1,2}"),
        any::<bool>(),
        any::<Index>(),
    );
    prop::collection::vec(one, 1..24).prop_map(|all| {
        let mut spans: Vec<Span> = Vec::new();
        for (parent, service, name, kind, value, error, linked, target) in all {
            // Some begin traces, the others hang from any span before them.
            let at = parent.index(spans.len() + 1);
            let service = ["api", "auth", "sms"][service];
            let name = ["call", "work", "wait"][name];
            let mut next =
                span(service, name, kind, (at < spans.len()).then_some(at)).with("value", value);
            next.trace = spans
                .get(at)
                .map_or(100 + spans.len() as u64, |parent| parent.trace);
            if let Some(message) = error {
                next = next
                    .failed(&message)
                    .event("exception", &[("exception.message", &message)]);
            }
            if linked && !spans.is_empty() {
                next = next.link(target.index(spans.len()), Some("follows_from"));
            }
            spans.push(next);
        }
        spans
    })
}

fn shuffled_forest() -> impl Strategy<Value = (Vec<Span>, Vec<usize>, Vec<u64>)> {
    forest().prop_flat_map(|spans| {
        let order: Vec<_> = (0..spans.len()).collect();
        let times = prop::collection::vec(0..5_000_u64, spans.len());
        (Just(spans), Just(order).prop_shuffle(), times)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_thousand_shuffles_have_no_difference((spans, order, times) in shuffled_forest(), runs in (1..1_000_000_u64, 1..1_000_000_u64)) {
        let mut again = spans.clone();
        for (span, time) in again.iter_mut().zip(times) {
            span.time = (time, time / 2);
        }

        let left = capture(&spans, runs.0);
        let right = read(&otlp_in_order(&again, runs.1, &order));
        for rules in [Rules::none(), Rules::builtin()] {
            let report = compare(&left, &right, &rules);

            prop_assert!(report.is_equivalent());
            prop_assert_eq!(support::told(&report), Vec::<String>::new());
            let rows: usize = report.groups.iter().map(|group| group.rows.len()).sum();
            prop_assert!(rows >= 1);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_value_that_changed_anywhere_is_found((spans, order, _) in shuffled_forest(), at in any::<Index>()) {
        let at = at.index(spans.len());
        let mut after = spans.clone();
        after[at].attributes[0].1 = "another".into();

        let report = compare(&capture(&spans, 1), &read(&otlp_in_order(&after, 2, &order)), &Rules::builtin());

        prop_assert!(!report.is_equivalent());
        let told = support::told(&report);
        prop_assert!(told.iter().any(|told| told.contains("\"another\" (string)")), "{:?}", told);
    }

    #[test]
    fn a_span_that_is_missing_anywhere_is_found((spans, order, _) in shuffled_forest(), at in any::<Index>()) {
        let at = at.index(spans.len());
        let order: Vec<_> = order.into_iter().filter(|place| *place != at).collect();
        prop_assume!(!order.is_empty());

        let report = compare(&capture(&spans, 1), &read(&otlp_in_order(&spans, 2, &order)), &Rules::builtin());

        prop_assert!(!report.is_equivalent());
        let lost = report.differences().filter(|(found, _)| found.kind.as_str() == "lost" && found.part == "span");
        prop_assert!(lost.count() >= 1);
    }
}

#[test]
fn the_demo_again_has_no_difference_in_any_stage() {
    for stage in ["legacy", "dropin", "shim", "mixed", "native"] {
        let path = format!(
            "{}/tests/captures/demo-{stage}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(path).expect("the capture is there");
        let again: Value = serde_json::from_str(&text).expect("it is JSON");
        let again = another_run(again, "").to_string();
        let capture =
            |text: &str| Capture::from_slice(stage, text.as_bytes()).expect("it is a capture");

        let report = compare(&capture(&text), &capture(&again), &Rules::none());

        // Of the ports, a rule says that they are.
        let differences: Vec<_> = report
            .unexplained()
            .map(|(found, _)| found.part.as_str())
            .collect();
        assert!(
            differences.iter().all(|part| part.ends_with(".port")),
            "{stage}: {differences:?}"
        );
        let report = compare(&capture(&text), &capture(&again), &Rules::builtin());
        assert_eq!(report.differences().count(), 0, "{stage}");
    }
}

/// The same with other ids, times and ports, and in another order.
fn another_run(json: Value, key: &str) -> Value {
    match json {
        Value::Array(items) => items
            .into_iter()
            .rev()
            .map(|item| another_run(item, key))
            .collect(),
        Value::Object(members) => {
            let is_port = members
                .get("key")
                .and_then(Value::as_str)
                .is_some_and(|key| key.ends_with(".port"));
            let members = members.into_iter().map(|(key, value)| {
                let value = if is_port && key == "value" {
                    Value::from(1)
                } else {
                    another_run(value, &key)
                };
                (key, value)
            });
            Value::Object(members.collect())
        }
        // Digits for digits: what was different stays different.
        Value::String(id) if matches!(key, "traceID" | "spanID") => {
            let turned = id.chars().map(|c| {
                let digit = c.to_digit(16).expect("ids are hexadecimal");
                char::from_digit(digit ^ 5, 16).expect("it is below sixteen")
            });
            Value::String(turned.collect())
        }
        Value::Number(time) if key == "startTime" => {
            Value::from(time.as_u64().expect("it is a time") + 86_400_000_000)
        }
        other => other,
    }
}

#[test]
fn every_kind_of_edge_is_healthy() {
    let spans = [
        span("api", "serve", SERVER, None),
        span("api", "call", CLIENT, 0),
        span("auth", "serve", SERVER, 1),
        span("auth", "work", INTERNAL, 2),
        span("auth", "send", PRODUCER, 3),
        span("sms", "receive", CONSUMER, 4),
    ];

    assert_eq!(doctor(&capture(&spans, 1), &Rules::builtin()), []);
}
