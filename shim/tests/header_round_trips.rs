//! Whatever is written comes back: every format, any ids, any baggage.

mod support;

use std::collections::{BTreeMap, HashMap};

use http::HeaderMap;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue};
use opentracing_shim::Format;
use opentracing_shim::propagation::{
    B3Encoding, B3Propagator, BaggagePropagator, BinaryPropagator, Fleet, JaegerPropagator,
    TraceContextPropagator, from_names,
};
use opentracing_shim::{ExtractCarrier, InjectCarrier, TracerShim};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use support::Recorder;

type Items = BTreeMap<String, String>;

const SAMPLED: u8 = 0x01;
const RANDOM: u8 = 0x02;
const DEBUG: u8 = 0x04;

/// Ids of every length, small ones more often than chance would have them.
fn contexts(flags: &'static [u8]) -> impl Strategy<Value = SpanContext> {
    let trace_id = prop_oneof![1..=u128::MAX, 1..=u128::from(u64::MAX), 1..=0xff_u128];
    let span_id = prop_oneof![1..=u64::MAX, 1..=0xff_u64];
    (trace_id, span_id, proptest::sample::select(flags)).prop_map(|(trace_id, span_id, flags)| {
        SpanContext::new(
            trace_id.into(),
            span_id.into(),
            TraceFlags::new(flags),
            true,
            TraceState::NONE,
        )
    })
}

/// Text with everything in it that means something to one of the formats.
fn texts() -> impl Strategy<Value = String> {
    let special = proptest::sample::select(&[
        "%",
        "+",
        " ",
        "=",
        ",",
        ";",
        ":",
        "\\",
        "\"",
        "\n",
        "\t",
        "\0",
        "%20",
        "%2",
        "ö",
        "\u{1F600}",
    ]);
    let part = prop_oneof![
        special.prop_map(str::to_owned),
        "[ -~]{0,8}",
        any::<String>()
    ];
    vec(part, 0..4).prop_map(|parts| parts.concat().chars().take(40).collect())
}

/// The keys that the wire formats take.
fn tokens() -> impl Strategy<Value = String> {
    "[-A-Za-z0-9!#$%&'*+.^_`|~]{1,12}"
}

fn items(keys: impl Strategy<Value = String>) -> impl Strategy<Value = Items> {
    btree_map(keys, texts(), 0..8)
}

fn context(span: &SpanContext, items: &Items) -> Context {
    let items = items
        .iter()
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    Context::new()
        .with_remote_span_context(span.clone())
        .with_baggage(items)
}

fn items_of(baggage: &Baggage) -> Items {
    let owned = |(key, (value, _)): (&opentelemetry::Key, &(opentelemetry::StringValue, _))| {
        (key.to_string(), value.to_string())
    };
    baggage.iter().map(owned).collect()
}

fn span_of(cx: &Context) -> SpanContext {
    cx.span().span_context().clone()
}

/// There and back through a map.
fn through(propagator: &dyn TextMapPropagator, cx: &Context) -> Context {
    let mut headers: HashMap<String, String> = HashMap::new();
    propagator.inject_context(cx, &mut headers);
    propagator.extract_with_context(&Context::new(), &headers)
}

/// There and back through the bridge and a carrier.
fn through_carrier<C: InjectCarrier + ExtractCarrier>(
    names: &str,
    items: &Items,
    format: Format<'_>,
    mut carrier: C,
) -> Items {
    let recorder = Recorder::new();
    let tracer = TracerShim::builder(recorder.provider.clone())
        .propagator(from_names(names).expect("known names"))
        .build();
    let span = tracer.build_span("sender").start();
    for (key, value) in items {
        span.set_baggage_item(key.clone(), value.clone());
    }
    tracer
        .inject(&span, format, &mut carrier)
        .expect("every item can be written");
    let received = tracer
        .extract(format, &carrier)
        .expect("not corrupt")
        .expect("a context");
    assert_eq!(received.to_trace_id(), span.context().to_trace_id());
    assert_eq!(received.to_span_id(), span.context().to_span_id());
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    received.baggage_items().map(owned).collect()
}

