//! The services over a real Redis: they keep their promises, Redis learns no secret, and an outage passes.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Apps, Fleet, Numbers, Services, every_case, outage};
use http::Method;
use stage_bare::{api, auth, sms};
use store::{Limits, QueueOptions, RedisStore};
use testbed::redis::RedisServer;
use tokio::sync::Notify;

/// Starts the services. The consumer begins when `begin` completes.
async fn start(redis: &RedisServer, begin: impl Future<Output = ()> + Send + 'static) -> Fleet {
    let store =
        RedisStore::connect(&redis.url(), Limits::default(), QueueOptions::default()).unwrap();
    let wire = |apps: Apps| Services {
        api: api::router(apps.api),
        auth: auth::router(apps.auth),
        sms: sms::router(apps.sms.clone()),
        consumer: Box::pin(async {
            begin.await;
            sms::run(apps.sms).await;
        }),
    };
    let fleet = Fleet::start_over(Arc::new(store), Numbers::default(), wire).await;
    ready(&fleet).await;
    fleet
}

/// Waits until auth has its store.
async fn ready(fleet: &Fleet) {
    let target = fleet.target();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let answer = target
            .answer(target.to(&target.auth, Method::GET, "/readyz"))
            .await;
        if answer.status == 200 {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "not ready in time: {:?}",
            answer.body
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn every_case_holds_over_redis() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let fleet = start(&redis, async {}).await;

    every_case(fleet.target()).await;
}

#[tokio::test]
async fn redis_learns_no_code_no_number_and_no_token() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let begin = Arc::new(Notify::new());
    let fleet = start(&redis, {
        let begin = Arc::clone(&begin);
        async move { begin.notified().await }
    })
    .await;
    let target = fleet.target();
    let phone = target.phone();

    let challenge_id = target.send_code(&phone).await.is(202).text("challenge_id");
    let waiting = redis.dump();
    begin.notify_one();
    let code = target.inbox(&challenge_id).await.is(200).text("code");
    let delivered = redis.dump();
    let token = target
        .log_in(&challenge_id, &phone, &code)
        .await
        .is(200)
        .text("token");
    let logged_in = redis.dump();

    assert!(
        waiting.contains(&challenge_id),
        "the message waits in the queue: {waiting}"
    );
    assert!(
        logged_in.contains("****"),
        "the session is stored: {logged_in}"
    );
    for dump in [waiting, delivered, logged_in] {
        for secret in [&phone[1..], &phone[3..], token.as_str()] {
            assert!(!dump.contains(secret), "{secret} in {dump}");
        }
        // Six digits can occur by chance in a hash, so the code is looked for as a word.
        let words = dump.split(|character: char| !character.is_ascii_alphanumeric());
        assert_eq!(
            words.filter(|word| *word == code).count(),
            0,
            "{code} in {dump}"
        );
    }
}

#[tokio::test]
async fn a_frozen_redis_costs_patience_and_nothing_else() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let fleet = start(&redis, async {}).await;
    let target = fleet.target();
    let token = target.token().await;

    redis.freeze();
    outage::auth_without_store_asks_for_patience(target).await;
    redis.thaw();

    ready(&fleet).await;
    target.session(Method::GET, &token).await.is(200);
    target.token().await;
}
