//! Redis away: late, flushed, frozen, killed. Every call ends in time, and everything recovers by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use store::{Attempt, Consumer, Issued, SessionKey, Store, StoreError};
use testbed::redis::RedisServer;

use super::contract::{
    Bed, challenge, eventually, id, issue, limits, mac, message, options, phone,
};
use super::{Redis, consume, redis};

/// No call may take longer, in whatever state the server is: a command has a second, and a loaded machine is slow.
const BOUND: Duration = Duration::from_millis(1_500);

pub(crate) async fn ready(store: &Arc<dyn Store>) {
    eventually("the store is ready", || async {
        store.ping(Duration::from_millis(500)).await.is_ok()
    })
    .await;
}

/// Issues code after code until one goes through, and waits until it has been handled. This proves that writers and the
/// reader are alive.
pub(crate) async fn works_again(store: &Arc<dyn Store>, consumer: &Consumer) {
    let before = consumer.stats().handled;
    eventually("a code is issued", || async {
        let issued = store.issue(challenge(200, phone(200)), message(200)).await;
        matches!(issued, Ok(Issued::Queued { .. }))
    })
    .await;
    eventually("its message is handled", || async {
        consumer.stats().handled > before
    })
    .await;
}

/// Every call fails, and none takes longer than it may.
pub(crate) async fn fails_in_time(store: &Arc<dyn Store>) {
    let key = SessionKey::from_bytes([9; 32]);
    for _ in 0..3 {
        let started = Instant::now();
        assert!(
            store
                .issue(challenge(201, phone(201)), message(201))
                .await
                .is_err()
        );
        assert!(
            started.elapsed() < BOUND,
            "issue took {:?}",
            started.elapsed()
        );

        let started = Instant::now();
        assert!(store.find(&key, Duration::from_secs(60)).await.is_err());
        assert!(
            started.elapsed() < BOUND,
            "find took {:?}",
            started.elapsed()
        );
    }
    let started = Instant::now();
    assert!(store.ping(Duration::from_millis(300)).await.is_err());
    assert!(
        started.elapsed() < Duration::from_millis(600),
        "ping took {:?}",
        started.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_redis_gets_its_group_back() {
    let Some(bed) = redis() else { return };
    let store = bed.open(limits(), options());
    let (consumer, drain) = consume(&store);
    works_again(&store, &consumer).await;

    bed.server.ask(&["FLUSHALL"]).unwrap();

    works_again(&store, &consumer).await;
    assert_eq!(consumer.stats().group_recreated, 1);
    drain.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_comes_late_is_waited_for() {
    let Some(mut bed) = redis() else { return };
    bed.server.kill();

    let store = bed.open(limits(), options());
    let (consumer, drain) = consume(&store);
    fails_in_time(&store).await;

    bed.server.restart();
    ready(&store).await;
    works_again(&store, &consumer).await;
    drain.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_connection_a_call_is_refused_at_once() {
    let Some(mut bed) = redis() else { return };
    let store = bed.open(limits(), options());
    ready(&store).await;
    bed.server.kill();
    // Only once every connection is known to be gone, and then for good.
    eventually("the loss is noticed", || async {
        matches!(store.backlog().await, Err(StoreError::Unavailable(_)))
    })
    .await;
    // The store's first second is over: until then a call would wait for the first connection.
    eventually("a call is refused at once", || async {
        let started = Instant::now();
        let issued = store.issue(challenge(1, phone(1)), message(1)).await;
        assert!(
            matches!(issued, Err(StoreError::Unavailable(_))),
            "{issued:?}"
        );
        started.elapsed() < Duration::from_millis(200)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_redis_fails_calls_in_time_and_all_recovers() {
    let Some(bed) = redis() else { return };
    let store = bed.open(limits(), options());
    let (consumer, drain) = consume(&store);
    works_again(&store, &consumer).await;

    bed.server.freeze();
    fails_in_time(&store).await;
    // Long enough for the reader to take its connection for dead.
    eventually("the reader notices", || async {
        consumer.stats().read_errors > 0
    })
    .await;

    bed.server.thaw();
    ready(&store).await;
    works_again(&store, &consumer).await;
    drain.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_redis_fails_calls_in_time_and_all_recovers() {
    let Some(mut bed) = redis() else { return };
    let store = bed.open(limits(), options());
    let (consumer, drain) = consume(&store);
    works_again(&store, &consumer).await;

    for _ in 0..3 {
        bed.server.kill();
        fails_in_time(&store).await;
        bed.server.restart();
        ready(&store).await;
        works_again(&store, &consumer).await;
    }
    drain.cancel();

    // Four for commands, and one or, while it is being replaced, two for reading.
    let clients = bed.server.ask(&["CLIENT", "LIST"]).unwrap();
    let count = clients.matches(" cmd=").count() - 1;
    assert!(count <= 6, "{count} connections are left:\n{clients}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_survive_a_redis_that_is_killed_with_its_file() {
    let Some(server) = RedisServer::start_durable() else {
        return;
    };
    let mut bed = Redis { server };
    let store = bed.open(limits(), options());
    ready(&store).await;
    for n in 1..=5 {
        issue(&store, n).await;
    }

    bed.server.restart();
    ready(&store).await;
    let (consumer, drain) = consume(&store);

    eventually("all are handled", || async {
        consumer.stats().handled == 5
    })
    .await;
    let attempt = store.count_attempt(&id(1), &phone(1)).await;
    assert_eq!(attempt, Ok(Attempt::Live { mac: mac(1) }));
    drain.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_calls_than_can_wait_are_refused_at_once() {
    let Some(bed) = redis() else { return };
    let store = bed.open(limits(), options());
    ready(&store).await;
    bed.server.freeze();

    let started = Instant::now();
    let calls = (0..20_000).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.count_attempt(&id(1), &phone(1)).await })
    });
    let mut refused = 0;
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap().expect_err("nothing answers") {
            StoreError::Unavailable(_) => refused += 1,
            StoreError::UnknownOutcome(_) => {}
            other => panic!("{other:?}"),
        }
    }

    assert!(refused >= 1_000, "only {refused} were refused");
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    bed.server.thaw();
    ready(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_takes_a_bounded_time() {
    let Some(bed) = redis() else { return };
    let store = bed.open(limits(), options());
    ready(&store).await;
    bed.server.freeze();

    let started = Instant::now();
    store.close().await;

    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    assert!(store.ping(Duration::from_millis(300)).await.is_err());
}
