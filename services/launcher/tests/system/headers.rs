//! Which headers a service writes and believes, in each stage and for each setting: the table of the services' README.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use http::{HeaderName, Method};
use launcher::Stage;
use platform::Drain;
use serde_json::json;
use store::{Consumer, Limits, MemoryStore, QueueOptions};

use crate::support::{Fleet, Peer, Receiver, Setup, eventually};

const README: &str = include_str!("../../../README.md");

/// The stages that the variable reaches.
const STAGES: [Stage; 3] = [Stage::Shim, Stage::Mixed, Stage::Native];

/// A row: the setting, what is written, what is believed.
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const W3C: [&str; 2] = ["baggage", "traceparent"];
const JAEGER: [&str; 2] = ["uber-trace-id", "uberctx-*"];
const B3: [&str; 2] = ["b3", "x-b3-*"];
const BOTH: [&str; 5] = [
    "baggage",
    "traceparent",
    "tracestate",
    "uber-trace-id",
    "uberctx-*",
];

const ROWS: [Row; 9] = [
    ("tracecontext,baggage", &W3C, &["traceparent"]),
    ("tracecontext", &["traceparent"], &["traceparent"]),
    ("baggage", &["baggage"], &[]),
    ("jaeger", &JAEGER, &["uber-trace-id"]),
    ("b3", &["b3"], &B3),
    ("b3multi", &["x-b3-*"], &B3),
    (
        "tracecontext,baggage,jaeger",
        &BOTH,
        &["traceparent", "uber-trace-id"],
    ),
    (
        "tracecontext,baggage,b3",
        &["b3", "baggage", "traceparent"],
        &["b3", "traceparent", "x-b3-*"],
    ),
    ("none", &[], &[]),
];

/// A caller's trace in each of the formats. Each has an id of its own.
const CALLERS: [(&str, &[(&str, &str)]); 4] = [
    (
        "1af7651916cd43dd8448eb211c80319c",
        &[(
            "traceparent",
            "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )],
    ),
    (
        "2af7651916cd43dd8448eb211c80319c",
        &[(
            "uber-trace-id",
            "2af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1",
        )],
    ),
    (
        "3af7651916cd43dd8448eb211c80319c",
        &[("b3", "3af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")],
    ),
    (
        "4af7651916cd43dd8448eb211c80319c",
        &[
            ("x-b3-traceid", "4af7651916cd43dd8448eb211c80319c"),
            ("x-b3-spanid", "b7ad6b7169203331"),
            ("x-b3-sampled", "1"),
        ],
    ),
];

/// The names of headers of traces, those with an open end by their beginnings.
fn names<'a>(headers: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let known = |name: &str| match name {
        "traceparent" | "tracestate" | "baggage" | "uber-trace-id" | "b3" => Some(name.to_owned()),
        _ => ["uberctx-", "x-b3-"]
            .into_iter()
            .find(|start| name.starts_with(start))
            .map(|start| format!("{start}*")),
    };
    headers.filter_map(known).collect()
}

/// What api sends to auth.
async fn written_over_http(setup: Setup) -> BTreeSet<String> {
    let auth = Peer::start().await;
    let address = auth.url().trim_start_matches("http://").parse();
    let fleet = setup.start_api_before(address.expect("an address")).await;
    let target = fleet.target();
    target.send_code(&target.phone()).await.is(503);
    let calls = auth.calls();
    names(calls[0].keys().map(HeaderName::as_str))
}

/// The messages of a store, by their challenges.
async fn take(store: Arc<MemoryStore>, count: usize) -> BTreeMap<String, Vec<(String, String)>> {
    let taken = Arc::new(Mutex::new(BTreeMap::new()));
    let drain = Drain::new();
    let keep = Arc::clone(&taken);
    let consumer = Consumer::new(Arc::clone(&store) as _);
    let token = drain.token();
    let consuming = tokio::spawn(async move {
        let handler = move |delivery: store::Delivery| {
            let headers = delivery.headers().clone().into_iter().collect();
            let mut taken = keep.lock().expect("nothing panics");
            taken.insert(delivery.key().to_owned(), headers);
            async { Ok(()) }
        };
        consumer.run(token, handler).await;
    });
    eventually("the messages come", async || {
        taken.lock().expect("nothing panics").len() == count
    })
    .await;
    drain.begin();
    consuming.await.expect("nothing panics");
    let taken = taken.lock().expect("nothing panics");
    taken.clone()
}

