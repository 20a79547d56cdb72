//! `compare` holds two fleets against each other: which rules explain what changed, and what is a difference.
//!
//! Two of the requests fail, so that what a stage makes of an error is compared as well.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Output};

use serde_json::Value;
use testbed::redis::RedisServer;

/// Spans of a login with two requests that fail, and of the inbox that was read.
const SPANS: u64 = 32;

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_demo"))
        .arg("compare")
        .args(arguments)
        .output()
        .expect("the demo runs")
}

/// What was found between two fleets.
#[derive(Debug)]
struct Found {
    code: Option<i32>,
    rules: BTreeSet<String>,
    unexplained: Vec<String>,
}

fn compare(left: &str, right: &str, more: &[&str]) -> Found {
    let output = demo(&[&[left, right, "--format", "json"], more].concat());

    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "", "{left} {right}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("nothing but the report");
    for side in ["left", "right"] {
        assert_eq!(report[side]["traces"], 7, "{left} {right}: {side}");
        assert_eq!(report[side]["spans"], SPANS, "{left} {right}: {side}");
    }
    assert_eq!(report["left"]["source"], left);
    assert_eq!(report["equivalent"], output.status.success());
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let rows = list(&report["groups"])
        .into_iter()
        .flat_map(|group| list(&group["rows"]));
    let mut found = Found {
        code: output.status.code(),
        rules: BTreeSet::new(),
        unexplained: Vec::new(),
    };
    for difference in rows.flat_map(|row| list(&row["differences"])) {
        match difference["rule"].as_str() {
            Some(rule) => drop(found.rules.insert(rule.to_owned())),
            None => found
                .unexplained
                .push(format!("{} {}", difference["kind"], difference["part"])),
        }
    }
    found
}

fn assert_equivalent(found: &Found) {
    assert_eq!(found.unexplained, [""; 0]);
    assert_eq!(found.code, Some(0));
}

#[test]
fn legacy_and_dropin_differ_in_the_exception_event_alone() {
    let found = compare("legacy", "dropin", &[]);

    assert_equivalent(&found);
    assert_eq!(found.rules, BTreeSet::from(["event.error".to_owned()]));
}

#[test]
fn legacy_and_native_are_equivalent_but_for_the_baggage_that_arrives_now() {
    let found = compare("legacy", "native", &[]);

    assert_equivalent(&found);
    for rule in ["implied.login.channel", "event.error", "attribute.db.type"] {
        assert!(found.rules.contains(rule), "{rule}: {:?}", found.rules);
    }
}

#[test]
fn shim_and_native_are_equivalent_and_neither_may_lose_the_baggage() {
    let found = compare("shim", "native", &[]);

    assert_equivalent(&found);
    assert!(!found.rules.contains("implied.login.channel"));
}

#[test]
fn in_stage_mixed_one_span_more_shows_the_baggage_and_that_is_a_difference() {
    let found = compare("shim", "mixed", &[]);

    assert_eq!(found.code, Some(1));
    assert_eq!(found.unexplained, ["\"added\" \"attribute login.channel\""]);
}

#[test]
fn no_stage_differs_from_itself() {
    const STAGES: [&str; 6] = [
        "legacy",
        "dropin",
        "shim",
        "mixed",
        "native",
        "api=legacy,auth=shim,sms=native",
    ];
    std::thread::scope(|scope| {
        for stages in STAGES {
            scope.spawn(move || {
                for _ in 0..2 {
                    let found = compare(stages, stages, &[]);

                    assert_equivalent(&found);
                    assert!(found.rules.is_empty(), "{stages}: {:?}", found.rules);
                }
            });
        }
    });
}

#[test]
fn rules_of_ones_own_are_read_after_the_demos() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let rule = "[implied.\"login.channel\"]\nnote = \"mixed shows it twice\"\n";
    file.write_all(rule.as_bytes()).expect("it is written");
    let path = file.path().to_str().expect("a path in UTF-8");

    let found = compare("shim", "mixed", &["--rules", path]);

    assert_equivalent(&found);
    assert!(found.rules.contains("implied.login.channel"));
}

#[test]
fn two_fleets_on_one_redis_are_equivalent_and_leave_nothing_that_stays() {
    let Some(redis) = RedisServer::start() else {
        return;
    };

    let found = compare("legacy", "dropin", &["--redis", &redis.url()]);

    assert_equivalent(&found);
    assert_eq!(found.rules, BTreeSet::from(["event.error".to_owned()]));
    assert_eq!(redis.keys_without_end(), [""; 0]);
}

#[test]
fn a_mistake_that_shows_now_and_then_shows_here_each_time() {
    let output = demo(&["shim", "auth=mistake:sampled-flag-ignored"]);

    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).expect("it is text");
    assert!(text.contains("services keep every second trace"), "{text}");
    assert!(text.contains("+ auth: GET /v1/session"), "{text}");
}

#[test]
fn a_page_is_one_file() {
    let output = demo(&["native", "native", "--format", "html"]);

    assert!(output.status.success());
    let page = String::from_utf8(output.stdout).expect("a page is UTF-8");
    assert!(page.starts_with("<!doctype html>"), "{page}");
    assert!(page.trim_end().ends_with("</html>"), "{page}");
}

#[test]
fn what_cannot_be_compared_is_exit_code_two_and_a_reason() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(b"[implide.a]\n").expect("it is written");
    let no_rules = file.path().to_str().expect("a path in UTF-8");
    for (arguments, reason) in [
        (&["bare", "native"][..], "stage bare leaves none"),
        (&["native", "nativ"], "\"nativ\" is no stage"),
        (&["native"], "<AFTER>"),
        (
            &["shim", "shim", "--rules", "/nowhere.toml"],
            "/nowhere.toml",
        ),
        (&["shim", "shim", "--rules", no_rules], ":1:2: unknown"),
        // Nothing listens on port 1.
        (
            &["shim", "shim", "--redis", "redis://127.0.0.1:1"],
            "not ready",
        ),
        (
            &["shim", "shim", "--redis", "localhost"],
            "such as redis://",
        ),
    ] {
        let output = demo(&[arguments, &["--format", "json"]].concat());

        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(reason), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
