//! The steps, fields and setups that no recorded vector uses.

use serde_json::{Value, json};

use crate::{differences, plain, program};

const PASSES: [&str; 0] = [];

fn native(span: &str, trace_of: &str, parent: Option<&str>) -> Value {
    let mut native = plain(span, trace_of, parent);
    native["scope"] = json!("native");
    native
}

#[test]
fn activating_null_hides_the_active_span() {
    let steps = json!([
        {"do": "start", "as": "a"},
        {"do": "activate", "span": "a", "as": "s"},
        {"do": "activate", "span": null, "as": "none"},
        {"do": "active"},
        {"do": "start", "as": "b"},
        {"do": "finish", "span": "b"},
        {"do": "close", "scope": "none"},
        {"do": "active"},
        {"do": "close", "scope": "s"},
        {"do": "close", "scope": "s"},
        {"do": "finish", "span": "a"},
    ]);
    let spans = json!([plain("b", "b", None), plain("a", "a", None)]);
    let reads = json!([{"active": null}, {"active": "a"}]);

    assert_eq!(differences(&program(&steps, &spans, &reads)), PASSES);
}

#[test]
fn the_active_span_can_be_named_and_used() {
    let steps = json!([
        {"do": "otel_start", "as": "n"},
        {"do": "otel_activate", "span": "n", "as": "s"},
        {"do": "active_as", "as": "w"},
        {"do": "tag", "span": "w", "key": "k", "value": 1},
        {"do": "start", "as": "a", "refs": [{"type": "child_of", "to": "w"}], "ignore_active": true},
        {"do": "finish", "span": "a"},
        {"do": "finish", "span": "w"},
        {"do": "close", "scope": "s"},
    ]);
    let mut child = plain("a", "n", Some("w"));
    child["links"] = json!([{"to": "n", "attributes": {"opentracing.ref_type": "child_of"}}]);
    let mut parent = native("w", "n", None);
    parent["name"] = json!("n");
    parent["attributes"] = json!({"k": 1});

    assert_eq!(
        differences(&program(&steps, &json!([child, parent]), &json!([]))),
        PASSES
    );
}

#[test]
fn native_baggage_reaches_spans_and_can_be_read() {
    for form in [
        json!({"items": {"k": "v"}}),
        json!({"key": "k", "value": "v"}),
    ] {
        let mut step = json!({"do": "otel_baggage", "as": "s"});
        for (key, value) in form.as_object().expect("each form is an object") {
            step[key] = value.clone();
        }
        let steps = json!([
            {"do": "otel_current_baggage"},
            step,
            {"do": "otel_current_baggage"},
            {"do": "start", "as": "a"},
            {"do": "get_baggage", "span": "a", "key": "k"},
            {"do": "get_baggage", "span": "a", "key": "other"},
            {"do": "close", "scope": "s"},
            {"do": "finish", "span": "a"},
        ]);
        let reads = json!([
            {"otel_baggage": {}},
            {"current_baggage": {"k": "v"}},
            {"baggage_of": "a", "key": "k", "value": "v"},
            {"baggage_of": "a", "key": "other", "value": null},
        ]);

        assert_eq!(
            differences(&program(&steps, &json!([plain("a", "a", None)]), &reads)),
            PASSES
        );
    }
}

#[test]
fn the_baggage_of_an_active_span_is_the_native_apis_too() {
    let steps = json!([
        {"do": "start", "as": "a"},
        {"do": "set_baggage", "span": "a", "key": "k", "value": "v"},
        {"do": "activate", "span": "a", "as": "s"},
        {"do": "otel_start", "as": "n"},
        {"do": "otel_activate", "span": "n", "as": "t"},
        {"do": "otel_current_baggage"},
        {"do": "close", "scope": "t"},
        {"do": "close", "scope": "s"},
        {"do": "otel_finish", "span": "n"},
        {"do": "finish", "span": "a"},
    ]);
    let spans = json!([native("n", "a", Some("a")), plain("a", "a", None)]);

    assert_eq!(
        differences(&program(
            &steps,
            &spans,
            &json!([{"otel_baggage": {"k": "v"}}])
        )),
        PASSES
    );
}

#[test]
fn times_can_be_given_to_native_spans() {
    let steps = json!([
        {"do": "otel_start", "as": "n", "op": "work", "at_us": 5},
        {"do": "otel_finish", "span": "n", "at_us": 7},
    ]);
    let mut span = native("n", "n", None);
    span["name"] = json!("work");
    span["start_us"] = json!(5);
    span["end_us"] = json!(7);

    assert_eq!(
        differences(&program(&steps, &json!([span]), &json!([]))),
        PASSES
    );
}

