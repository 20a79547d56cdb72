//! The end of a service: soon, clean, and without losing what can be delivered.

use std::time::Duration;

use contract::{Numbers, Target};
use launcher::{Service, Stage};
use platform::Credential;
use testbed::collector::Collector;
use testbed::redis::RedisServer;
use tokio::task::JoinSet;

use crate::support::{BlackHole, Common, Ended, Launch, Process, Receiver, Reserved, eventually};

/// What a container platform grants at least.
const BOUND: Duration = Duration::from_secs(5);
const CREDENTIAL: &str = "a-credential-of-tests-and-nothing-else";

/// Requests that are made until the service ends; the ids of the traces of those that were answered.
struct Load(JoinSet<Vec<String>>);

impl Load {
    fn start(target: &Target) -> Self {
        let mut clients = JoinSet::new();
        for _ in 0..8 {
            let target = target.clone();
            clients.spawn(async move {
                let mut ids = Vec::new();
                while let Some(id) = ask(&target).await {
                    ids.push(id);
                }
                ids
            });
        }
        Self(clients)
    }

    async fn ids(self) -> Vec<String> {
        self.0.join_all().await.concat()
    }
}

/// Asks for a code. Tells the trace's id, or nothing when there is nobody to ask any more.
async fn ask(target: &Target) -> Option<String> {
    let body = serde_json::json!({ "phone": target.phone() });
    let request = target
        .to_api(http::Method::POST, "/v1/login/code")
        .json(&body);
    let answer = request.send().await.ok()?;
    let id = answer
        .headers()
        .get("x-trace-id")?
        .to_str()
        .ok()?
        .to_owned();
    answer.bytes().await.ok()?;
    Some(id)
}

fn assert_clean(ended: &Ended) {
    assert!(ended.status.success(), "{ended:#?}");
    assert!(ended.after < BOUND, "it took {:?}", ended.after);
}

/// Api, which finds nobody where it expects auth.
fn api(launch: Launch, otlp: &str) -> (Process, Target) {
    let api = launch
        .env("SERVICE_CREDENTIAL", CREDENTIAL)
        .env("API_AUTH_URL", format!("http://{}", testbed::free_port()))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", otlp)
        .start();
    let credential: Credential = CREDENTIAL.parse().expect("it is long enough");
    let (url, nobody) = (api.url(), api.url());
    let target = Target::new(url, nobody.clone(), nobody, credential, Numbers::default());
    (api, target.traced(true))
}

/// The same launch with all processors and with one.
fn launches(stage: Stage) -> Vec<Launch> {
    let all = Launch::new(Service::Api, stage);
    let one = Launch::on_one_processor(Service::Api, stage);
    std::iter::once(all).chain(one).collect()
}

#[test]
fn a_service_that_has_just_started_ends_in_order() {
    for _ in 0..5 {
        let launch = Launch::new(Service::Api, Stage::Bare).env("SERVICE_CREDENTIAL", CREDENTIAL);

        let ended = launch.ended_as_soon_as_it_listens();

        assert_clean(&ended);
        assert!(
            ended.lines.join("\n").contains("api has stopped."),
            "{ended:#?}"
        );
    }
}

#[tokio::test]
async fn what_was_answered_under_load_has_been_delivered() {
    for stage in [Stage::Dropin, Stage::Shim, Stage::Mixed, Stage::Native] {
        for launch in launches(stage) {
            let receiver = Receiver::start();
            let (api, target) = api(launch, &receiver.url());
            let load = Load::start(&target);
            eventually("spans flow", async || receiver.store().stats().spans > 20).await;

            let ended = tokio::task::spawn_blocking(|| api.terminate()).await;

            let ids = load.ids().await;
            assert_clean(&ended.expect("the wait does not panic"));
            assert!(ids.len() > 10);
            for id in ids {
                let spans = receiver.trace(&id).map_or(0, |trace| trace.spans.len());
                assert_eq!(spans, 2, "{stage}: {id} was answered");
            }
        }
    }
}

#[tokio::test]
async fn a_fleet_ends_under_load_without_an_orphan() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let receiver = Receiver::start();
    let stages = [Stage::Mixed, Stage::Native, Stage::Shim];
    let common = Common::new(stages, &receiver.url(), &redis.url());
    let processes = common.start().await;
    let load = Load::start(processes.target());
    eventually("spans flow", async || receiver.store().stats().spans > 100).await;

    let ended = tokio::task::spawn_blocking(|| processes.terminate()).await;

    let ids = load.ids().await;
    for ended in &ended.expect("the wait does not panic") {
        assert_clean(ended);
    }
    for id in ids {
        let trace = receiver
            .trace(&id)
            .expect("what was answered was delivered");
        assert_eq!(
            (trace.roots().count(), trace.orphans().len()),
            (1, 0),
            "\n{}",
            trace.tree()
        );
    }
}

#[tokio::test]
async fn without_a_receiver_the_end_comes_as_soon_and_tells_the_loss() {
    let (absent, silent) = (Reserved::new(), BlackHole::start());
    for (stage, otlp) in [
        (Stage::Dropin, absent.url()),
        (Stage::Dropin, silent.url()),
        (Stage::Shim, absent.url()),
        (Stage::Native, silent.url()),
    ] {
        for launch in launches(stage) {
            let (api, target) = api(launch, &otlp);
            for _ in 0..5 {
                ask(&target).await.expect("api answers");
            }

            let ended = api.terminate();

            assert_clean(&ended);
            assert_tells_the_loss(&ended, "10 of 10 spans were lost.");
        }
    }
}

#[tokio::test]
async fn with_a_collector_that_froze_the_end_comes_as_soon_and_tells_the_loss() {
    let receiver = Receiver::start();
    let Some(mut collector) = Collector::exporting_to(receiver.address()) else {
        return;
    };
    for launch in launches(Stage::Native) {
        let (api, target) = api(launch, &collector.otlp_endpoint());
        let id = ask(&target).await.expect("api answers");
        receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;

        collector.server().freeze();
        ask(&target).await.expect("api answers");
        let ended = api.terminate();
        collector.server().thaw();

        assert_clean(&ended);
        assert_tells_the_loss(&ended, "2 of 4 spans were lost.");
    }
}

fn assert_tells_the_loss(ended: &Ended, words: &str) {
    let told: Vec<&String> = ended
        .lines
        .iter()
        .filter(|line| line.contains("spans were lost."))
        .collect();
    assert_eq!(told.len(), 1, "{ended:#?}");
    assert!(told[0].contains(words), "{told:?}");
}
