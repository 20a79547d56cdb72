//! Vectors that cannot be understood are errors that name the file and the place.

use std::path::Path;

use conformance::suite::{Failure, check};
use conformance::vector::Vector;
use serde_json::{Value, json};

use crate::{plain, program, recorded};

fn refusal(vector: &Value) -> String {
    Vector::parse(&vector.to_string(), Path::new("folder/odd.json"))
        .expect_err("the vector is not understood")
        .to_string()
}

/// A recorded vector with one value replaced or added.
fn altered(name: &str, parent: &str, key: &str, value: Value) -> Value {
    let mut vector = recorded(name);
    let parent = vector
        .pointer_mut(parent)
        .expect("the vector has such a place");
    parent[key] = value;
    vector
}

#[test]
fn an_unknown_step_is_refused_with_its_file_position_and_name() {
    let refusal = refusal(&altered("child_of", "/steps/1", "do", json!("teleport")));

    assert!(
        refusal.starts_with("folder/odd.json: steps[1] `teleport`: unknown variant"),
        "{refusal}"
    );
}

#[test]
fn an_unknown_field_is_refused_in_every_part() {
    let vectors = [
        altered("child_of", "", "extra", json!(1)),
        altered("child_of", "/setup", "extra", json!(1)),
        altered("child_of", "/steps/0", "extra", json!(1)),
        altered("child_of", "/steps/1/refs/0", "extra", json!(1)),
        altered("active_parent", "/steps/2", "extra", json!(1)),
        altered("child_of", "/expect", "extra", json!(1)),
        altered("child_of", "/expect/spans/0", "extra", json!(1)),
        altered("child_of", "/expect/spans/0/links/0", "extra", json!(1)),
        altered("log_time", "/expect/spans/0/events/0", "extra", json!(1)),
        altered("active_parent", "/expect/reads/0", "extra", json!(1)),
        altered("extract_w3c", "/expect/reads/0/context", "extra", json!(1)),
    ];

    for vector in &vectors {
        let refusal = refusal(vector);
        assert!(refusal.contains("unknown field `extra`"), "{refusal}");
    }
}

#[test]
fn an_unknown_word_is_refused() {
    let cases = [
        ("/setup", "sampler", "sometimes"),
        ("/steps/1/refs/0", "type", "brother_of"),
        ("/expect/spans/0", "kind", "outer"),
        ("/expect/spans/0", "status", "maybe"),
    ];

    for (parent, key, word) in cases {
        let refusal = refusal(&altered("child_of", parent, key, json!(word)));
        assert!(
            refusal.contains(&format!("unknown variant `{word}`")),
            "{refusal}"
        );
    }
    let unknown_propagator = altered("child_of", "/setup", "http_headers", json!(["pigeon"]));
    assert!(refusal(&unknown_propagator).contains("unknown variant `pigeon`"));
}

#[test]
fn an_unknown_read_is_refused() {
    let vector = program(
        &json!([]),
        &json!([]),
        &json!([{"active": null}, {"seen": "a"}]),
    );

    assert!(
        refusal(&vector)
            .starts_with("folder/odd.json: expect.reads[1] `{\"seen\":\"a\"}`: unknown read")
    );
}

#[test]
fn a_missing_field_is_refused_even_where_null_is_allowed() {
    let mut vector = recorded("child_of");
    let span = vector
        .pointer_mut("/expect/spans/1")
        .and_then(Value::as_object_mut);
    span.expect("the vector expects two spans").remove("parent");

    assert!(refusal(&vector).contains("missing field `parent`"));
}

#[test]
fn a_tag_that_is_no_scalar_is_refused() {
    let vector = altered("error_true", "/steps/1", "value", json!([1]));

    assert!(refusal(&vector).contains("a value is text, true, false or a number, not `[1]`"));
}

#[test]
fn what_is_not_json_is_refused() {
    let refusal = Vector::parse("{\"name\": ", Path::new("folder/odd.json"))
        .expect_err("the text ends too early");

    assert!(
        refusal
            .to_string()
            .starts_with("folder/odd.json: is no vector: EOF"),
        "{refusal}"
    );
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let failure = check(Path::new("nowhere/none.json")).expect_err("there is no such file");

    assert!(matches!(failure, Failure::Load(_)));
    assert!(
        failure
            .to_string()
            .starts_with("nowhere/none.json: cannot be read"),
        "{failure}"
    );
}

#[test]
fn a_step_about_something_that_no_step_made_is_an_error() {
    let cases = [
        (json!({"do": "finish", "span": "b"}), "there is no span `b`"),
        (
            json!({"do": "start", "as": "b", "refs": [{"type": "child_of", "to": "x"}]}),
            "there is no span or context `x`",
        ),
        (
            json!({"do": "close", "scope": "s"}),
            "there is no scope `s`",
        ),
        (
            json!({"do": "extract", "carrier": "c", "format": "http", "as": "x"}),
            "there is no carrier `c`",
        ),
        (
            json!({"do": "otel_finish", "span": "a"}),
            "there is no native span `a`",
        ),
        (json!({"do": "active_as", "as": "b"}), "no span is active"),
        (
            json!({"do": "start", "as": "a"}),
            "there is a span `a` already",
        ),
    ];

    for (step, reason) in cases {
        let vector = program(
            &json!([{"do": "start", "as": "a"}, step]),
            &json!([plain("a", "a", None)]),
            &json!([]),
        );
        let error = conformance::run::run(&crate::parse(&vector))
            .expect_err(reason)
            .to_string();
        let verb = step["do"].as_str().expect("each step has a name");
        assert_eq!(error, format!("steps[1] `{verb}`: {reason}"));
    }
}