#[test]
fn a_bare_event_is_its_text_and_nothing_else() {
    let expecting = |event: Value| {
        let steps = json!([
            {"do": "start", "as": "a"},
            {"do": "event", "span": "a", "name": "cache-miss"},
            {"do": "finish", "span": "a"},
        ]);
        let mut span = plain("a", "a", None);
        span["events"] = json!([event]);
        differences(&program(&steps, &json!([span]), &json!([])))
    };
    let bare = expecting(json!({"name": "cache-miss", "attributes": {}}));
    let unnamed = expecting(json!({"name": "log", "attributes": {}}));
    let field = expecting(json!({"name": "cache-miss", "attributes": {"event": "cache-miss"}}));

    assert_eq!(bare, PASSES);
    assert_eq!(unnamed, ["spans[0] (a).events[0].name"]);
    assert_eq!(field, ["spans[0] (a).events[0].attributes.event"]);
}

#[test]
fn a_context_goes_round_through_the_text_map_of_each_propagator() {
    for propagator in ["tracecontext", "jaeger", "b3", "b3multi"] {
        let steps = json!([
            {"do": "start", "as": "a"},
            {"do": "inject", "format": "text", "from": "a", "as": "c"},
            {"do": "extract", "carrier": "c", "format": "text", "as": "x"},
            {"do": "start", "as": "b", "refs": [{"type": "follows_from", "to": "x"}]},
            {"do": "finish", "span": "b"},
            {"do": "finish", "span": "a"},
        ]);
        let carrier = match propagator {
            "tracecontext" => json!({"traceparent": "00-<trace-of-a>-<a>-01"}),
            "jaeger" => json!({"uber-trace-id": "<trace-of-a>:<a>:0:1"}),
            "b3" => json!({"b3": "<trace-of-a>-<a>-1"}),
            _ => json!({"X-B3-TraceId": "<trace-of-a>", "X-B3-SpanId": "<a>", "X-B3-Sampled": "1"}),
        };
        let mut child = plain("b", "a", Some("a"));
        child["links"] =
            json!([{"to": "a", "attributes": {"opentracing.ref_type": "follows_from"}}]);
        let reads = json!([
            {"injected": "c", "carrier": carrier},
            {"extracted": "x", "context": {"trace": "trace-of-a", "span": "a", "baggage": {}}},
        ]);
        let mut vector = program(&steps, &json!([child, plain("a", "a", None)]), &reads);
        vector["setup"] = json!({"text_map": [propagator], "sampler": "always_on"});

        assert_eq!(differences(&vector), PASSES, "{propagator}");
    }
}

#[test]
fn a_received_carrier_can_hold_ids_by_name() {
    let steps = json!([
        {"do": "start", "as": "a"},
        {"do": "carrier", "entries": {"Traceparent": "00-<trace-of-a>-<a>-01"}, "as": "c"},
        {"do": "extract", "carrier": "c", "format": "http", "as": "x"},
        {"do": "finish", "span": "a"},
    ]);
    let reads =
        json!([{"extracted": "x", "context": {"trace": "trace-of-a", "span": "a", "baggage": {}}}]);

    assert_eq!(
        differences(&program(&steps, &json!([plain("a", "a", None)]), &reads)),
        PASSES
    );
}

#[test]
fn a_reference_to_what_was_not_found_is_no_reference() {
    let steps = json!([
        {"do": "carrier", "entries": {}, "as": "c"},
        {"do": "extract", "carrier": "c", "format": "http", "as": "x"},
        {"do": "start", "as": "a", "refs": [{"type": "child_of", "to": "x"}]},
        {"do": "finish", "span": "a"},
    ]);
    let reads = json!([{"extracted": "x", "context": null}]);

    assert_eq!(
        differences(&program(&steps, &json!([plain("a", "a", None)]), &reads)),
        PASSES
    );
}

#[test]
fn samplers_decide_over_roots_and_over_children() {
    let remote =
        |flags: &str| format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
    let cases = [
        ("parentbased_always_on", "00", false, true),
        ("parentbased_always_off", "01", true, false),
        ("always_on", "00", true, true),
        ("always_off", "01", false, false),
    ];

    for (sampler, flags, child_recorded, root_recorded) in cases {
        let steps = json!([
            {"do": "carrier", "entries": {"traceparent": remote(flags)}, "as": "c"},
            {"do": "extract", "carrier": "c", "format": "http", "as": "x"},
            {"do": "start", "as": "child", "refs": [{"type": "child_of", "to": "x"}]},
            {"do": "finish", "span": "child"},
            {"do": "start", "as": "root"},
            {"do": "finish", "span": "root"},
        ]);
        let mut child = plain("child", "child", Some("b7ad6b7169203331"));
        child["links"] =
            json!([{"to": "b7ad6b7169203331", "attributes": {"opentracing.ref_type": "child_of"}}]);
        let spans: Vec<Value> = [
            (child_recorded, child),
            (root_recorded, plain("root", "root", None)),
        ]
        .into_iter()
        .filter_map(|(is_recorded, span)| is_recorded.then_some(span))
        .collect();
        let context = json!({"trace": "trace-of-child", "span": "b7ad6b7169203331", "baggage": {}});
        let reads = json!([{"extracted": "x", "context": context}]);
        let mut vector = program(&steps, &json!(spans), &reads);
        vector["setup"] = json!({"sampler": sampler});

        assert_eq!(differences(&vector), PASSES, "{sampler}");
    }
}
