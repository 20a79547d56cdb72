//! Input that is no capture: what is said, and that nothing else happens.

mod support;

use compare::{Capture, Rules, compare, doctor};
use proptest::prelude::*;
use proptest::sample::Index;
use support::{jaeger, login, otlp};

fn said(text: &str) -> String {
    let error = Capture::from_slice("f", text.as_bytes()).expect_err("it is no capture");
    error.to_string()
}

#[test]
fn the_place_and_what_was_expected_are_said() {
    let cases = [
        (
            "",
            "f:1:1: expected OTLP JSON or Jaeger JSON, found nothing",
        ),
        (
            "\n \n",
            "f:1:1: expected OTLP JSON or Jaeger JSON, found nothing",
        ),
        (
            "{}",
            "f:1:1: neither OTLP JSON, which has `resourceSpans`, nor Jaeger JSON, which has `data`, or `spans` with `processes`",
        ),
        (
            "{\"resourceSpans\":[]}\n\n {\"else\":1}",
            "f:3:2: neither OTLP JSON, which has `resourceSpans`, nor Jaeger JSON, which has `data`, or `spans` with `processes`",
        ),
        ("hello", "f:1:1: expected an object of JSON"),
        (
            "{\"resourceSpans\":[]}\n7",
            "f:2:1: expected an object of JSON",
        ),
        ("{\"resourceSpans\":[{]}", "f:1:20: key must be a string"),
        ("{\"resourceSpans\":[\n", "f:2:1: EOF while parsing a list"),
        (
            "{\"resourceSpans\": 7}",
            "f:1:19: invalid type: integer `7`, expected a sequence",
        ),
        (
            "{\"data\":null,\"errors\":[{\"code\":404,\"msg\":\"trace not found\"}]}",
            "f:1:1: expected traces of Jaeger, found an error: trace not found",
        ),
        (
            "{\"data\":null}",
            "f:1:1: expected traces of Jaeger, found no traces",
        ),
    ];

    for (text, expected) in cases {
        assert_eq!(said(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_wrong_within_a_span_is_said_with_its_place() {
    let otlp = |span: &str| {
        format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[\n{span}\n]}}]}}]}}")
    };
    let jaeger =
        |span: &str| format!("{{\"data\":[{{\"processes\":{{}},\"spans\":[\n{span}\n]}}]}}");
    let head = r#""traceID":"a","spanID":"b","operationName":"c","startTime":1,"duration":1"#;
    let cases = [
        (
            otlp(r#"{"spanId":"00000000000000c1"}"#),
            "f:2:29: missing field `traceId`",
        ),
        (
            otlp(r#"{"traceId":"xyz"}"#),
            "f:2:16: invalid value: string \"xyz\", expected a trace id of up to 32 hexadecimal digits",
        ),
        (
            otlp(r#"{"traceId":"W47/95gDgQPSabYzgT/GDA=="}"#),
            "f:2:37: invalid value: string \"W47/95gDgQPSabYzgT/GDA==\", expected a trace id of up to 32 hexadecimal digits",
        ),
        (
            otlp(r#"{"traceId":"00000000000000000000000000000000"}"#),
            "f:2:45: expected a trace id of up to 32 hexadecimal digits, found none",
        ),
        (
            otlp(r#"{"startTimeUnixNano":"-1"}"#),
            "f:2:25: invalid value: string \"-1\", expected an integer of 64 bits, or a string of its digits",
        ),
        (
            otlp(r#"{"kind":"SPAN_KIND_SERVER"}"#),
            "f:2:26: invalid value: string \"SPAN_KIND_SERVER\", expected an integer of 32 bits, or a string of its digits",
        ),
        (
            otlp(r#"{"attributes":[{"key":"k","value":{"bytesValue":"*"}}]}"#),
            "f:2:52: invalid value: string \"*\", expected bytes in base64",
        ),
        (
            jaeger(&format!(r#"{{{head},"processID":"p7"}}"#)),
            "f:2:89: expected a process that is listed in `processes`, found \"p7\"",
        ),
        (
            jaeger(&format!(
                r#"{{{head},"tags":[{{"key":"n","type":"int64","value":"many"}}]}}"#
            )),
            "f:2:125: invalid type: string \"many\", expected a value of the type \"int64\" that the tag \"n\" declares",
        ),
        (
            jaeger(&format!(
                r#"{{{head},"references":[{{"refType":"PARENT","traceID":"a","spanID":"b"}}]}}"#
            )),
            "f:2:108: unknown variant `PARENT`, expected `CHILD_OF` or `FOLLOWS_FROM`",
        ),
    ];

    for (text, expected) in cases {
        assert_eq!(said(&text), expected, "{text}");
    }
}

#[test]
fn a_file_that_is_not_there_is_said() {
    let error = Capture::from_path("no/such/file.json").expect_err("there is none");

    assert!(
        error.to_string().starts_with("no/such/file.json: "),
        "{error}"
    );
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"k","value":{}"#,
        r#"{"arrayValue":{"values":["#.repeat(100_000)
    );

    assert!(said(&deep).contains("recursion limit exceeded"));
}

/// Whatever is read has to be compared and examined without a panic, too.
fn survives(bytes: &[u8]) {
    if let Ok(capture) = Capture::from_slice("f", bytes) {
        let other =
            Capture::from_slice("g", otlp(&login(), 1).as_bytes()).expect("it is a capture");
        let rules = Rules::builtin();
        assert!(compare(&capture, &capture, &rules).is_equivalent());
        let _survived = compare(&capture, &other, &rules);
        let _survived = doctor(&capture, &rules);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        survives(&bytes);
    }

    #[test]
    fn any_damage_to_a_capture_is_survived(
        of_jaeger in any::<bool>(),
        damage in prop::collection::vec((any::<Index>(), 0..4_u8, any::<u8>()), 1..12),
    ) {
        let text = if of_jaeger { jaeger(&login(), 1).to_string() } else { otlp(&login(), 1) };
        let mut bytes = text.into_bytes();
        for (at, what, byte) in damage {
            let at = at.index(bytes.len());
            match what {
                // Digits for digits, so that ids meet and times turn around.
                0 if bytes[at].is_ascii_hexdigit() => bytes[at] = b'0' + byte % 10,
                0 | 1 => bytes[at] = byte,
                2 if bytes.len() > 1 => { bytes.remove(at); }
                _ => bytes.truncate(at.max(1)),
            }
        }
        survives(&bytes);
    }

    #[test]
    fn any_ids_and_parents_are_survived(ids in prop::collection::vec((1..4_u64, 1..8_u64, 0..9_u64, 1..=5_u8), 1..24)) {
        let spans: Vec<_> = ids.iter().map(|(trace, id, parent, kind)| format!(
            r#"{{"traceId":"{trace:032x}","spanId":"{id:016x}","parentSpanId":"{parent:016x}","name":"n{}","kind":{kind}}}"#, id % 2
        )).collect();
        let text = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
        survives(text.as_bytes());
    }
}
