//! The differences between two pieces of JSON, each with the path to it.

use serde_json::{Map, Value};

use super::Mismatch;

/// Adds every difference between two values.
pub(super) fn json(path: &str, expected: &Value, got: &Value, mismatches: &mut Vec<Mismatch>) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for key in keys(expected, got) {
                optional(
                    &format!("{path}.{key}"),
                    expected.get(key),
                    got.get(key),
                    mismatches,
                );
            }
        }
        (Value::Array(expected), Value::Array(got)) => {
            for index in 0..expected.len().max(got.len()) {
                optional(
                    &format!("{path}[{index}]"),
                    expected.get(index),
                    got.get(index),
                    mismatches,
                );
            }
        }
        _ if expected == got => {}
        _ => mismatches.push(Mismatch {
            path: path.to_owned(),
            expected: expected.to_string(),
            got: got.to_string(),
        }),
    }
}

/// As [`json`], where either side may lack the value altogether, which is not the same as null.
pub(super) fn optional(
    path: &str,
    expected: Option<&Value>,
    got: Option<&Value>,
    mismatches: &mut Vec<Mismatch>,
) {
    if let (Some(expected), Some(got)) = (expected, got) {
        return json(path, expected, got, mismatches);
    }
    let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
    mismatches.push(Mismatch {
        path: path.to_owned(),
        expected: text(expected),
        got: text(got),
    });
}

/// The keys of both, those of the first one first.
fn keys<'a>(
    expected: &'a Map<String, Value>,
    got: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a String> {
    let only_got = got.keys().filter(|key| !expected.contains_key(*key));
    expected.keys().chain(only_got)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(expected: &Value, got: &Value) -> Vec<String> {
        let mut mismatches = Vec::new();
        super::json("at", expected, got, &mut mismatches);
        mismatches
            .into_iter()
            .map(|mismatch| mismatch.path)
            .collect()
    }

    #[test]
    fn equal_values_have_no_difference() {
        let value = json!({"a": [1, 2.5, null, {"b": true}]});

        assert!(paths(&value, &value.clone()).is_empty());
    }

    #[test]
    fn every_difference_has_its_path() {
        let expected = json!({"a": [1, 2], "b": {"c": "x"}, "gone": null});
        let got = json!({"a": [1, 3, 4], "b": {"c": "y"}, "new": 1});

        assert_eq!(
            paths(&expected, &got),
            ["at.a[1]", "at.a[2]", "at.b.c", "at.gone", "at.new"]
        );
    }

    #[test]
    fn a_whole_number_is_not_a_float_and_absence_is_not_null() {
        assert_eq!(paths(&json!({"n": 1}), &json!({"n": 1.0})), ["at.n"]);
        assert_eq!(paths(&json!({"n": null}), &json!({})), ["at.n"]);
    }
}
