//! What becomes of a message whose handler does not succeed.

use std::time::Duration;

use store::{Begun, Failure, QueueOptions};

use super::consumer::{run, succeed};
use super::*;

async fn fail(_: Delivery) -> Result<(), Failure> {
    Err(Failure::retry("unreachable", "the gateway is down"))
}

pub(crate) async fn a_failed_message_is_tried_again(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    issue(&store, 1).await;

    let running = run(&store, |delivery: Delivery| async move {
        if delivery.deliveries() < 3 {
            fail(delivery).await
        } else {
            Ok(())
        }
    });
    running
        .until("it succeeds", |stats| stats.handled == 1)
        .await;

    assert_eq!(running.seen()[&id(1).to_string()], 3);
    assert_eq!(store.backlog().await, Ok(0));
    let stats = running.stop().await;
    assert_eq!((stats.retried, stats.dead), (2, 0));
}

pub(crate) async fn a_message_that_always_fails_ends_as_a_dead_letter(bed: &dyn Bed) {
    let store = bed.open(
        limits(),
        QueueOptions {
            max_deliveries: 3,
            ..options()
        },
    );
    issue(&store, 1).await;

    let running = run(&store, fail);
    running
        .until("it is given up", |stats| stats.dead == 1)
        .await;

    let letters = store.dead_letters(0, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, "unreachable");
    assert_eq!(letters[0].error, "the gateway is down");
    assert_eq!(letters[0].deliveries, 3);
    assert_eq!(running.seen()[&id(1).to_string()], 3);
    assert_eq!(store.backlog().await, Ok(0));
    running.stop().await;
}

pub(crate) async fn a_failing_message_does_not_hold_up_others(bed: &dyn Bed) {
    let wait = Duration::from_secs(5);
    let one_at_a_time = QueueOptions {
        concurrency: 1,
        retry_after: wait,
        retry_cap: wait,
        ..options()
    };
    let store = bed.open(limits(), one_at_a_time);
    for n in 1..=5 {
        issue(&store, n).await;
    }
    let started = Instant::now();

    let running = run(&store, |delivery: Delivery| async move {
        if delivery.key() == id(1).to_string() {
            fail(delivery).await
        } else {
            Ok(())
        }
    });
    running
        .until("the others are handled", |stats| stats.handled == 4)
        .await;

    assert!(started.elapsed() < wait, "{:?}", started.elapsed());
    assert_eq!(running.stop().await.retried, 1);
    assert_eq!(store.backlog().await, Ok(1));
}

pub(crate) async fn poison_ends_as_a_dead_letter_at_once(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    issue(&store, 1).await;

    let running = run(&store, |_| async {
        Err(Failure::poison("sealed_wrongly", "it cannot be opened"))
    });
    running
        .until("it is given up", |stats| stats.dead == 1)
        .await;

    let letters = store.dead_letters(0, 10).await.unwrap();
    assert_eq!(letters[0].reason, "sealed_wrongly");
    assert_eq!(letters[0].deliveries, 1);
    assert_eq!(running.stop().await.retried, 0);
}

pub(crate) async fn a_panic_is_a_failure_that_may_pass(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    issue(&store, 1).await;

    let running = run(&store, |delivery: Delivery| async move {
        assert!(delivery.deliveries() > 1, "this panic belongs to the test");
        Ok(())
    });
    running
        .until("it succeeds", |stats| stats.handled == 1)
        .await;

    assert_eq!(running.stop().await.retried, 1);
}

pub(crate) async fn a_handler_that_hangs_is_cut(bed: &dyn Bed) {
    let short = Duration::from_millis(100);
    let store = bed.open(
        limits(),
        QueueOptions {
            processing_timeout: short,
            ..options()
        },
    );
    issue(&store, 1).await;

    let running = run(&store, |delivery: Delivery| async move {
        if delivery.deliveries() == 1 {
            std::future::pending().await
        } else {
            Ok(())
        }
    });
    running
        .until("it succeeds", |stats| stats.handled == 1)
        .await;

    assert_eq!(running.stop().await.retried, 1);
}

pub(crate) async fn a_message_that_ends_every_process_is_given_up(bed: &dyn Bed) {
    let store = bed.open(
        limits(),
        QueueOptions {
            max_deliveries: 2,
            ..options()
        },
    );
    issue(&store, 1).await;
    for _ in 1..=2 {
        take(&mut store.receiver(0)).await;
    }

    let running = run(&store, succeed);
    running
        .until("it is given up", |stats| stats.dead == 1)
        .await;

    let letters = store.dead_letters(0, 10).await.unwrap();
    assert_eq!(letters[0].reason, "abandoned");
    assert!(running.seen().is_empty());
    running.stop().await;
}

pub(crate) async fn a_late_message_is_dropped_and_counted(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let late = message_until(1, SystemTime::now());
    let _ = store.issue(challenge(1, phone(1)), late).await.unwrap();
    issue(&store, 2).await;

    let running = run(&store, succeed);
    running
        .until("it is dropped", |stats| {
            stats.expired == 1 && stats.handled == 1
        })
        .await;

    assert_eq!(store.backlog().await, Ok(0));
    assert_eq!(store.dead_letters(0, 10).await, Ok(vec![]));
    running.stop().await;
}

pub(crate) async fn no_retry_is_planned_past_the_deadline(bed: &dyn Bed) {
    let wait = Duration::from_secs(5);
    let store = bed.open(
        limits(),
        QueueOptions {
            retry_after: wait,
            retry_cap: wait,
            ..options()
        },
    );
    let soon = message_until(1, SystemTime::now() + Duration::from_secs(4));
    let _ = store.issue(challenge(1, phone(1)), soon).await.unwrap();

    let running = run(&store, fail);
    running
        .until("it is dropped", |stats| stats.expired == 1)
        .await;

    assert_eq!(running.seen()[&id(1).to_string()], 1);
    assert_eq!(store.backlog().await, Ok(0));
    running.stop().await;
}

pub(crate) async fn a_message_in_progress_elsewhere_is_left_alone(bed: &dyn Bed) {
    let store = bed.open(
        limits(),
        QueueOptions {
            consumer: "other".to_owned(),
            ..options()
        },
    );
    issue(&store, 1).await;
    let elsewhere = take(&mut store.receiver(0)).await;
    assert_eq!(store.begin(&elsewhere).await, Ok(Begun::Started));

    // It comes to this consumer as its own unfinished work.
    let running = run(&store, succeed);
    running
        .until("it is left alone", |stats| stats.in_progress == 1)
        .await;

    assert_eq!(store.backlog().await, Ok(1));
    store.settle(&elsewhere).await.unwrap();
    assert_eq!(running.stop().await.handled, 0);
}
