//! A vector with a wrong expectation fails, and the difference says where.

use serde_json::{Value, json};

use crate::{differences, outcome_of, plain, program, recorded};

/// The differences of a recorded vector after one value of its expectation is replaced. Unchanged it has none.
fn after(name: &str, pointer: &str, wrong: Value) -> Vec<String> {
    let mut vector = recorded(name);
    assert_eq!(differences(&vector), [""; 0], "{name} as recorded");
    *vector
        .pointer_mut(pointer)
        .expect("the vector has such a place") = wrong;
    differences(&vector)
}

#[test]
fn a_wrong_parent() {
    assert_eq!(
        after("child_of", "/expect/spans/0/parent", json!(null)),
        ["spans[0] (b).parent"]
    );
    assert_eq!(
        after("child_of", "/expect/spans/1/parent", json!("b")),
        ["spans[1] (a).parent"]
    );
    assert_eq!(
        after(
            "extract_w3c",
            "/expect/spans/0/parent",
            json!("b7ad6b7169203332")
        ),
        ["spans[0] (a).parent"]
    );
}

#[test]
fn a_wrong_trace() {
    assert_eq!(
        after(
            "ignore_active",
            "/expect/spans/0/trace",
            json!("trace-of-a")
        ),
        ["spans[0] (b).trace"]
    );
    assert_eq!(
        after("child_of", "/expect/spans/0/trace", json!("trace-of-b")),
        ["spans[0] (b).trace"]
    );
}

#[test]
fn a_link_that_is_missing_or_leads_elsewhere() {
    assert_eq!(
        after(
            "child_of",
            "/expect/spans/1/links",
            json!([{"to": "b", "attributes": {}}])
        ),
        ["spans[1] (a).links[0]"]
    );
    assert_eq!(
        after("child_of", "/expect/spans/0/links", json!([])),
        ["spans[0] (b).links[0]"]
    );
    assert_eq!(
        after("child_of", "/expect/spans/0/links/0/to", json!("b")),
        ["spans[0] (b).links[0].to"]
    );
    assert_eq!(
        after(
            "child_of",
            "/expect/spans/0/links/0/attributes/opentracing.ref_type",
            json!("follows_from")
        ),
        ["spans[0] (b).links[0].attributes.opentracing.ref_type"]
    );
}

#[test]
fn an_attribute_that_is_missing_too_many_or_of_another_type() {
    assert_eq!(
        after("root_span", "/expect/spans/0/attributes", json!({"k": "v"})),
        ["spans[0] (a).attributes.k"]
    );
    assert_eq!(
        after("error_at_start", "/expect/spans/0/attributes", json!({})),
        ["spans[0] (a).attributes.k"]
    );
    assert_eq!(
        after("tags_typed", "/expect/spans/0/attributes/i", json!(42.0)),
        ["spans[0] (a).attributes.i"]
    );
    assert_eq!(
        after("tags_typed", "/expect/spans/0/attributes/b", json!("true")),
        ["spans[0] (a).attributes.b"]
    );
}

#[test]
fn a_span_too_many_or_too_few_or_in_another_order() {
    const ORDER: &str = "spans, in the order of finishing";
    let mut one_less = recorded("child_of");
    let spans = one_less
        .pointer_mut("/expect/spans")
        .and_then(Value::as_array_mut);
    let removed = spans.expect("the vector expects spans").remove(0);
    let mut one_more = recorded("root_span");
    let spans = one_more
        .pointer_mut("/expect/spans")
        .and_then(Value::as_array_mut);
    spans.expect("the vector expects spans").push(removed);
    let mut reversed = recorded("child_of");
    let spans = reversed
        .pointer_mut("/expect/spans")
        .and_then(Value::as_array_mut);
    spans.expect("the vector expects spans").reverse();

    assert_eq!(differences(&one_less), [ORDER]);
    assert_eq!(differences(&one_more), [ORDER]);
    assert_eq!(differences(&reversed), [ORDER]);
}

#[test]
fn a_wrong_name_status_kind_or_scope() {
    assert_eq!(
        after("rename", "/expect/spans/0/name", json!("first")),
        ["spans[0] (a).name"]
    );
    assert_eq!(
        after("error_true", "/expect/spans/0/status", json!("unset")),
        ["spans[0] (a).status"]
    );
    assert_eq!(
        after(
            "semantic_tags_stay",
            "/expect/spans/0/kind",
            json!("server")
        ),
        ["spans[0] (a).kind"]
    );
    assert_eq!(
        after(
            "otel_child_of_shim",
            "/expect/spans/0/scope",
            json!("opentracing-shim")
        ),
        ["spans[0] (n).scope"]
    );
}

