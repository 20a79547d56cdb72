//! The captures of `tests/captures/`: the stages of the demo against each other, and two formats of other tools.

mod support;

use std::collections::BTreeSet;
use std::fs;

use compare::{Capture, Report, Rules, compare};
use support::told;

fn path(name: &str) -> String {
    format!("{}/tests/captures/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn capture(name: &str) -> Capture {
    Capture::from_path(path(name)).expect("the capture is there")
}

fn stages(left: &str, right: &str) -> Report {
    let own = format!("{}/../demo/rules/names.toml", env!("CARGO_MANIFEST_DIR"));
    let own = fs::read_to_string(own).expect("the rules are there");
    let rules = Rules::builtin()
        .with("demo/rules/names.toml", &own)
        .expect("they are rules");
    let (left, right) = (
        capture(&format!("demo-{left}.json")),
        capture(&format!("demo-{right}.json")),
    );
    compare(&left, &right, &rules)
}

fn unexplained(report: &Report) -> Vec<String> {
    let all = told(report);
    all.into_iter()
        .filter(|told| !told.ends_with(']'))
        .collect()
}

#[test]
fn legacy_and_dropin_are_the_same() {
    assert_eq!(told(&stages("legacy", "dropin")), [""; 0]);
}

#[test]
fn shim_and_native_are_equivalent() {
    let report = stages("shim", "native");

    assert!(report.is_equivalent(), "{:?}", unexplained(&report));
    assert!(report.differences().count() > 50);
}

#[test]
fn what_dropin_and_shim_differ_in_is_the_baggage() {
    let lost = "sms: process otp | added attribute login.channel: none -> \"web\"";

    assert_eq!(unexplained(&stages("dropin", "shim")), [lost]);
    assert_eq!(unexplained(&stages("legacy", "native")), [lost]);
}

#[test]
fn in_stage_mixed_one_span_more_shows_the_baggage() {
    assert_eq!(
        unexplained(&stages("shim", "mixed")),
        ["sms: deliver sms | added attribute login.channel: none -> \"web\""]
    );
}

#[test]
fn a_download_of_jaegers_page_and_a_file_of_the_collector_are_equivalent() {
    let (left, right) = (
        capture("jaeger-ui-download.json"),
        capture("collector-file.jsonl"),
    );

    let report = compare(&left, &right, &Rules::builtin());

    assert!(report.is_equivalent(), "{:?}", unexplained(&report));
    assert_eq!((left.span_count(), right.span_count()), (5, 5));
    let used: BTreeSet<_> = report
        .differences()
        .filter_map(|(found, _)| found.rule.as_deref())
        .collect();
    let expected = [
        "attribute.db.instance",
        "attribute.db.statement",
        "attribute.db.type",
        "attribute.http.method",
        "attribute.http.status_code",
        "attribute.http.url",
        "attribute.message_bus.destination",
        "attribute.peer.hostname",
        "attribute.peer.port",
        "dropped.component",
        "dropped.db.user",
        "dropped.sampler.param",
        "dropped.sampler.type",
        "event.error",
        "implied.db.operation.name",
        "implied.error.type",
        "implied.messaging.operation.type",
        "implied.messaging.system",
        "implied.url.query",
        "implied.url.scheme",
        "reference.follows_from",
        "status.message",
    ];
    assert_eq!(used.into_iter().collect::<Vec<_>>(), expected);
}
