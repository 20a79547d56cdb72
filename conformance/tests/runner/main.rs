//! Tests of the runner itself: what it must not let pass.
//!
//! `files` is about vectors that cannot be understood, `steps` and `headers` about what no recorded vector uses, `notices`
//! about wrong expectations, `known_fault` about the one recording that is excused, `folders` about the printed result.

mod files;
mod folders;
mod headers;
mod known_fault;
mod notices;
mod steps;

use std::path::Path;

use conformance::compare::{Comparison, compare};
use conformance::run::run;
use conformance::vector::Vector;
use serde_json::{Value, json};

/// A recorded vector of this package.
fn recorded(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("vectors/{name}.json"));
    let text = std::fs::read_to_string(path).expect("the vector is part of the package");
    serde_json::from_str(&text).expect("a recorded vector is JSON")
}

/// A vector of the test's own, on the default tracer.
fn program(steps: &Value, spans: &Value, reads: &Value) -> Value {
    json!({
        "name": "program", "about": "a program of a test", "clauses": [], "setup": {},
        "steps": steps, "expect": {"spans": spans, "reads": reads},
    })
}

/// A span as a vector expects it, with nothing on it.
fn plain(span: &str, trace_of: &str, parent: Option<&str>) -> Value {
    json!({
        "span": span, "name": span, "trace": format!("trace-of-{trace_of}"), "parent": parent, "kind": "internal",
        "status": "unset", "scope": "opentracing-shim", "attributes": {}, "links": [], "events": [],
    })
}

fn parse(vector: &Value) -> Vector {
    Vector::parse(&vector.to_string(), Path::new("test.json"))
        .expect("the test's vector is understood")
}

fn outcome_of(vector: &Value) -> Comparison {
    let vector = parse(vector);
    let outcome = run(&vector).expect("the program runs to its end");
    compare(&vector.expect, &outcome)
}

/// Where the run of a vector differs from what it expects.
fn differences(vector: &Value) -> Vec<String> {
    let comparison = outcome_of(vector);
    comparison
        .mismatches
        .into_iter()
        .map(|mismatch| mismatch.path)
        .collect()
}
