//! What the demo's exit code says, and how it refuses what it cannot use.

use std::process::{Command, Output};

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(arguments)
        .output()
        .expect("the demo runs")
}

#[test]
fn a_verdict_that_holds_is_exit_code_zero_in_every_stage() {
    for (stage, verdict) in [
        ("bare", "no service left a span"),
        ("legacy", "one trace for each request, 23 spans"),
        ("dropin", "one trace for each request, 23 spans"),
        ("shim", "one trace for each request, 23 spans"),
        ("mixed", "one trace for each request, 23 spans"),
        ("native", "one trace for each request, 23 spans"),
        (
            "api=native,auth=shim,sms=mixed",
            "one trace for each request, 23 spans",
        ),
        (
            "api=legacy,auth=shim,sms=native",
            "one trace for each request, 23 spans",
        ),
        (
            "api=dropin,auth=mixed,sms=dropin",
            "one trace for each request, 23 spans",
        ),
        (
            "api=mixed,auth=legacy,sms=shim",
            "one trace for each request, 23 spans",
        ),
        (
            "auth=bare",
            "5 traces, broken where a service does not trace, 12 spans",
        ),
    ] {
        let output = demo(&["--once", "--stage", stage]);

        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{stage}: {printed}");
        let said = |words| printed.lines().any(|line| line.starts_with(words));
        let last = printed.lines().find(|line| line.starts_with("Verdict: "));
        assert!(
            last.is_some_and(|last| last.contains("as expected") && last.contains(verdict)),
            "{stage}: {last:?}"
        );
        let is_old = stage.contains("legacy") || stage.contains("dropin");
        let is_split = is_old && stage.contains('=');
        assert_eq!(said("  headers uber-trace-id"), is_split, "{stage}");
        assert_eq!(said("Lost: the baggage"), is_old, "{stage}");
    }
}

#[test]
fn another_phone_logs_in_and_is_not_in_what_is_printed() {
    let output = demo(&["--once", "--phone", "+8613900139000"]);

    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(!printed.contains("13900139000"), "{printed}");
}

#[test]
fn a_bad_value_is_refused_with_what_was_expected() {
    for (arguments, expected) in [
        (
            &["--stage", "nativ"][..],
            "\"nativ\" is no stage; expected one of bare, legacy, dropin, shim, mixed, native",
        ),
        (
            &["--stage", "web=shim"],
            "\"web\" is no service; expected one of api, auth, sms",
        ),
        (
            &["--phone", "12"],
            "expected a phone number in international form, such as +8613800138000",
        ),
        (
            &["--redis", "localhost"],
            "expected a URL such as redis://127.0.0.1:6379",
        ),
        (
            &["--otlp", "localhost:4317", "--query", "http://localhost:1"],
            "expected a URL with scheme and host",
        ),
        (
            &["--otlp", "http://localhost:4317"],
            "required arguments were not provided",
        ),
    ] {
        let output = demo(arguments);

        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?} started something");
    }
}

#[test]
fn a_system_that_cannot_run_is_exit_code_one_and_a_reason() {
    // Nothing listens on port 1: it is reserved for a protocol that nobody runs.
    let output = demo(&["--once", "--redis", "redis://127.0.0.1:1"]);

    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.lines().any(|line| line.starts_with("demo: ")),
        "{said}"
    );
}

#[test]
fn a_receiver_that_cannot_be_asked_is_no_proof_of_silence() {
    // Nothing listens on port 1.
    let nobody = "http://127.0.0.1:1";
    let output = demo(&[
        "--once", "--stage", "bare", "--otlp", nobody, "--query", nobody,
    ]);

    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(nobody), "{said}");
}
