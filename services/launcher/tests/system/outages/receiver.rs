//! The Collector is away: nobody who logs in notices, and spans flow again when it is back.

use std::time::Duration;

use contract::Target;
use launcher::Stage;
use testbed::collector::Collector;
use testbed::redis::RedisServer;

use super::log_in;
use crate::support::{BlackHole, Common, Processes, Receiver, Reserved, eventually};

/// Generous: a request takes milliseconds. One that waited for telemetry would take as long as an export may.
const BOUND: Duration = Duration::from_secs(1);
/// Lines about telemetry that three services may write during a test.
const LINES: usize = 30;

async fn assert_unnoticed(target: &Target) {
    for _ in 0..5 {
        let (_, slowest) = log_in(target).await;
        assert!(slowest < BOUND, "a request took {slowest:?}");
    }
}

async fn assert_flowing(target: &Target, receiver: &Receiver) {
    let (answers, _) = log_in(target).await;
    for (answer, spans) in answers.iter().zip([9, 6, 4, 4]) {
        let id = answer.header("x-trace-id").expect("api tells the trace");
        let whole = receiver.wait_for(id, |trace| trace.spans.len() == spans);
        assert_eq!(whole.await.orphans().len(), 0);
    }
}

/// One of the services says so, sooner or later.
async fn assert_said(processes: &Processes, words: &str) {
    let is_said = async || processes.lines().iter().any(|line| line.contains(words));
    eventually(words, is_said).await;
}

/// What each service says about its telemetry.
fn assert_few_words(lines: &[String]) {
    let about = lines
        .iter()
        .filter(|line| line.contains("opentelemetry") || line.contains("pipeline::"));
    let about: Vec<&String> = about.collect();
    assert!(about.len() < LINES, "{about:#?}");
}

#[tokio::test]
async fn a_receiver_may_be_absent_or_silent_or_die() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for stage in [Stage::Shim, Stage::Native] {
        let place = Reserved::new();
        let common = Common::new([stage; 3], &place.url(), &redis.url());
        let processes = common.start().await;
        let target = processes.target();

        // Absent from the start.
        assert_unnoticed(target).await;
        let mut receiver = Receiver::start_at(place.address());
        assert_flowing(target, &receiver).await;

        // Dead in the middle. An export is tried again for a while, so it takes that while until one fails.
        receiver.kill();
        assert_unnoticed(target).await;
        assert_said(&processes, "Spans are being lost").await;

        // There, and without an answer.
        let silent = BlackHole::start_at(place.address());
        assert_unnoticed(target).await;
        drop(silent);

        let receiver = Receiver::start_at(place.address());
        assert_flowing(target, &receiver).await;
        assert_said(&processes, "Spans reach").await;
        assert_few_words(&processes.lines());
    }
}

#[tokio::test]
async fn a_collector_may_freeze_or_be_restarted() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let receiver = Receiver::start();
    let Some(mut collector) = Collector::exporting_to(receiver.address()) else {
        return;
    };
    let stages = [Stage::Native, Stage::Shim, Stage::Native];
    let common = Common::new(stages, &collector.otlp_endpoint(), &redis.url());
    let processes = common.start().await;
    let target = processes.target();
    assert_flowing(target, &receiver).await;

    collector.server().freeze();
    assert_unnoticed(target).await;
    collector.server().thaw();
    assert_flowing(target, &receiver).await;

    collector.server().kill();
    assert_unnoticed(target).await;
    collector.server().restart();
    assert_flowing(target, &receiver).await;
    assert_few_words(&processes.lines());
}
