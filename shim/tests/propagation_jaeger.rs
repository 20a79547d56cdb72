//! Jaeger's headers.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue};
use opentracing_shim::propagation::{JaegerNames, JaegerPropagator};
use proptest::prelude::*;

fn headers(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn extract(pairs: &[(&str, &str)]) -> Context {
    JaegerPropagator::new().extract_with_context(&Context::new(), &headers(pairs))
}

/// Trace id, span id and whether it is sampled.
fn parse(header: &str) -> Option<(u128, u64, bool)> {
    let cx = extract(&[("uber-trace-id", header)]);
    let context = cx.span().span_context().clone();
    context.is_valid().then(|| {
        let trace_id = u128::from_be_bytes(context.trace_id().to_bytes());
        (
            trace_id,
            u64::from_be_bytes(context.span_id().to_bytes()),
            context.is_sampled(),
        )
    })
}

fn inject(propagator: &JaegerPropagator, cx: &Context) -> HashMap<String, String> {
    let mut carrier = HashMap::new();
    propagator.inject_context(cx, &mut carrier);
    carrier
}

fn context(trace_id: u128, flags: u8) -> Context {
    let context = SpanContext::new(
        trace_id.into(),
        2.into(),
        TraceFlags::new(flags),
        true,
        TraceState::NONE,
    );
    Context::new().with_remote_span_context(context)
}

fn baggage(cx: &Context, key: &str) -> Option<String> {
    cx.baggage().get(key).map(ToString::to_string)
}

#[test]
fn ids_of_any_length_are_padded_on_the_left() {
    let cases = [
        ("1:2:0:1", (1, 2, true)),
        (
            "af7651916cd43dd:7ad6b7169203331:0:1",
            (0xaf7651916cd43dd, 0x7ad6b7169203331, true),
        ),
        (
            "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:1:0",
            (0xaf7651916cd43dd8448eb211c80319c, 0xb7ad6b7169203331, false),
        ),
        ("10000000000000000:2:0:1", (1 << 64, 2, true)),
        ("ABCDEF:ABC:0:1", (0xabcdef, 0xabc, true)),
        (" 1:2:0:1 ", (1, 2, true)),
        ("1%3A2%3a0%3A1", (1, 2, true)),
    ];

    for (header, expected) in cases {
        assert_eq!(parse(header), Some(expected), "{header:?}");
    }
}

#[test]
fn flags_are_one_or_two_digits_and_debug_implies_sampled() {
    let cases = [
        ("0", false),
        ("1", true),
        ("3", true),
        ("01", true),
        ("03", true),
        ("2", true),
        ("4", false),
        ("8", false),
        ("9", true),
        ("0b", true),
        ("b", true),
        ("ff", true),
        ("FE", true),
    ];

    for (flags, sampled) in cases {
        assert_eq!(
            parse(&format!("1:2:0:{flags}")),
            Some((1, 2, sampled)),
            "{flags:?}"
        );
    }
}

#[test]
fn what_is_no_header_is_refused() {
    let refused = [
        "",
        "1",
        "1:2:3",
        "1:2:0:1:",
        "1:2:0:1:5",
        ":2:0:1",
        "1::0:1",
        "1:2::1",
        "1:2:0:",
        "0:2:0:1",
        "1:0:0:1",
        "+1:2:0:1",
        "1:-2:0:1",
        "1:2:0:+1",
        "1:2:0:100",
        "1:2:0:x",
        "x:2:0:1",
        "1 :2:0:1",
        "ü:2:0:1",
        "123456789012345678901234567890123:2:0:1",
        "1:12345678901234567:0:1",
    ];

    for header in refused {
        assert_eq!(parse(header), None, "{header:?}");
    }
}

#[test]
fn what_is_sent_is_understood_by_old_receivers() {
    let propagator = JaegerPropagator::new();

    let long = inject(&propagator, &context(1 << 64, 0x01));
    let short = inject(&propagator, &context(0xabc, 0x00));
    let random = inject(&propagator, &context(1, 0x03));

    assert_eq!(
        long["uber-trace-id"],
        "00000000000000010000000000000000:0000000000000002:0:1"
    );
    assert_eq!(
        short["uber-trace-id"],
        "0000000000000abc:0000000000000002:0:0"
    );
    assert!(
        random["uber-trace-id"].ends_with(":1"),
        "W3C's random bit is not Jaeger's debug bit"
    );
}

#[test]
fn debug_is_handed_on() {
    let cx = extract(&[("uber-trace-id", "1:2:0:3")]);

    assert!(inject(&JaegerPropagator::new(), &cx)["uber-trace-id"].ends_with(":3"));
}

#[test]
fn baggage_is_form_encoded_in_http_and_raw_in_text() {
    let cx = Context::new().with_baggage([KeyValue::new("k", "a b+c%d")]);

    assert_eq!(
        inject(&JaegerPropagator::new(), &cx),
        headers(&[("uberctx-k", "a%20b%2Bc%25d")])
    );
    assert_eq!(
        inject(&JaegerPropagator::new().raw_values(), &cx),
        headers(&[("uberctx-k", "a b+c%d")])
    );
    assert_eq!(
        baggage(&extract(&[("uberctx-k", "a+b%2Bc")]), "k").as_deref(),
        Some("a b+c")
    );
    let raw = JaegerPropagator::new().raw_values();
    let cx = raw.extract_with_context(&Context::new(), &headers(&[("uberctx-k", "a+b%2Bc")]));
    assert_eq!(baggage(&cx, "k").as_deref(), Some("a+b%2Bc"));
}

#[test]
fn baggage_needs_no_trace_and_survives_a_corrupt_one() {
    let cx = extract(&[("uber-trace-id", "x"), ("uberctx-k", "v")]);

    assert!(!cx.has_active_span());
    assert_eq!(baggage(&cx, "k").as_deref(), Some("v"));
}

#[test]
fn baggage_by_hand_fills_up() {
    let cx = extract(&[
        ("jaeger-baggage", "a=1, b%3D2 ,c=1=2,d"),
        ("uberctx-a", "own header"),
    ]);

    assert_eq!(baggage(&cx, "a").as_deref(), Some("own header"));
    assert_eq!(baggage(&cx, "b").as_deref(), Some("2"));
    assert_eq!(cx.baggage().len(), 2);
}

#[test]
fn what_another_propagator_found_stays() {
    let valid = context(7, 1).with_baggage([KeyValue::new("k", "first")]);
    let faulty = [
        ("uber-trace-id", "0:0:0:0"),
        ("uberctx-k", "second"),
        ("jaeger-debug-id", "me"),
    ];

    let cx = JaegerPropagator::new().extract_with_context(&valid, &headers(&faulty));

    assert_eq!(cx.span().span_context(), valid.span().span_context());
    assert_eq!(baggage(&cx, "k").as_deref(), Some("first"));
}

#[test]
fn a_debug_id_is_sampled_without_ids() {
    let cx = extract(&[("jaeger-debug-id", "me")]);

    assert!(!cx.span().span_context().is_valid());
    assert!(cx.span().span_context().is_sampled());
}

#[test]
fn all_names_can_be_changed() {
    let names = JaegerNames {
        trace_id: "x-trace".to_owned(),
        baggage_prefix: "x-bag-".to_owned(),
        debug_id: "x-debug".to_owned(),
        ..JaegerNames::default()
    };
    let propagator = JaegerPropagator::with_names(names);
    let cx = context(1, 1).with_baggage([KeyValue::new("k", "v")]);

    let sent = inject(&propagator, &cx);

    assert_eq!(
        sent,
        headers(&[
            ("x-trace", "0000000000000001:0000000000000002:0:1"),
            ("x-bag-k", "v")
        ])
    );
    let back = propagator.extract_with_context(&Context::new(), &sent);
    assert_eq!(baggage(&back, "k").as_deref(), Some("v"));
    assert_eq!(
        propagator.fields().collect::<Vec<_>>(),
        ["x-trace", "jaeger-baggage", "x-debug"]
    );
}

proptest! {
    #[test]
    fn any_header_is_survived(pairs in prop::collection::hash_map(
        prop_oneof![
            Just("uber-trace-id".to_owned()),
            Just("jaeger-baggage".to_owned()),
            Just("jaeger-debug-id".to_owned()),
            ".{0,20}".prop_map(|key| format!("uberctx-{key}")),
            ".{0,20}",
        ],
        ".*",
        0..6,
    )) {
        JaegerPropagator::new().extract_with_context(&Context::new(), &pairs);
    }

    #[test]
    fn any_context_comes_back(trace in 1_u128.., span in 1_u64.., sampled: bool) {
        let flags = TraceFlags::default().with_sampled(sampled);
        let context = SpanContext::new(trace.into(), span.into(), flags, true, TraceState::NONE);

        let sent = inject(&JaegerPropagator::new(), &Context::new().with_remote_span_context(context.clone()));
        let back = JaegerPropagator::new().extract_with_context(&Context::new(), &sent);

        prop_assert_eq!(back.span().span_context().clone(), context);
    }

    #[test]
    fn any_baggage_comes_back(items in prop::collection::btree_map("[a-z0-9-]{1,8}", ".{0,40}", 0..20)) {
        let cx = Context::new().with_baggage(items.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())));

        let back = JaegerPropagator::new()
            .extract_with_context(&Context::new(), &inject(&JaegerPropagator::new(), &cx));

        prop_assert_eq!(back.baggage().len(), items.len());
        for (key, value) in items {
            prop_assert_eq!(baggage(&back, &key), Some(value));
        }
    }
}
