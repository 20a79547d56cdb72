//! What injects and extracts of the other propagators give, which no recorded vector uses.

use serde_json::{Value, json};

use crate::{differences, plain, program};

const PASSES: [&str; 0] = [];
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// Receives a carrier, sends it on from a child, and finishes that.
fn hop(propagators: &Value, received: &Value, baggage: &Value, sent: &Value) -> Value {
    let steps = json!([
        {"do": "carrier", "entries": received, "as": "c"},
        {"do": "extract", "carrier": "c", "format": "http", "as": "x"},
        {"do": "start", "as": "a", "refs": [{"type": "child_of", "to": "x"}]},
        {"do": "inject", "format": "http", "from": "a", "as": "d"},
        {"do": "finish", "span": "a"},
    ]);
    let mut child = plain("a", "a", Some(SPAN));
    child["links"] = json!([{"to": SPAN, "attributes": {"opentracing.ref_type": "child_of"}}]);
    let context = json!({"trace": TRACE, "span": SPAN, "baggage": baggage});
    let reads = json!([
        {"extracted": "x", "context": context},
        {"injected": "d", "carrier": sent},
    ]);
    let mut vector = program(&steps, &json!([child]), &reads);
    vector["setup"] = json!({"http_headers": propagators});
    vector
}

#[test]
fn a_debug_flag_is_sampled_in_every_dialect() {
    let cases = [
        (
            "jaeger",
            json!({"uber-trace-id": format!("{TRACE}:{SPAN}:0:3")}),
            json!({"uber-trace-id": "<trace-of-a>:<a>:0:1"}),
        ),
        (
            "b3",
            json!({"b3": format!("{TRACE}-{SPAN}-d")}),
            json!({"b3": "<trace-of-a>-<a>-1"}),
        ),
        (
            "b3multi",
            json!({"x-b3-traceid": TRACE, "x-b3-spanid": SPAN, "x-b3-flags": "1"}),
            json!({"X-B3-TraceId": "<trace-of-a>", "X-B3-SpanId": "<a>", "X-B3-Sampled": "1"}),
        ),
    ];

    for (propagator, received, sent) in &cases {
        let vector = hop(&json!([propagator]), received, &json!({}), sent);
        assert_eq!(differences(&vector), PASSES, "{propagator}");
    }
}

#[test]
fn trace_state_travels_with_the_trace() {
    let received = json!({"traceparent": format!("00-{TRACE}-{SPAN}-01"), "tracestate": "a=1,b=2"});
    let sent = json!({"traceparent": "00-<trace-of-a>-<a>-01", "tracestate": "a=1,b=2"});

    let vector = hop(&json!(["tracecontext"]), &received, &json!({}), &sent);

    assert_eq!(differences(&vector), PASSES);
}

#[test]
fn of_several_propagators_the_last_decides_and_all_bring_baggage() {
    let other = "1".repeat(32);
    let received = json!({
        "traceparent": format!("00-{other}-{SPAN}-01"), "baggage": "k=v",
        "uber-trace-id": format!("{TRACE}:{SPAN}:0:1"), "uberctx-j": "w",
    });
    let sent = json!({
        "traceparent": "00-<trace-of-a>-<a>-01", "baggage": "j=w,k=v",
        "uber-trace-id": "<trace-of-a>:<a>:0:1", "uberctx-j": "w", "uberctx-k": "v",
    });
    let baggage = json!({"j": "w", "k": "v"});

    let names = json!(["tracecontext", "baggage", "jaeger"]);

    assert_eq!(
        differences(&hop(&names, &received, &baggage, &sent)),
        PASSES
    );
}

#[test]
fn each_format_has_its_own_propagators_and_none_is_a_choice() {
    let steps = json!([
        {"do": "start", "as": "a"},
        {"do": "inject", "format": "http", "from": "a", "as": "c"},
        {"do": "inject", "format": "text", "from": "a", "as": "d"},
        {"do": "finish", "span": "a"},
    ]);
    let reads = json!([
        {"injected": "c", "carrier": {"b3": "<trace-of-a>-<a>-1"}},
        {"injected": "d", "carrier": {}},
    ]);
    let mut vector = program(&steps, &json!([plain("a", "a", None)]), &reads);
    vector["setup"] = json!({"http_headers": ["b3"], "text_map": []});

    assert_eq!(differences(&vector), PASSES);
}

#[test]
fn baggage_that_cannot_leave_is_missing_in_the_carrier_and_fails_no_step() {
    let steps = json!([
        {"do": "start", "as": "a"},
        {"do": "set_baggage", "span": "a", "key": "two words", "value": "v"},
        {"do": "set_baggage", "span": "a", "key": "k", "value": "a b,c"},
        {"do": "inject", "format": "http", "from": "a", "as": "c"},
        {"do": "finish", "span": "a"},
    ]);
    let sending = |baggage: &str| {
        let carrier = json!({"traceparent": "00-<trace-of-a>-<a>-01", "baggage": baggage});
        let reads = json!([{"injected": "c", "carrier": carrier}]);
        differences(&program(&steps, &json!([plain("a", "a", None)]), &reads))
    };

    assert_eq!(sending("k=a%20b%2Cc"), PASSES);
    assert_eq!(
        sending("k=a%20b%2Cc,two%20words=v"),
        ["reads[0].carrier.baggage"]
    );
}

#[test]
fn corrupt_ids_beside_baggage_leave_the_baggage_and_a_root() {
    let steps = json!([
        {"do": "carrier", "entries": {"traceparent": "00-zz-yy-01", "baggage": "k=v"}, "as": "c"},
        {"do": "extract", "carrier": "c", "format": "http", "as": "x"},
        {"do": "get_baggage", "span": "x", "key": "k"},
        {"do": "baggage_items", "of": "x"},
        {"do": "start", "as": "a", "refs": [{"type": "follows_from", "to": "x"}]},
        {"do": "get_baggage", "span": "a", "key": "k"},
        {"do": "finish", "span": "a"},
    ]);
    let context = json!({"trace": "0".repeat(32), "span": null, "baggage": {"k": "v"}});
    let reads = json!([
        {"extracted": "x", "context": context},
        {"baggage_of": "x", "key": "k", "value": "v"},
        {"items_of": "x", "items": {"k": "v"}},
        {"baggage_of": "a", "key": "k", "value": "v"},
    ]);
    let spans = json!([plain("a", "a", None)]);

    assert_eq!(differences(&program(&steps, &spans, &reads)), PASSES);
}
