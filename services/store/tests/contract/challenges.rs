//! Codes: issued with their message, counted, used up once.

use std::time::Duration;

use futures::future::join_all;
use store::{Attempt, Issued, Limits, QueueOptions, StoreError};

use super::*;

fn live(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Live { .. })
}

/// How many of `times` attempts were given something to compare with.
async fn attempts(store: &Arc<dyn Store>, n: u8, phone: PhoneKey, times: usize) -> usize {
    let mut count = 0;
    for _ in 0..times {
        count += usize::from(live(&store.count_attempt(&id(n), &phone).await.unwrap()));
    }
    count
}

pub(crate) async fn a_code_and_its_message_are_stored_together(bed: &dyn Bed) {
    let store = bed.open(limits(), options());

    let issued = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();

    let attempt = store.count_attempt(&id(1), &phone(1)).await.unwrap();
    assert_eq!(attempt, Attempt::Live { mac: mac(1) });
    let delivery = take(&mut store.receiver(0)).await;
    assert_eq!(
        issued,
        Issued::Queued {
            message_id: delivery.message_id().to_owned()
        }
    );
    assert_eq!(delivery.destination(), store.destination(&phone(1)));
    assert_eq!(delivery.payload(), message(1).payload);
    assert_eq!(delivery.key(), message(1).key);
    assert_eq!(*delivery.headers(), message(1).headers);
    assert_eq!(delivery.deliveries(), 1);
    let lasts = delivery
        .deadline()
        .duration_since(SystemTime::now())
        .unwrap();
    assert!(lasts > Duration::from_secs(250), "{lasts:?}");
}

pub(crate) async fn a_full_backlog_stores_neither(bed: &dyn Bed) {
    let cooldown = Limits {
        cooldown: Duration::from_secs(60),
        ..limits()
    };
    let store = bed.open(
        cooldown,
        QueueOptions {
            backlog_limit: 1,
            ..options()
        },
    );
    issue(&store, 1).await;

    let refused = store.issue(challenge(2, phone(2)), message(2)).await;

    assert_eq!(refused, Err(StoreError::BacklogFull));
    assert_eq!(
        store.count_attempt(&id(2), &phone(2)).await,
        Ok(Attempt::Dead)
    );
    assert_eq!(store.backlog().await, Ok(1));
    let delivery = take(&mut store.receiver(0)).await;
    store.settle(&delivery).await.unwrap();
    issue(&store, 2).await;
}

pub(crate) async fn a_phone_in_cooldown_gets_nothing(bed: &dyn Bed) {
    let store = bed.open(
        Limits {
            cooldown: Duration::from_secs(60),
            ..limits()
        },
        options(),
    );
    issue(&store, 1).await;

    let second = store
        .issue(challenge(2, phone(1)), message(2))
        .await
        .unwrap();

    let Issued::Cooldown { retry_after } = second else {
        panic!("{second:?}")
    };
    assert!(retry_after <= Duration::from_secs(60), "{retry_after:?}");
    assert!(retry_after > Duration::from_secs(30), "{retry_after:?}");
    assert_eq!(store.backlog().await, Ok(1));
    assert_eq!(attempts(&store, 2, phone(1), 1).await, 0);
    assert_eq!(attempts(&store, 1, phone(1), 1).await, 1);
    issue(&store, 3).await;
}

pub(crate) async fn a_cooldown_ends(bed: &dyn Bed) {
    let store = bed.open(
        Limits {
            cooldown: Duration::from_millis(150),
            ..limits()
        },
        options(),
    );
    issue(&store, 1).await;

    eventually("the next code is sent", || async {
        let issued = store
            .issue(challenge(2, phone(1)), message(2))
            .await
            .unwrap();
        matches!(issued, Issued::Queued { .. })
    })
    .await;
}

pub(crate) async fn a_new_code_replaces_the_old_one(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();

    let _ = store
        .issue(challenge(2, phone(1)), message(2))
        .await
        .unwrap();

    assert_eq!(attempts(&store, 1, phone(1), 1).await, 0);
    assert_eq!(store.claim(&id(1), &phone(1), &mac(1)).await, Ok(false));
    assert_eq!(attempts(&store, 2, phone(1), 1).await, 1);
}

pub(crate) async fn attempts_are_counted_over_a_new_code(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();
    assert_eq!(attempts(&store, 1, phone(1), 3).await, 3);

    let _ = store
        .issue(challenge(2, phone(1)), message(2))
        .await
        .unwrap();

    assert_eq!(attempts(&store, 2, phone(1), 5).await, 2);
}

pub(crate) async fn an_exhausted_phone_gets_no_message(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();
    assert_eq!(attempts(&store, 1, phone(1), 6).await, 5);

    let second = store
        .issue(challenge(2, phone(1)), message(2))
        .await
        .unwrap();

    assert_eq!(second, Issued::Suppressed);
    assert_eq!(store.backlog().await, Ok(1));
    assert_eq!(attempts(&store, 2, phone(1), 1).await, 0);
    issue(&store, 3).await;
}

