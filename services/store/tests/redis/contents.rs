//! What lies in Redis, and what does not; what others may have put there or taken away.

use std::sync::Arc;
use std::time::Duration;

use store::{
    Attempt, Begun, Cause, Challenges, Limits, Namespace, Queue, QueueOptions, RedisStore,
    SessionKey, SessionRecord, Sessions, Store,
};

use super::contract::{
    Bed, challenge, eventually, id, issue, limits, message, options, phone, take,
};
use super::{consume, redis};

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
async fn namespaces_do_not_see_each_other() {
    let Some(bed) = redis() else { return };
    let in_space = |namespace: Namespace| {
        let options = QueueOptions {
            namespace,
            ..options()
        };
        Arc::new(RedisStore::connect(&bed.server.url(), limits(), options).unwrap())
    };
    let ours = in_space(Namespace::default().for_one_run());
    let theirs = in_space(Namespace::default());
    let (our_port, their_port): (Arc<dyn Store>, Arc<dyn Store>) = (ours.clone(), theirs.clone());
    issue(&our_port, 1).await;
    issue(&their_port, 2).await;

    let our_delivery = take(&mut ours.receiver(0)).await;
    let their_delivery = take(&mut theirs.receiver(0)).await;

    assert_eq!(our_delivery.key(), id(1).to_string());
    assert_eq!(their_delivery.key(), id(2).to_string());
    // The attribute of a span does not get a value for each run.
    assert_eq!(our_delivery.destination(), "{otp:00}:messages");
    assert_eq!(ours.destination(&phone(1)), "{otp:00}:messages");
    assert_eq!(
        theirs.count_attempt(&id(1), &phone(1)).await,
        Ok(Attempt::Dead)
    );
    let hour = Duration::from_secs(3_600);
    let now = std::time::SystemTime::now();
    let record = SessionRecord {
        masked_phone: "+86138****8000".to_owned(),
        created: now,
        expires: now + hour,
    };
    let session = SessionKey::from_bytes([1; 32]);
    ours.create(&session, &record, hour).await.unwrap();
    assert_eq!(theirs.find(&session, hour).await, Ok(None));

    // At the end of its run, a system leaves nothing that stays, and takes nothing of others along.
    ours.remove_streams().await.unwrap();
    assert_eq!(bed.server.keys_without_end(), ["{otp:00}:messages"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_time_is_too_long_to_be_an_end() {
    let Some(bed) = redis() else { return };
    let limits = Limits {
        lifetime: Duration::MAX,
        cooldown: Duration::MAX,
        failure_window: Duration::MAX,
        ..limits()
    };
    let store = bed.open(limits, options());

    issue(&store, 1).await;

    let attempt = store.count_attempt(&id(1), &phone(1)).await;
    assert!(matches!(attempt, Ok(Attempt::Live { .. })), "{attempt:?}");
    assert_eq!(bed.server.keys_without_end(), ["{otp:00}:messages"]);
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