#[test]
fn a_wrong_event() {
    assert_eq!(
        after(
            "log_event_name",
            "/expect/spans/0/events/0/name",
            json!("log")
        ),
        ["spans[0] (a).events[0].name"]
    );
    assert_eq!(
        after("log_event_name", "/expect/spans/0/events", json!([])),
        ["spans[0] (a).events[0]"]
    );
    assert_eq!(
        after(
            "log_error",
            "/expect/spans/0/events/0/attributes/exception.type",
            json!("Other")
        ),
        ["spans[0] (a).events[0].attributes.exception.type"]
    );
}

#[test]
fn a_wrong_time_and_a_time_that_the_program_did_not_give() {
    assert_eq!(
        after("log_time", "/expect/spans/0/start_us", json!(1_000_001)),
        ["spans[0] (a).start_us"]
    );
    assert_eq!(
        after("log_time", "/expect/spans/0/end_us", json!(1)),
        ["spans[0] (a).end_us"]
    );
    assert_eq!(
        after("log_time", "/expect/spans/0/events/0/at_us", json!(1)),
        ["spans[0] (a).events[0].at_us"]
    );

    let mut untimed = recorded("root_span");
    untimed["expect"]["spans"][0]["start_us"] = json!(1);
    assert_eq!(differences(&untimed), ["spans[0] (a).start_us"]);
}

#[test]
fn a_wrong_header() {
    let carrier = "/expect/reads/0/carrier";
    assert_eq!(
        after(
            "inject_w3c",
            &format!("{carrier}/traceparent"),
            json!("00-<trace-of-a>-<a>-00")
        ),
        ["reads[0].carrier.traceparent"]
    );
    assert_eq!(
        after(
            "inject_given_not_active",
            &format!("{carrier}/traceparent"),
            json!("00-<trace-of-b>-<b>-01")
        ),
        ["reads[0].carrier.traceparent"]
    );
    assert_eq!(
        after(
            "inject_w3c",
            &format!("{carrier}/baggage"),
            json!("tenant=t2")
        ),
        ["reads[0].carrier.baggage"]
    );
    assert_eq!(
        after("jaeger_inject", carrier, json!({"uberctx-tenant": "t1"})),
        ["reads[0].carrier.uber-trace-id"]
    );
    assert_eq!(
        after(
            "extract_baggage_only",
            "/expect/reads/1/carrier",
            json!({"baggage": "k=v", "b3": "0"})
        ),
        ["reads[1].carrier.b3"]
    );
}

#[test]
fn a_wrong_read() {
    assert_eq!(
        after("active_parent", "/expect/reads/0/active", json!(null)),
        ["reads[0].active"]
    );
    assert_eq!(
        after("baggage_to_child", "/expect/reads/0/value", json!(null)),
        ["reads[0].value"]
    );
    assert_eq!(
        after("baggage_union", "/expect/reads/0/items", json!({"x": "1"})),
        ["reads[0].items.y"]
    );
    assert_eq!(
        after("extract_w3c", "/expect/reads/0/context", json!(null)),
        ["reads[0].context"]
    );
    assert_eq!(
        after(
            "jaeger_extract",
            "/expect/reads/0/context/trace",
            json!("0af7651916cd43dd8448eb211c80319d")
        ),
        ["reads[0].context.trace"]
    );
    assert_eq!(
        after("context_is_immutable", "/expect/reads", json!([])),
        ["reads[0]", "reads[1]"]
    );
}

#[test]
fn a_difference_reads_as_path_expectation_and_result() {
    let mut vector = recorded("child_of");
    vector["expect"]["spans"][0]["parent"] = json!(null);

    let mismatches = outcome_of(&vector).mismatches;

    assert_eq!(mismatches.len(), 1);
    assert_eq!(
        mismatches[0].to_string(),
        "spans[0] (b).parent\n  expected: null\n  got:      \"a\""
    );
}

#[test]
fn ids_in_a_header_are_shown_by_name() {
    let mut vector = recorded("inject_w3c");
    vector["expect"]["reads"][0]["carrier"]["traceparent"] = json!("00-<trace-of-a>-<nobody>-01");

    let mismatches = outcome_of(&vector).mismatches;

    assert_eq!(mismatches.len(), 1);
    assert_eq!(mismatches[0].got, "\"00-<trace-of-a>-<a>-1\"");
}

#[test]
fn a_span_that_the_program_did_not_finish_is_not_expected() {
    let steps = json!([{"do": "start", "as": "a"}]);

    assert_eq!(
        differences(&program(&steps, &json!([]), &json!([]))),
        [""; 0]
    );
    assert_eq!(
        differences(&program(
            &steps,
            &json!([plain("a", "a", None)]),
            &json!([])
        )),
        ["spans, in the order of finishing"]
    );
}
