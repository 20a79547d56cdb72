//! What can be read, and that it is the same in any format.

mod support;

use compare::{Capture, ReadError, Rules, compare};
use serde_json::{Value, json};
use support::{CLIENT, SERVER, jaeger, login, otlp, read, span, told};

/// Spans and traces.
fn size(text: &str) -> (usize, usize) {
    let capture = read(text);
    (capture.span_count(), capture.trace_count())
}

#[test]
fn a_request_a_line_and_all_of_them_in_one_document_are_the_same() {
    let lines = otlp(&login(), 1);
    let batches = lines.lines().flat_map(|line| {
        let request: Value = serde_json::from_str(line).expect("it is JSON");
        request["resourceSpans"]
            .as_array()
            .expect("it is a list")
            .clone()
    });
    let document = json!({"resourceSpans": batches.collect::<Vec<_>>()});

    let report = compare(
        &read(&lines),
        &read(&format!("{document:#}")),
        &Rules::none(),
    );

    assert!(report.is_equivalent());
    assert_eq!(size(&lines), (8, 1));
}

#[test]
fn the_lines_of_other_signals_are_passed_over() {
    let text = format!(
        "{}\n\n{}{}\n",
        r#"{"resourceMetrics":[{"scopeMetrics":[]}]}"#,
        otlp(&login(), 1),
        r#"{"resourceLogs":[]}"#
    );

    assert_eq!(size(&text), (8, 1));
}

#[test]
fn a_byte_order_mark_and_blank_lines_do_no_harm() {
    assert_eq!(
        size(&format!(
            "\u{feff}\n  {}\r\n\n",
            otlp(&login(), 1).replace('\n', "\r\n")
        )),
        (8, 1)
    );
}

#[test]
fn jaegers_answers_downloads_and_lone_traces_are_the_same() {
    let answer = jaeger(&login(), 1);
    let trace = answer["data"][0].clone();

    for text in [
        answer.to_string(),
        format!("{:#}", json!({"data": [trace]})),
        trace.to_string(),
        json!([trace]).to_string(),
    ] {
        assert_eq!(size(&text), (8, 1), "{text}");
        let report = compare(&read(&answer.to_string()), &read(&text), &Rules::none());
        assert!(report.is_equivalent(), "{text}");
    }
}

#[test]
fn both_formats_say_the_same() {
    let mut spans = login();
    spans[2] = spans[2]
        .clone()
        .event("retry", &[("reason", "busy")])
        .link(0, Some("follows_from"));
    spans[3] = spans[3]
        .clone()
        .with("ratio", 0.5)
        .with("cached", false)
        .with("tags", json!(["a", "b"]));

    let report = compare(
        &read(&otlp(&spans, 1)),
        &read(&jaeger(&spans, 2).to_string()),
        &Rules::none(),
    );

    assert_eq!(told(&report), [""; 0]);
}

#[test]
fn the_process_may_stand_within_the_span() {
    let span = json!({
        "traceID": "ab", "spanID": "01", "operationName": "call", "startTime": "5", "duration": 1,
        "parentSpanID": "", "references": null, "tags": [{"key": "n", "value": 1}], "logs": null,
        "process": {"serviceName": "api", "tags": null},
    });

    assert_eq!(
        size(&json!([{"traceID": "ab", "spans": [span]}]).to_string()),
        (1, 1)
    );
}

#[test]
fn ids_without_zeros_are_those_with_zeros() {
    let trace = |trace: &str, parent: &str| {
        let span = |id: &str, references: Value| {
            json!({"traceID": trace, "spanID": id, "operationName": id.trim_start_matches('0'), "startTime": 1, "duration": 1,
                   "references": references, "processID": "p"})
        };
        let reference = json!([{"refType": "CHILD_OF", "traceID": trace, "spanID": parent}]);
        let spans = [
            span("00000000000000c1", json!([])),
            span("00000000000000d2", reference),
        ];
        json!([{"spans": spans, "processes": {"p": {"serviceName": "api"}}}]).to_string()
    };

    let report = compare(
        &read(&trace(
            "000000000000000000000000000000ab",
            "00000000000000c1",
        )),
        &read(&trace("ab", "c1")),
        &Rules::none(),
    );

    assert!(report.is_equivalent());
    assert_eq!(report.groups[0].rows[1].depth, 1, "the parent was found");
}

#[test]
fn an_attribute_beside_the_field_is_left_over_where_an_sdk_made_the_span() {
    let answer = |process_tags: Value, tags: Value| {
        let span = json!({"traceID": "ab", "spanID": "c1", "operationName": "call", "startTime": 1, "duration": 1,
                          "processID": "p", "tags": tags});
        let process = json!({"serviceName": "api", "tags": process_tags});
        json!([{"spans": [span], "processes": {"p": process}}]).to_string()
    };
    let text = |key: &str, value: &str| json!({"key": key, "type": "string", "value": value});
    let error = json!({"key": "error", "type": "bool", "value": true});
    let sdk = json!([text("telemetry.sdk.name", "opentelemetry")]);
    let by_client = answer(json!([]), json!([text("span.kind", "client"), error]));
    let by_sdk = answer(
        sdk,
        json!([
            text("span.kind", "client"),
            text("span.kind", "internal"),
            error
        ]),
    );

    let right = [span("api", "call", CLIENT, None).failed("")];
    let from_client = compare(&read(&by_client), &read(&otlp(&right, 1)), &Rules::none());
    let from_sdk = compare(&read(&by_client), &read(&by_sdk), &Rules::none());

    assert_eq!(told(&from_client), [""; 0]);
    assert_eq!(
        told(&from_sdk),
        [
            "api: call | changed kind: client -> internal",
            "api: call | changed status: error -> unset",
            "api: call | added attribute error: none -> true",
            "api: call | added attribute span.kind: none -> \"client\"",
        ]
    );
}

#[test]
fn a_link_to_the_parent_is_the_type_of_the_reference() {
    let spans = |ref_type| {
        [
            span("api", "serve", SERVER, None),
            span("api", "later", CLIENT, 0).link(0, Some(ref_type)),
        ]
    };

    let report = compare(
        &read(&otlp(&spans("child_of"), 1)),
        &read(&otlp(&spans("follows_from"), 1)),
        &Rules::builtin(),
    );

    assert_eq!(
        told(&report),
        [
            "api: later | renamed reference to the parent: child_of -> follows_from [reference.follows_from]"
        ]
    );
}

#[test]
fn a_batch_that_was_sent_twice_counts_once() {
    let text = otlp(&login(), 1);

    assert_eq!(size(&text.repeat(2)), (8, 1));
}

#[test]
fn a_document_without_spans_is_no_capture() {
    for text in [
        r#"{"resourceSpans":[]}"#,
        r#"{"data":[]}"#,
        "[]",
        r#"{"resourceLogs":[]}"#,
    ] {
        let error =
            Capture::from_slice("empty.json", text.as_bytes()).expect_err("nothing is in it");

        assert!(matches!(error, ReadError::Empty { .. }), "{error}");
        assert_eq!(error.to_string(), "empty.json: there is no span in it");
    }
}
