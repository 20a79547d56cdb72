//! The contract on a real Redis, and what only a real Redis can do to a store: refuse, forget, freeze, die.

#[macro_use]
mod contract;

use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Bed, challenge, eventually, id, issue, limits, mac, message, options, phone, take};
use store::{
    Begun, Cause, Consumer, Delivery, Failure, Issued, Limits, QueueOptions, RedisStore,
    SessionKey, SessionRecord, Store, StoreError,
};
use testbed::redis::RedisServer;
use tokio_util::sync::CancellationToken;

/// No call may take longer, in whatever state the server is: a command has a second, and a loaded machine is slow.
const BOUND: Duration = Duration::from_millis(1_500);

struct Redis {
    server: RedisServer,
}

impl Bed for Redis {
    fn open(&self, limits: Limits, options: QueueOptions) -> Arc<dyn Store> {
        Arc::new(RedisStore::connect(&self.server.url(), limits, options).expect("the URL is one"))
    }
}

fn redis() -> Option<Redis> {
    RedisServer::start().map(|server| Redis { server })
}

run_contract!(redis());

/// A consumer that succeeds with everything.
fn consume(store: &Arc<dyn Store>) -> (Consumer, CancellationToken) {
    let (consumer, drain) = (
        Consumer::new(Arc::clone(store) as _),
        CancellationToken::new(),
    );
    let (worker, token, store) = (consumer.clone(), drain.clone(), Arc::clone(store));
    tokio::spawn(async move {
        let handler = move |delivery: Delivery| {
            let store = Arc::clone(&store);
            async move {
                match store.begin(&delivery).await? {
                    Begun::Started | Begun::AlreadyDone => Ok(store.settle(&delivery).await?),
                    Begun::InProgress => Err(Failure::InProgress),
                    Begun::Expired => Err(Failure::Expired),
                }
            }
        };
        worker.run(token, handler).await;
    });
    (consumer, drain)
}

async fn ready(store: &Arc<dyn Store>) {
    eventually("the store is ready", || async {
        store.ping(Duration::from_millis(500)).await.is_ok()
    })
    .await;
}

