//! The command: how it ends and what it writes.

#![cfg(feature = "cli")]

mod support;

use std::fs;
use std::io::Write as _;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use support::{CONSUMER, PRODUCER, jaeger, login, otlp, span};
use tempfile::TempDir;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trace-compare"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env("COLUMNS", "100")
        .output()
        .expect("the command runs")
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("it writes text")
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("it writes text")
}

/// A folder with a capture, one of another run, and one that lost a span.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("there is room for files");
    let write = |name: &str, text: String| {
        fs::write(folder.path().join(name), text).expect("it is writable")
    };
    let mut lossy = login();
    lossy.pop();
    write("before.json", otlp(&login(), 1));
    write("after.json", jaeger(&login(), 2).to_string());
    write("lossy.json", otlp(&lossy, 3));
    let [followed, follower] = [
        span("auth", "send", PRODUCER, None),
        span("sms", "process", CONSUMER, None).in_trace(2),
    ];
    let links = |ref_type| [followed.clone(), follower.clone().link(0, ref_type)];
    write("linked.json", otlp(&links(None), 4));
    write("torn.json", otlp(&links(Some("follows_from")), 5));
    write("broken.json", "{\"resourceSpans\":[\n  7]}".to_owned());
    folder
}

#[test]
fn it_ends_with_0_for_equivalent_1_for_different_2_for_unusable() {
    let folder = folder();
    let code = |arguments: &[&str]| run(folder.path(), arguments).status.code();

    assert_eq!(code(&["before.json", "after.json"]), Some(0));
    assert_eq!(code(&["before.json", "lossy.json"]), Some(1));
    assert_eq!(code(&["before.json", "broken.json"]), Some(2));
    assert_eq!(code(&["before.json", "gone.json"]), Some(2));
    assert_eq!(code(&["before.json"]), Some(2));
    assert_eq!(code(&["-", "-"]), Some(2));
    assert_eq!(code(&["doctor", "before.json"]), Some(0));
    assert_eq!(code(&["doctor", "linked.json"]), Some(0));
    assert_eq!(code(&["doctor", "torn.json"]), Some(1));
    assert_eq!(code(&["doctor", "broken.json"]), Some(2));
    assert_eq!(code(&["rules"]), Some(0));
}

#[test]
fn what_may_be_by_design_is_told_and_does_not_fail() {
    let folder = folder();

    let output = run(folder.path(), &["doctor", "linked.json"]);

    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("split-trace  auth → sms  (1 time)"), "{text}");
    assert!(text.contains("likely: by design; or"), "{text}");
    assert!(
        text.ends_with("Verdict: healthy, if this is by design.\n"),
        "{text}"
    );
}

#[test]
fn the_two_stand_side_by_side() {
    let folder = folder();

    let output = run(folder.path(), &["before.json", "lossy.json"]);

    let expected = "\
left   before.json: 1 trace, 8 spans
right  lossy.json: 1 trace, 7 spans

api: POST /login  1 trace against 1: different
  api: POST /login [server]                      = api: POST /login [server]
    api: POST /codes [client]                    =   api: POST /codes [client]
      auth: POST /codes [server]                 =     auth: POST /codes [server]
        auth: issue [client]                     =       auth: issue [client]
        auth: send otp [producer]                =       auth: send otp [producer]
          sms: process otp [consumer]            =         sms: process otp [consumer]
            sms: begin [client]                  =           sms: begin [client]
            sms: deliver [client]                -
              lost span  (docs/guide.md#the-last-spans-are-missing)

Verdict: different. There is 1 difference that no rule explains.
";
    assert_eq!(out(&output), expected);
}

#[test]
fn colours_are_for_those_who_ask() {
    let folder = folder();
    let colours = |color: &str| {
        out(&run(
            folder.path(),
            &["before.json", "lossy.json", "--color", color],
        ))
        .contains('\u{1b}')
    };

    assert!(colours("always"));
    assert!(!colours("never"));
    assert!(!colours("auto"), "a pipe is no terminal");
}

#[test]
fn what_is_wrong_with_an_input_is_said_with_its_place() {
    let folder = folder();

    let output = run(folder.path(), &["before.json", "broken.json"]);

    assert_eq!(out(&output), "");
    let expected = "trace-compare: broken.json:2:3: invalid type: integer `7`, expected struct ResourceSpans\n";
    assert_eq!(err(&output), expected);
}

#[test]
fn a_rule_with_a_typing_error_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("own.toml"), "[dropped.a]\nnot = \"x\"\n")
        .expect("it is writable");

    let output = run(
        folder.path(),
        &["before.json", "after.json", "--rules", "own.toml"],
    );

    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).starts_with("trace-compare: own.toml:2:1: unknown field `not`"),
        "{}",
        err(&output)
    );
}

#[test]
fn json_says_the_same_to_programs() {
    let folder = folder();

    let output = run(
        folder.path(),
        &["before.json", "lossy.json", "--format", "json"],
    );

    let report: Value = serde_json::from_str(out(&output)).expect("it is JSON");
    assert_eq!(report["equivalent"], false);
    assert_eq!(report["left"]["spans"], 8);
    let last = report["groups"][0]["rows"][7].clone();
    assert_eq!(last["right"], Value::Null);
    assert_eq!(
        last["differences"],
        json!([{
            "kind": "lost",
            "path": "api: POST /login › api: POST /codes › auth: POST /codes › auth: send otp › sms: process otp › sms: deliver",
            "part": "span",
            "left": "sms: deliver [client]",
            "right": null,
            "rule": null,
            "note": null,
            "page": "docs/guide.md#the-last-spans-are-missing",
        }])
    );
}

#[test]
fn a_page_holds_nothing_that_a_capture_could_run() {
    let folder = folder();
    let hostile = "<script>alert('x')</script>\u{1b}[31m\"onload=\"y";
    let mut spans = login();
    spans[3].name = hostile.to_owned();
    spans[3] = spans[3]
        .clone()
        .with(hostile, hostile)
        .event(hostile, &[(hostile, hostile)]);
    fs::write(folder.path().join("hostile.json"), otlp(&spans, 4)).expect("it is writable");

    let page = run(
        folder.path(),
        &["before.json", "hostile.json", "--format", "html"],
    );
    let text = run(
        folder.path(),
        &["before.json", "hostile.json", "--color", "never"],
    );

    let page = out(&page);
    assert!(
        page.contains("&lt;script&gt;alert(&#39;x&#39;)"),
        "the name is shown"
    );
    assert!(!page.contains("<script"));
    assert!(!page.contains("\"onload="));
    assert!(page.contains("default-src 'none'"));
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "it asks nobody"
    );
    assert!(!page.contains('\u{1b}') && !out(&text).contains('\u{1b}'));
}

#[test]
fn standard_input_may_be_one_side() {
    let folder = folder();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trace-compare"))
        .args(["-", "after.json"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut stdin = command.stdin.take().expect("it was asked for");
    stdin
        .write_all(otlp(&login(), 9).as_bytes())
        .expect("it reads");
    drop(stdin);

    let output = command.wait_with_output().expect("it ends");

    assert_eq!(output.status.code(), Some(0));
    assert!(out(&output).starts_with("left   standard input: 1 trace, 8 spans\n"));
}