pub(crate) async fn an_exhausted_phone_is_cooled_down_like_any_other(bed: &dyn Bed) {
    let limits = Limits {
        cooldown: Duration::from_millis(200),
        attempts: 1,
        ..limits()
    };
    let store = bed.open(limits, options());
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();
    assert_eq!(attempts(&store, 1, phone(1), 1).await, 1);

    eventually("the suppressed code is accepted", || async {
        store
            .issue(challenge(2, phone(1)), message(2))
            .await
            .unwrap()
            == Issued::Suppressed
    })
    .await;

    let third = store
        .issue(challenge(3, phone(1)), message(3))
        .await
        .unwrap();
    assert!(matches!(third, Issued::Cooldown { .. }), "{third:?}");
}

pub(crate) async fn attempts_are_forgotten_after_a_while(bed: &dyn Bed) {
    let store = bed.open(
        Limits {
            failure_window: Duration::from_millis(150),
            ..limits()
        },
        options(),
    );
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();
    assert_eq!(attempts(&store, 1, phone(1), 5).await, 5);

    eventually("the phone is sent a code again", || async {
        let issued = store
            .issue(challenge(2, phone(1)), message(2))
            .await
            .unwrap();
        matches!(issued, Issued::Queued { .. })
    })
    .await;

    assert_eq!(attempts(&store, 2, phone(1), 1).await, 1);
}

pub(crate) async fn a_forgotten_count_does_not_revive_an_exhausted_challenge(bed: &dyn Bed) {
    let window = Duration::from_millis(50);
    let store = bed.open(
        Limits {
            failure_window: window,
            ..limits()
        },
        options(),
    );
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();
    let mut count = 0;

    // Slower than the window: no count of the phone ever gets anywhere.
    for _ in 0..8 {
        count += attempts(&store, 1, phone(1), 1).await;
        tokio::time::sleep(window * 2).await;
    }

    assert_eq!(count, 5);
}

pub(crate) async fn a_success_forgets_the_attempts(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();
    assert_eq!(attempts(&store, 1, phone(1), 5).await, 5);

    assert_eq!(store.claim(&id(1), &phone(1), &mac(1)).await, Ok(true));

    assert_eq!(attempts(&store, 1, phone(1), 1).await, 0);
    let _ = store
        .issue(challenge(2, phone(1)), message(2))
        .await
        .unwrap();
    assert_eq!(attempts(&store, 2, phone(1), 6).await, 5);
}

pub(crate) async fn an_attempt_on_no_challenge_is_not_counted(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();

    assert_eq!(attempts(&store, 9, phone(1), 20).await, 0);
    assert_eq!(attempts(&store, 1, phone(2), 20).await, 0);

    assert_eq!(attempts(&store, 1, phone(1), 6).await, 5);
}

pub(crate) async fn fifty_parallel_attempts_get_five_comparisons(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();

    let tries = (0..50).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.count_attempt(&id(1), &phone(1)).await.unwrap() })
    });

    let tries = join_all(tries).await;
    assert_eq!(
        tries
            .into_iter()
            .filter(|attempt| live(attempt.as_ref().unwrap()))
            .count(),
        5
    );
}

pub(crate) async fn fifty_parallel_claims_have_one_winner(bed: &dyn Bed) {
    let store = bed.open(limits(), options());

    for round in 0..20 {
        let _ = store
            .issue(challenge(round, phone(1)), message(round))
            .await
            .unwrap();
        let claims = (0..50).map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let attempt = store.count_attempt(&id(round), &phone(1)).await.unwrap();
                live(&attempt)
                    && store
                        .claim(&id(round), &phone(1), &mac(round))
                        .await
                        .unwrap()
            })
        });

        let claims = join_all(claims).await;
        assert_eq!(
            claims
                .into_iter()
                .filter(|won| *won.as_ref().unwrap())
                .count(),
            1
        );
    }
}

pub(crate) async fn only_what_was_compared_can_be_claimed(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();
    let _ = store
        .issue(challenge(2, phone(2)), message(2))
        .await
        .unwrap();

    assert_eq!(store.claim(&id(1), &phone(1), &mac(2)).await, Ok(false));
    assert_eq!(store.claim(&id(2), &phone(1), &mac(2)).await, Ok(false));
    assert_eq!(store.claim(&id(1), &phone(2), &mac(1)).await, Ok(false));

    assert_eq!(store.claim(&id(1), &phone(1), &mac(1)).await, Ok(true));
    assert_eq!(store.claim(&id(1), &phone(1), &mac(1)).await, Ok(false));
}

pub(crate) async fn an_expired_challenge_is_dead(bed: &dyn Bed) {
    let limits = Limits {
        lifetime: Duration::from_millis(150),
        attempts: 100_000,
        ..limits()
    };
    let store = bed.open(limits, options());
    let _ = store
        .issue(challenge(1, phone(1)), message(1))
        .await
        .unwrap();

    eventually("the challenge expires", || async {
        store.count_attempt(&id(1), &phone(1)).await == Ok(Attempt::Dead)
    })
    .await;

    assert_eq!(store.claim(&id(1), &phone(1), &mac(1)).await, Ok(false));
}