/// Issues code after code until one goes through, and waits until it has been handled. This proves that writers and the reader
/// are alive.
async fn works_again(store: &Arc<dyn Store>, consumer: &Consumer) {
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
async fn fails_in_time(store: &Arc<dyn Store>) {
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
async fn no_key_is_without_end_except_streams() {
    let Some(bed) = redis() else { return };
    let limits = Limits {
        cooldown: Duration::from_secs(60),
        ..limits()
    };
    let store = bed.open(limits, options());
    for n in 1..=4 {
        issue(&store, n).await;
    }
    let _ = store.count_attempt(&id(1), &phone(1)).await.unwrap();
    let mut receiver = store.receiver(0);
    let done = take(&mut receiver).await;
    assert_eq!(store.begin(&done).await, Ok(Begun::Started));
    store.settle(&done).await.unwrap();
    let dead = take(&mut receiver).await;
    let cause = Cause {
        reason: "refused",
        error: String::new(),
    };
    store.dead_letter(&dead, &cause).await.unwrap();
    let begun = take(&mut receiver).await;
    assert_eq!(store.begin(&begun).await, Ok(Begun::Started));
    let now = std::time::SystemTime::now();
    let hour = Duration::from_secs(3_600);
    let record = SessionRecord {
        masked_phone: "+86138****8000".to_owned(),
        created: now,
        expires: now + hour,
    };
    let session = SessionKey::from_bytes([1; 32]);
    store.create(&session, &record, hour).await.unwrap();
    assert!(store.find(&session, hour).await.unwrap().is_some());

    let mut endless = bed.server.keys_without_end();

    endless.sort();
    assert_eq!(endless, ["{otp:00}:dead", "{otp:00}:messages"]);
    // What was looked at is all there.
    for kind in [
        ":challenge:",
        ":failures:",
        ":cooldown:",
        ":delivery:",
        "session:",
    ] {
        assert!(
            bed.server.dump().contains(kind),
            "there is no key of kind {kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_message_remains_once_it_is_done_or_dead() {
    let Some(bed) = redis() else { return };
    let store = bed.open(limits(), options());
    let mut receiver = store.receiver(0);
    issue(&store, 1).await;
    let done = take(&mut receiver).await;
    issue(&store, 2).await;
    let dead = take(&mut receiver).await;
    assert!(bed.server.dump().contains("sealed "));

    store.settle(&done).await.unwrap();
    let cause = Cause {
        reason: "refused",
        error: String::new(),
    };
    store.dead_letter(&dead, &cause).await.unwrap();

    let dump = bed.server.dump();
    assert!(!dump.contains("sealed "), "{dump}");
    assert!(!dump.contains("login.channel"), "{dump}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_cannot_be_queued_leaves_no_challenge() {
    let Some(bed) = redis() else { return };
    let limits = Limits {
        cooldown: Duration::from_secs(60),
        ..limits()
    };
    let store = bed.open(limits, options());
    bed.server
        .ask(&["SET", "{otp:00}:messages", "no stream"])
        .unwrap();

    assert!(
        store
            .issue(challenge(1, phone(1)), message(1))
            .await
            .is_err()
    );

    assert!(!bed.server.dump().contains(&"01".repeat(16)));
    assert!(!bed.server.dump().contains("cooldown"));
    bed.server.ask(&["DEL", "{otp:00}:messages"]).unwrap();
    issue(&store, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_nobody_can_read_is_a_dead_letter_at_first_sight() {
    let Some(bed) = redis() else { return };
    let store = bed.open(limits(), options());
    let traceparent = format!("00-{:032x}-{:016x}-01", 7, 7);
    let garbage = [
        "header.traceparent",
        &traceparent,
        "payload",
        "sealed x",
        "foo",
        "\r\n",
    ];
    let command = [&["XADD", "{otp:00}:messages", "*"], garbage.as_slice()].concat();
    bed.server.ask(&command).unwrap();
    issue(&store, 1).await;

    let (consumer, drain) = consume(&store);
    eventually("both are dealt with", || async {
        let stats = consumer.stats();
        stats.handled == 1 && stats.dead == 1
    })
    .await;

    let letters = store.dead_letters(0, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, "unreadable");
    assert_eq!(letters[0].deliveries, 1);
    assert_eq!(letters[0].trace["traceparent"], traceparent);
    assert_eq!(store.backlog().await, Ok(0));
    assert!(!bed.server.dump().contains("sealed x"));
    drain.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_vanish_while_pending_are_counted_as_lost() {
    let Some(bed) = redis() else { return };
    let store = bed.open(limits(), options());
    let mut receiver = store.receiver(0);
    for n in 1..=2 {
        issue(&store, n).await;
        let delivery = take(&mut receiver).await;
        let gone = ["XDEL", "{otp:00}:messages", delivery.message_id()];
        assert_eq!(bed.server.ask(&gone).unwrap(), ":1\r\n");
    }

    // Found in its own history by the same consumer ...
    let (consumer, drain) = consume(&store);
    eventually("they are counted", || async { consumer.stats().lost == 2 }).await;
    drain.cancel();

    // ... and in a sweep by another.
    issue(&store, 3).await;
    let delivery = take(&mut store.receiver(0)).await;
    bed.server
        .ask(&["XDEL", "{otp:00}:messages", delivery.message_id()])
        .unwrap();
    let impatient = QueueOptions {
        consumer: "other".to_owned(),
        processing_timeout: Duration::from_millis(50),
        min_idle: Duration::from_millis(100),
        ..options()
    };
    let (consumer, drain) = consume(&bed.open(limits(), impatient));
    eventually("it is counted", || async { consumer.stats().lost == 1 }).await;
    drain.cancel();
    let pending = bed
        .server
        .ask(&["XPENDING", "{otp:00}:messages", "sms"])
        .unwrap();
    assert!(pending.starts_with("*4\r\n:0\r\n"), "{pending}");
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
    assert_eq!(attempt, Ok(store::Attempt::Live { mac: mac(1) }));
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