/// Members that both the recommendation and OpenTelemetry's type allow.
fn tracestates() -> impl Strategy<Value = TraceState> {
    let member = (
        "[a-z0-9][-a-z0-9_*/]{0,20}(@[a-z][-a-z0-9]{0,5})?",
        "[!-+--<>-~]([ -+--<>-~]{0,20}[!-+--<>-~])?",
    );
    vec(member, 0..=32).prop_map(|members| {
        let unique: HashMap<_, _> = members.into_iter().collect();
        TraceState::from_key_value(unique).expect("members of the grammar")
    })
}

proptest! {
    #[test]
    fn tracecontext(span in contexts(&[0, SAMPLED, RANDOM, SAMPLED | RANDOM]), state in tracestates()) {
        let (ids, flags) = ((span.trace_id(), span.span_id()), span.trace_flags());
        let sent = SpanContext::new(ids.0, ids.1, flags, true, state);

        let cx = through(&TraceContextPropagator::new(), &context(&sent, &Items::new()));

        prop_assert_eq!(&span_of(&cx), &sent);
    }

    #[test]
    fn e13_w3c_baggage(items in items(tokens())) {
        let cx = through(&BaggagePropagator::new(), &context(&SpanContext::NONE, &items));

        prop_assert_eq!(items_of(cx.baggage()), items);
    }

    #[test]
    fn e13_w3c_baggage_through_http(items in items(tokens())) {
        let received = through_carrier("tracecontext,baggage", &items, Format::HttpHeaders, HeaderMap::new());

        prop_assert_eq!(received, items);
    }

    #[test]
    fn jaeger(span in contexts(&[0, SAMPLED, SAMPLED | DEBUG]), items in items(tokens())) {
        let cx = through(&JaegerPropagator::new(), &context(&span, &lower(items.clone())));

        prop_assert_eq!(&span_of(&cx), &span);
        prop_assert_eq!(items_of(cx.baggage()), lower(items));
    }

    #[test]
    fn e13_jaeger_baggage_through_http(items in items(tokens())) {
        let items = lower(items);

        let received = through_carrier("jaeger", &items, Format::HttpHeaders, HeaderMap::new());

        prop_assert_eq!(received, items);
    }

    #[test]
    fn jaeger_in_text_maps(items in items(tokens())) {
        let items = lower(items);

        let cx = through(&JaegerPropagator::new().raw_values(), &context(&SpanContext::NONE, &items));

        prop_assert_eq!(items_of(cx.baggage()), items);
    }

    #[test]
    fn both_forms_of_b3(span in contexts(&[0, SAMPLED, SAMPLED | DEBUG])) {
        for encoding in [B3Encoding::Single, B3Encoding::Multi] {
            let propagator = B3Propagator::with_encoding(encoding);

            let cx = through(&propagator, &context(&span, &Items::new()));

            prop_assert_eq!(&span_of(&cx), &span);
        }
    }

    #[test]
    fn fleet(span in contexts(&[0, SAMPLED, SAMPLED | DEBUG, SAMPLED | RANDOM]), items in items(tokens())) {
        let items = lower(items);

        let cx = through(&Fleet::builder().without_marker().build(), &context(&span, &items));

        prop_assert_eq!(&span_of(&cx), &span);
        prop_assert_eq!(items_of(cx.baggage()), items);
    }

    #[test]
    fn e13_fleet_through_http(items in items(tokens())) {
        let items = lower(items);

        let received = through_carrier("fleet", &items, Format::HttpHeaders, HeaderMap::new());

        prop_assert_eq!(received, items);
    }

    #[test]
    fn f4_binary(span in contexts(&[0, SAMPLED, SAMPLED | DEBUG]), items in items(tokens())) {
        let mut bytes = Vec::new();
        BinaryPropagator::new()
            .inject_context(&context(&span, &items), &mut bytes)
            .expect("within the limits");

        let cx = BinaryPropagator::new()
            .extract_with_context(&Context::new(), &bytes)
            .expect("just written");

        prop_assert_eq!(&span_of(&cx), &span);
        prop_assert_eq!(items_of(cx.baggage()), items);
    }

    #[test]
    fn f4_e11_binary_with_any_key(items in items(texts())) {
        let received = through_carrier("none", &items, Format::Binary, Vec::<u8>::new());

        prop_assert_eq!(received, items);
    }
}

/// As HTTP leaves the keys of Jaeger's items.
fn lower(items: Items) -> Items {
    let lower = |(key, value): (String, String)| (key.to_lowercase(), value);
    items.into_iter().map(lower).collect()
}
