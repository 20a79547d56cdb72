//! The recorded fault of the reference against F7 is excused, and nothing else is.

use conformance::compare::Note;
use serde_json::{Value, json};

use crate::{differences, outcome_of, plain, program, recorded};

/// Extracts from a carrier while a span with baggage is active, and expects a context.
fn extract_while_active(entries: &Value, expected: &Value) -> Value {
    let steps = json!([
        {"do": "start", "as": "a"},
        {"do": "set_baggage", "span": "a", "key": "k", "value": "v"},
        {"do": "start", "as": "b"},
        {"do": "activate", "span": "a", "as": "s"},
        {"do": "carrier", "entries": entries, "as": "c"},
        {"do": "extract", "carrier": "c", "format": "http", "as": "x"},
        {"do": "close", "scope": "s"},
        {"do": "finish", "span": "a"},
    ]);
    let reads = json!([{"extracted": "x", "context": expected}]);
    program(&steps, &json!([plain("a", "a", None)]), &reads)
}

fn active() -> Value {
    json!({"trace": "trace-of-a", "span": "a", "baggage": {"k": "v"}})
}

#[test]
fn the_recording_passes_with_a_note() {
    let comparison = outcome_of(&recorded("extract_nothing"));

    assert_eq!(comparison.mismatches, []);
    assert_eq!(comparison.notes, [Note::ReferenceReturnedActiveSpan]);
}

#[test]
fn a_vector_that_expects_nothing_passes_without_a_note() {
    let comparison = outcome_of(&extract_while_active(&json!({}), &json!(null)));

    assert_eq!(comparison.mismatches, []);
    assert_eq!(comparison.notes, []);
}

#[test]
fn a_field_that_no_propagator_reads_does_not_count() {
    let comparison = outcome_of(&extract_while_active(
        &json!({"host": "example"}),
        &active(),
    ));

    assert_eq!(comparison.mismatches, []);
    assert_eq!(comparison.notes, [Note::ReferenceReturnedActiveSpan]);
}

#[test]
fn a_carrier_with_a_field_is_not_excused() {
    let entries = json!({"Baggage": "k2=v2"});

    assert_ne!(
        differences(&extract_while_active(&entries, &active())),
        [""; 0]
    );
}

#[test]
fn another_span_trace_or_baggage_than_the_active_is_not_excused() {
    for (key, other) in [
        ("span", json!("b")),
        ("trace", json!("trace-of-b")),
        ("baggage", json!({})),
    ] {
        let mut expected = active();
        expected[key] = other;
        assert_eq!(
            differences(&extract_while_active(&json!({}), &expected)),
            ["reads[0].context"],
            "{key}"
        );
    }
}

#[test]
fn an_extract_without_an_active_span_is_not_excused() {
    let steps = json!([
        {"do": "start", "as": "a"},
        {"do": "carrier", "entries": {}, "as": "c"},
        {"do": "extract", "carrier": "c", "format": "http", "as": "x"},
    ]);
    let expected = json!({"trace": "trace-of-a", "span": "a", "baggage": {}});
    let reads = json!([{"extracted": "x", "context": expected}]);

    assert_eq!(
        differences(&program(&steps, &json!([]), &reads)),
        ["reads[0].context"]
    );
}

#[test]
fn the_rest_of_an_excused_vector_still_counts() {
    let mut vector = recorded("extract_nothing");
    vector["expect"]["spans"][0]["status"] = json!("error");

    assert_eq!(differences(&vector), ["spans[0] (a).status"]);
}
