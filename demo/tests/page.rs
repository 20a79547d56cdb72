//! The page of the demo runs fleets: asked over HTTP, as a browser does, with real services behind it.

mod browser;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use browser::Answer;
use demo::runner::FleetRunner;
use http::StatusCode;
use platform::Phone;
use tokio::runtime::Runtime;
use viewer::model::{Trace, parse_trace_id};
use viewer::{TraceId, Viewer};

/// Far more than a run takes, for machines that have other work.
const PATIENCE: Duration = Duration::from_secs(60);

/// A viewer with the demo's runner, and somebody who uses its page.
struct Page {
    runtime: Runtime,
    viewer: Viewer,
}

impl Page {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let phone = Phone::parse("+8613800138000", None).expect("a phone");
        let viewer = Viewer::builder().runner(Arc::new(FleetRunner::new(phone)));
        let viewer = runtime.block_on(viewer.start()).expect("free ports");
        Self { runtime, viewer }
    }

    /// Presses the button on a page of this origin.
    fn post(&self, stages: [&str; 3], origin: &str) -> Answer {
        let [api, auth, sms] = stages.map(|stage| stage.replace(':', "%3A"));
        let url = format!("{}/fleet/runs", self.viewer.query_url());
        let form = format!("api={api}&auth={auth}&sms={sms}");
        browser::post(&self.runtime, &url, form, origin)
    }

    /// Runs a fleet and returns the page of the run. On a busy machine it may be under way at first.
    fn run(&self, stages: [&str; 3]) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut told = self.post(stages, &self.viewer.query_url());
        while told.body.contains("Under way") {
            assert!(Instant::now() < deadline, "{stages:?} does not end");
            thread::sleep(Duration::from_millis(200));
            told = browser::get(&self.runtime, &told.url);
        }
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        told.body
    }

    /// The traces that a page has links to, in its order.
    fn traces(&self, page: &str) -> Vec<Trace> {
        let ids = page.split("href=\"/trace/").skip(1);
        let ids = ids.filter_map(|rest| parse_trace_id(rest.get(..32)?));
        let held = |id: TraceId| self.viewer.store().trace(id);
        ids.map(|id| held(id).expect("a trace that is held"))
            .collect()
    }
}

/// Of a trace, each service with its stage.
fn stages(trace: &Trace) -> Vec<(String, String)> {
    let mut stages: Vec<_> = trace
        .spans
        .iter()
        .map(|span| {
            let stage = span.process.tags.str("migration.stage");
            (
                span.service().to_owned(),
                stage.unwrap_or_default().to_owned(),
            )
        })
        .collect();
    stages.sort();
    stages.dedup();
    stages
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(service, stage)| ((*service).to_owned(), (*stage).to_owned()))
        .collect()
}

#[test]
fn a_fleet_that_is_chosen_on_the_page_leaves_whole_traces_of_these_stages() {
    let page = Page::new();

    let told = page.run(["native", "shim", "legacy"]);

    assert!(told.contains("as expected"), "{told}");
    assert!(!told.contains("not as expected"), "{told}");
    for title in [
        "send a code",
        "log in with it",
        "read the session",
        "log out",
    ] {
        assert!(told.contains(title), "{title} in {told}");
    }
    let traces = page.traces(&told);
    // Four requests, and a look into the inbox.
    assert_eq!(traces.len(), 5, "{told}");
    assert_eq!(
        stages(&traces[0]),
        pairs(&[("api", "native"), ("auth", "shim"), ("sms", "legacy")])
    );
    assert_eq!(traces[0].spans.len(), 9, "{}", traces[0].tree());
    assert_eq!(
        stages(&traces[1]),
        pairs(&[("api", "native"), ("auth", "shim")])
    );
    // The page compares by fewer rules than the command, and says so where that matters.
    assert!(told.contains("a difference on this page"), "{told}");
    assert!(!told.contains("8613800138000"), "a phone is on the page");
}

