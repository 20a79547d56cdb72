//! Strict W3C Trace Context and Baggage.

use std::collections::HashMap;

use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue};
use opentracing_shim::propagation::{BaggagePropagator, TraceContextPropagator};
use proptest::prelude::*;

const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn headers(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn extract(pairs: &[(&str, &str)]) -> SpanContext {
    let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers(pairs));
    cx.span().span_context().clone()
}

#[test]
fn a_traceparent_is_read() {
    let context = extract(&[("traceparent", VALID)]);

    assert_eq!(
        context.trace_id().to_string(),
        "0af7651916cd43dd8448eb211c80319c"
    );
    assert_eq!(context.span_id().to_string(), "b7ad6b7169203331");
    assert!(context.is_sampled() && context.is_remote());
}

#[test]
fn white_space_around_and_later_versions_are_accepted() {
    let accepted = [
        " \t00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\t ",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future",
    ];

    for header in accepted {
        assert!(extract(&[("traceparent", header)]).is_valid(), "{header:?}");
    }
}

#[test]
fn what_the_recommendation_forbids_is_refused() {
    let refused = [
        "",
        "00-+1-+2-01",
        "00-1-2-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-001",
        "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0X",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        "00-0af7651916cd43dd8448eb211c8031ü-b7ad6b7169203331-01",
    ];

    for header in refused {
        assert!(
            !extract(&[("traceparent", header)]).is_valid(),
            "{header:?}"
        );
    }
}

#[test]
fn a_tracestate_is_kept_in_order_and_without_repeats() {
    let context = extract(&[
        ("traceparent", VALID),
        ("tracestate", " foo=1 ,\tbar=a b ,, foo=2, t@v=x"),
    ]);

    assert_eq!(context.trace_state().header(), "foo=1,bar=a b,t@v=x");
}

#[test]
fn a_tracestate_with_a_fault_is_dropped_and_the_trace_goes_on() {
    let many = (0..33)
        .map(|index| format!("k{index}=v"))
        .collect::<Vec<_>>()
        .join(",");
    let faults = [
        "foo",
        "foo=",
        "=v",
        "foo=1=2",
        "FOO=1",
        "foo =1",
        "foo=\u{7f}",
        "foo=ü",
        &many,
    ];

    for fault in faults {
        let context = extract(&[("traceparent", VALID), ("tracestate", fault)]);

        assert!(context.is_valid());
        assert_eq!(context.trace_state(), &TraceState::NONE, "{fault:?}");
    }
}

#[test]
fn thirty_two_members_are_allowed() {
    let state = (0..32)
        .map(|index| format!("k{index}=v"))
        .collect::<Vec<_>>()
        .join(",");

    assert_eq!(
        extract(&[("traceparent", VALID), ("tracestate", &state)])
            .trace_state()
            .header(),
        state
    );
}

#[test]
fn private_flags_stay_at_home_and_an_empty_tracestate_is_not_sent() {
    let context = SpanContext::new(
        1.into(),
        2.into(),
        TraceFlags::new(0xff),
        false,
        TraceState::NONE,
    );
    let mut carrier = HashMap::new();

    let cx = Context::new().with_remote_span_context(context);
    TraceContextPropagator::new().inject_context(&cx, &mut carrier);

    let expected = headers(&[(
        "traceparent",
        "00-00000000000000000000000000000001-0000000000000002-03",
    )]);
    assert_eq!(carrier, expected);
}

fn baggage_of(cx: &Context) -> Vec<(String, String, String)> {
    let mut items: Vec<_> = cx
        .baggage()
        .iter()
        .map(|(key, (value, metadata))| (key.to_string(), value.to_string(), metadata.to_string()))
        .collect();
    items.sort();
    items
}

fn extract_baggage(cx: &Context, header: &str) -> Context {
    BaggagePropagator::new().extract_with_context(cx, &headers(&[("baggage", header)]))
}

fn item(key: &str, value: &str, metadata: &str) -> (String, String, String) {
    (key.to_owned(), value.to_owned(), metadata.to_owned())
}

#[test]
fn baggage_is_read_with_white_space_and_metadata() {
    let cx = extract_baggage(&Context::new(), " a = 1 , b=%20%25 ; p=1;q ,c=");

    assert_eq!(
        baggage_of(&cx),
        [
            item("a", "1", ""),
            item("b", " %", "p=1;q"),
            item("c", "", "")
        ]
    );
}

#[test]
fn an_item_that_is_wrong_takes_no_other_with_it() {
    let cx = extract_baggage(
        &Context::new(),
        "none,=v,bad key=1,quote=\"x\",umlaut=ä,inner=a b,good=1",
    );

    assert_eq!(baggage_of(&cx), [item("good", "1", "")]);
}

#[test]
fn a_broken_escape_is_replaced_and_not_refused() {
    let cx = extract_baggage(&Context::new(), "a=%ff,b=%zz,c=%");

    assert_eq!(
        baggage_of(&cx),
        [
            item("a", "\u{fffd}", ""),
            item("b", "%zz", ""),
            item("c", "%", "")
        ]
    );
}

#[test]
fn baggage_is_united_and_the_header_wins() {
    let cx = Context::new().with_baggage([KeyValue::new("kept", "1"), KeyValue::new("both", "1")]);

    let cx = extract_baggage(&cx, "both=2,new=2");

    assert_eq!(
        baggage_of(&cx),
        [
            item("both", "2", ""),
            item("kept", "1", ""),
            item("new", "2", "")
        ]
    );
}

#[test]
fn metadata_that_would_break_the_list_is_left_out() {
    let mut baggage = Baggage::new();
    baggage.insert_with_metadata("k", "v", "a,b=c");
    let mut carrier = HashMap::new();

    BaggagePropagator::new().inject_context(&Context::new().with_baggage(baggage), &mut carrier);

    assert_eq!(carrier, headers(&[("baggage", "k=v")]));
}

proptest! {
    #[test]
    fn any_header_is_survived(parent in ".*", state in ".*", baggage in ".*") {
        let pairs = [("traceparent", parent.as_str()), ("tracestate", state.as_str())];
        extract(&pairs);
        extract(&[("traceparent", VALID), pairs[1]]);
        extract_baggage(&Context::new(), &baggage);
    }

    #[test]
    fn any_context_comes_back(trace in 1_u128.., span in 1_u64.., sampled: bool, value in "[!-+\\--<>-~]{1,20}") {
        let state = TraceState::from_key_value([("k", value)]).expect("valid");
        let flags = TraceFlags::default().with_sampled(sampled);
        let context = SpanContext::new(trace.into(), span.into(), flags, true, state);
        let mut carrier = HashMap::new();

        let cx = Context::new().with_remote_span_context(context.clone());
        TraceContextPropagator::new().inject_context(&cx, &mut carrier);
        let back = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);

        prop_assert_eq!(back.span().span_context().clone(), context);
    }

    #[test]
    fn any_baggage_comes_back(items in prop::collection::btree_map("[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,8}", ".{0,40}", 0..20)) {
        let pairs = items.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let cx = Context::new().with_baggage(pairs);
        let mut carrier = HashMap::new();

        BaggagePropagator::new().inject_context(&cx, &mut carrier);
        let back = BaggagePropagator::new().extract_with_context(&Context::new(), &carrier);

        prop_assert_eq!(baggage_of(&back), baggage_of(&cx));
    }
}