/// What auth writes into a message for a request by way of api, and whose traces of those that called it went on.
async fn written_to_the_queue_and_believed(setup: Setup) -> (BTreeSet<String>, BTreeSet<String>) {
    let store = Arc::new(MemoryStore::new(Limits::default(), QueueOptions::default()));
    let fleet: Fleet = setup.start_before(Arc::clone(&store)).await;
    let target = fleet.target();
    let by_api = target.send_code(&target.phone()).await.is(202);
    let mut callers = Vec::new();
    for (id, headers) in CALLERS {
        let request = target.to_auth(Method::POST, "/v1/challenges");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let request = request.json(&json!({ "phone": target.phone() }));
        let answer = target.answer(request).await.is(202);
        let name = names(headers.iter().map(|(name, _)| *name));
        callers.push((answer.text("challenge_id"), id, name));
    }

    let messages = take(store, 1 + CALLERS.len()).await;

    let written = messages[&by_api.text("challenge_id")].iter();
    let written = names(written.map(|(name, _)| name.as_str()));
    let went_on = callers.into_iter().filter(|(challenge, id, _)| {
        let headers = &messages[challenge];
        headers.iter().any(|(_, value)| value.contains(id))
    });
    let believed = went_on.flat_map(|(_, _, name)| name).collect();
    (written, believed)
}

fn row(setting: &str, written: &[&str], believed: &[&str]) -> String {
    let list = |names: &[&str]| match names {
        [] => "nothing".to_owned(),
        names => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!("| {setting} | {} | {} |", list(written), list(believed))
}

#[tokio::test]
async fn each_setting_has_its_headers_over_http_and_through_the_queue() {
    let receiver = Receiver::start();
    for stage in STAGES {
        for (setting, written, believed) in ROWS {
            let setup = || Setup::new([stage; 3], &receiver).propagators(setting);

            let over_http = written_over_http(setup()).await;
            let (queued, went_on) = written_to_the_queue_and_believed(setup()).await;

            let expected: BTreeSet<String> = written.iter().map(ToString::to_string).collect();
            assert_eq!(over_http, expected, "{stage} {setting}");
            assert_eq!(queued, expected, "{stage} {setting}");
            // A trace that nothing writes down cannot be seen to go on.
            let expected: BTreeSet<String> = believed.iter().map(ToString::to_string).collect();
            assert_eq!(went_on, expected, "{stage} {setting}");
        }
    }
}

#[tokio::test]
async fn a_legacy_service_knows_the_old_header_alone_whatever_is_set() {
    let receiver = Receiver::start();
    for setting in ["tracecontext,baggage", "fleet"] {
        let setup = || Setup::new([Stage::Legacy; 3], &receiver).propagators(setting);

        let over_http = written_over_http(setup()).await;
        let (queued, went_on) = written_to_the_queue_and_believed(setup()).await;

        let expected = BTreeSet::from(["uber-trace-id".to_owned()]);
        for found in [over_http, queued, went_on] {
            assert_eq!(found, expected, "{setting}");
        }
    }
}

#[test]
fn the_readme_says_so() {
    let name = |setting: &str| format!("`{setting}`");
    let mut rows: Vec<String> = ROWS
        .iter()
        .map(|(setting, written, believed)| row(&name(setting), written, believed))
        .collect();
    rows.push(row("stage legacy", &["uber-trace-id"], &["uber-trace-id"]));

    for row in rows {
        assert!(
            README.lines().any(|line| line == row),
            "the README has no line\n{row}"
        );
    }
}