#[test]
fn a_service_that_does_not_trace_breaks_the_traces_and_that_is_expected() {
    let page = Page::new();

    let told = page.run(["bare", "mixed", "dropin"]);

    assert!(
        told.contains("broken where a service does not trace"),
        "{told}"
    );
    assert!(!told.contains("not as expected"), "{told}");
    assert_eq!(
        stages(&page.traces(&told)[0]),
        pairs(&[("auth", "mixed"), ("sms", "dropin")])
    );

    let silent = page.run(["bare", "bare", "bare"]);

    assert!(silent.contains("no service left a span"), "{silent}");
    assert!(page.traces(&silent).is_empty(), "{silent}");
}

#[test]
fn a_mistake_can_be_chosen_and_is_seen() {
    let page = Page::new();

    let told = page.run(["shim", "mistake:propagator-not-installed", "shim"]);

    assert!(told.contains("not as expected"), "{told}");
    assert!(told.contains("Beside the requests"), "{told}");
    assert!(told.contains("traces belong to no request"), "{told}");
}

#[test]
fn a_mistake_is_seen_beside_a_service_that_does_not_trace() {
    let page = Page::new();

    let told = page.run(["shim", "mistake:exit-without-flush", "bare"]);

    assert!(told.contains("lost-spans"), "{told}");
}

#[test]
fn another_page_starts_nothing() {
    let page = Page::new();

    for origin in ["http://evil.example", "null", "https://localhost"] {
        let answer = page.post(["shim"; 3], origin);
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }

    assert_eq!(page.viewer.store().stats().received_spans, 0);
}

/// What is said of each mistake, in one sentence: what is wrong, and the part of the cause that tells it from others.
const SAID: [(&str, [&str; 2]); 12] = [
    ("names-with-ids", ["id-in-name", "the route"]),
    ("kind-left-internal", ["internal-only", "`span.kind`"]),
    ("error-tag-unmapped", ["unmapped-error", "an attribute"]),
    ("both-middlewares", ["duplicate", "two instrumentations"]),
    ("parent-lost-across-await", ["split-trace", "not active"]),
    ("spawned-without-context", ["split-trace", "spawned"]),
    ("propagator-not-installed", ["split-trace", "propagator"]),
    (
        "baggage-dropped",
        ["send a code", "the baggage of api did not reach sms"],
    ),
    ("follows-from-made-a-root", ["split-trace", "FOLLOWS_FROM"]),
    ("unpadded-ids", ["split-trace", "leading zeros"]),
    ("sampled-flag-ignored", ["orphan-span", "sampled flag"]),
    ("exit-without-flush", ["lost-spans", "not shut down"]),
];

#[test]
fn every_mistake_that_can_be_chosen_is_seen_for_what_it_is() {
    use viewer::page::Runner as _;

    let page = Page::new();
    let phone = Phone::parse("+8613800138000", None).expect("a phone");
    let runner = FleetRunner::new(phone);
    let mut unseen = Vec::new();
    let mut chosen = 0;

    for (place, service) in ["api", "auth", "sms"].into_iter().enumerate() {
        let choices = runner.choices(service).into_iter();
        for mistake in choices.filter(|choice| choice.mistake) {
            // Beside services of the stage that does it right.
            let right = mistake.label.rsplit(' ').next().expect("a stage");
            let mut stages = [right; 3];
            chosen += 1;
            stages[place] = &mistake.value;
            let told = page.run(stages);
            let name = mistake.value.strip_prefix("mistake:");
            let said = SAID.iter().find(|(known, _)| Some(*known) == name);
            let (_, parts) = said.expect("what is said of this mistake");
            let is_said = told
                .split("<li>")
                .any(|it| parts.iter().all(|part| it.contains(part)));
            if !is_said || !told.contains("not as expected") {
                unseen.push(format!("{stages:?} without {parts:?}: {told}"));
            }
        }
    }

    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
    assert_eq!(chosen, SAID.len());
}
