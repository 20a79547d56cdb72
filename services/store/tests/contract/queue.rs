//! The consumer's port: deliveries, leave to begin, dead letters.

use std::time::Duration;

use store::{Begun, Cause, QueueOptions};

use super::*;

/// Messages count as abandoned after 300 ms.
fn impatient(consumer: &str) -> QueueOptions {
    QueueOptions {
        consumer: consumer.to_owned(),
        processing_timeout: Duration::from_millis(150),
        min_idle: Duration::from_millis(300),
        ..options()
    }
}

pub(crate) async fn a_waiting_receiver_is_woken_by_a_message(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let mut receiver = store.receiver(0);
    let waiting = tokio::spawn(async move { take(&mut receiver).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());

    let sent = Instant::now();
    issue(&store, 1).await;

    let delivery = waiting.await.unwrap();
    assert_eq!(delivery.key(), message(1).key);
    assert!(
        sent.elapsed() < Duration::from_secs(1),
        "{:?}",
        sent.elapsed()
    );
}

pub(crate) async fn an_abandoned_message_goes_to_another_consumer(bed: &dyn Bed) {
    let crashed = bed.open(limits(), impatient("a"));
    issue(&crashed, 1).await;
    let first = take(&mut crashed.receiver(0)).await;

    let other = bed.open(limits(), impatient("b"));
    let started = Instant::now();
    let second = take(&mut other.receiver(0)).await;

    assert!(
        started.elapsed() > Duration::from_millis(200),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(second.message_id(), first.message_id());
    assert_eq!(second.payload(), first.payload());
    assert_eq!(second.deliveries(), 2);
    other.settle(&second).await.unwrap();
    assert_eq!(other.backlog().await, Ok(0));
}

pub(crate) async fn unfinished_work_comes_first_after_a_restart(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    for n in 1..=3 {
        issue(&store, n).await;
    }
    let mut receiver = store.receiver(0);
    for _ in 1..=3 {
        take(&mut receiver).await;
    }
    issue(&store, 4).await;

    let mut restarted = bed.open(limits(), options()).receiver(0);

    let mut seen = Vec::new();
    for _ in 1..=4 {
        let delivery = take(&mut restarted).await;
        seen.push((delivery.key().to_owned(), delivery.deliveries()));
    }
    let expected = [(1, 2), (2, 2), (3, 2), (4, 1)].map(|(n, times)| (id(n).to_string(), times));
    assert_eq!(seen, expected);
}

/// The same message in the hands of two consumers, the second of which took it for abandoned.
async fn delivered_twice(bed: &dyn Bed) -> (Arc<dyn Store>, Delivery, Delivery) {
    let store = bed.open(limits(), impatient("a"));
    issue(&store, 1).await;
    let first = take(&mut store.receiver(0)).await;
    let second = take(&mut bed.open(limits(), impatient("b")).receiver(0)).await;
    (store, first, second)
}

pub(crate) async fn one_delivery_at_a_time_may_begin(bed: &dyn Bed) {
    let (store, first, second) = delivered_twice(bed).await;

    assert_eq!(store.begin(&first).await, Ok(Begun::Started));
    assert_eq!(store.begin(&second).await, Ok(Begun::InProgress));
    assert_eq!(store.begin(&first).await, Ok(Begun::Started));
}

pub(crate) async fn leave_to_begin_lapses(bed: &dyn Bed) {
    let (store, first, second) = delivered_twice(bed).await;
    assert_eq!(store.begin(&first).await, Ok(Begun::Started));

    eventually("the second delivery may begin", || async {
        store.begin(&second).await == Ok(Begun::Started)
    })
    .await;
}

pub(crate) async fn a_released_message_may_begin_elsewhere(bed: &dyn Bed) {
    let store = bed.open(
        limits(),
        QueueOptions {
            consumer: "a".to_owned(),
            ..options()
        },
    );
    issue(&store, 1).await;
    let first = take(&mut store.receiver(0)).await;
    let second = store
        .retake(&first, Duration::ZERO)
        .await
        .unwrap()
        .expect("it is pending");
    assert_eq!(store.begin(&first).await, Ok(Begun::Started));

    // Not its own leave.
    store.release(&second).await.unwrap();
    assert_eq!(store.begin(&second).await, Ok(Begun::InProgress));

    store.release(&first).await.unwrap();
    assert_eq!(store.begin(&second).await, Ok(Begun::Started));
}

pub(crate) async fn what_is_done_is_remembered(bed: &dyn Bed) {
    let (store, first, second) = delivered_twice(bed).await;
    assert_eq!(store.begin(&first).await, Ok(Begun::Started));

    store.settle(&first).await.unwrap();

    assert_eq!(store.begin(&second).await, Ok(Begun::AlreadyDone));
    assert_eq!(store.backlog().await, Ok(0));
    store.release(&first).await.unwrap();
    store.settle(&second).await.unwrap();
    assert_eq!(store.begin(&first).await, Ok(Begun::AlreadyDone));
}

pub(crate) async fn a_message_past_its_deadline_does_not_begin(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let late = message_until(1, SystemTime::now() - Duration::from_secs(1));
    let _ = store.issue(challenge(1, phone(1)), late).await.unwrap();

    let delivery = take(&mut store.receiver(0)).await;

    assert_eq!(store.begin(&delivery).await, Ok(Begun::Expired));
    store.discard(&delivery).await.unwrap();
    assert_eq!(store.backlog().await, Ok(0));
}

pub(crate) async fn a_message_is_retaken_only_if_nobody_else_has_it(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    issue(&store, 1).await;
    let first = take(&mut store.receiver(0)).await;

    assert!(
        store
            .retake(&first, Duration::from_secs(5))
            .await
            .unwrap()
            .is_none()
    );
    let second = store
        .retake(&first, Duration::ZERO)
        .await
        .unwrap()
        .expect("it is pending");
    assert_eq!(second.deliveries(), 2);
    assert_eq!(second.message_id(), first.message_id());

    store.settle(&second).await.unwrap();
    assert!(
        store
            .retake(&second, Duration::ZERO)
            .await
            .unwrap()
            .is_none()
    );
}

pub(crate) async fn a_dead_letter_has_the_reason_and_not_the_message(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    issue(&store, 1).await;
    let delivery = take(&mut store.receiver(0)).await;
    let cause = Cause {
        reason: "refused",
        error: "the gateway answered 400".to_owned(),
    };

    store.dead_letter(&delivery, &cause).await.unwrap();
    store.dead_letter(&delivery, &cause).await.unwrap();

    let letters = store.dead_letters(0, 10).await.unwrap();
    let [letter] = letters.as_slice() else {
        panic!("{letters:?}")
    };
    assert_eq!(letter.message_id, delivery.message_id());
    assert_eq!(letter.key, id(1).to_string());
    assert_eq!(letter.reason, "refused");
    assert_eq!(letter.error, "the gateway answered 400");
    assert_eq!(letter.deliveries, 1);
    assert!(letter.queued <= letter.died);
    let age = SystemTime::now().duration_since(letter.queued).unwrap();
    assert!(age < Duration::from_secs(60), "{age:?}");
    assert_eq!(letter.trace.keys().collect::<Vec<_>>(), ["traceparent"]);
    assert_eq!(
        letter.trace["traceparent"],
        message(1).headers["traceparent"]
    );
    assert_eq!(store.backlog().await, Ok(0));
}

pub(crate) async fn dead_letters_are_bounded(bed: &dyn Bed) {
    let store = bed.open(
        limits(),
        QueueOptions {
            dead_limit: 2,
            ..options()
        },
    );
    let cause = Cause {
        reason: "refused",
        error: String::new(),
    };

    for n in 1..=4 {
        issue(&store, n).await;
        let delivery = take(&mut store.receiver(0)).await;
        store.dead_letter(&delivery, &cause).await.unwrap();
    }

    let letters = store.dead_letters(0, 10).await.unwrap();
    let keys: Vec<_> = letters.into_iter().map(|letter| letter.key).collect();
    assert_eq!(keys, [id(4).to_string(), id(3).to_string()]);
    assert_eq!(store.dead_letters(0, 1).await.unwrap().len(), 1);
}
