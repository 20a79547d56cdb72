//! Redis ends, or falls silent: requests are refused in time, and nothing has to be restarted.

use std::time::{Duration, Instant};

use contract::Target;
use http::Method;
use launcher::Stage;
use testbed::redis::RedisServer;

use super::log_in;
use crate::support::{Common, Processes, Receiver, eventually};

/// The longest that a client waits for a 503.
const BOUND: Duration = Duration::from_millis(1_500);

struct Bench {
    redis: RedisServer,
    processes: Processes,
    _receiver: Receiver,
}

async fn start(stage: Stage) -> Option<Bench> {
    let redis = RedisServer::start()?;
    let receiver = Receiver::start();
    let common = Common::new([stage; 3], &receiver.url(), &redis.url());
    Some(Bench {
        processes: common.start().await,
        redis,
        _receiver: receiver,
    })
}

/// Every request that needs the store is refused in time, with the wish to be asked again.
async fn assert_patience_is_asked_for(target: &Target, token: &str) {
    for _ in 0..3 {
        let asked = Instant::now();
        let code = target.send_code(&target.phone()).await;
        let code_took = asked.elapsed();
        let asked = Instant::now();
        let session = target.session(Method::GET, token).await;
        let session_took = asked.elapsed();

        for (answer, took) in [(code, code_took), (session, session_took)] {
            let answer = answer.is_problem(503, "unavailable");
            assert!(answer.retry_after() >= 1);
            assert!(took < BOUND, "{} took {took:?}", answer.asked);
        }
    }
}

async fn assert_works_again(processes: &mut Processes) {
    processes.are_ready().await;
    let target = processes.target().clone();
    eventually("codes are sent again", async || {
        target.send_code(&target.phone()).await.status == 202
    })
    .await;
    log_in(&target).await;
    for process in [&mut processes.api, &mut processes.auth, &mut processes.sms] {
        assert!(process.runs());
    }
}

#[tokio::test]
async fn a_redis_that_is_killed_is_found_again() {
    let Some(mut bench) = start(Stage::Native).await else {
        return;
    };
    let target = bench.processes.target().clone();
    log_in(&target).await;

    bench.redis.kill();
    assert_patience_is_asked_for(&target, "a-token").await;

    bench.redis.restart();
    assert_works_again(&mut bench.processes).await;
}

#[tokio::test]
async fn a_redis_that_is_frozen_is_not_waited_for() {
    let Some(mut bench) = start(Stage::Shim).await else {
        return;
    };
    let target = bench.processes.target().clone();
    let token = target.token().await;

    bench.redis.freeze();
    assert_patience_is_asked_for(&target, &token).await;

    bench.redis.thaw();
    assert_works_again(&mut bench.processes).await;
    target.session(Method::GET, &token).await.is(200);
}
