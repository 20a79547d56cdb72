//! What every backend has to do. `tests/memory.rs` and `tests/redis/main.rs` run all of it, each on its own backend.

pub(crate) mod challenges;
pub(crate) mod consumer;
pub(crate) mod failure;
pub(crate) mod queue;
pub(crate) mod sessions;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use store::{
    ChallengeId, CodeMac, Delivery, Issued, Limits, Message, NewChallenge, PhoneKey, QueueOptions,
    Receiver, Store,
};

/// A condition that is not met by then will never be.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a backend lives. Stores of one bed see the same challenges, sessions and messages.
pub(crate) trait Bed: Send + Sync {
    fn open(&self, limits: Limits, options: QueueOptions) -> Arc<dyn Store>;
}

/// Makes a test of every function of the contract.
macro_rules! run_contract {
    ($bed:expr; $($module:ident { $($name:ident,)* })*) => {$(
        mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    if let Some(bed) = $bed {
                        contract::$module::$name(&bed).await;
                    }
                }
            )*
        }
    )*};
    ($bed:expr) => { run_contract! { $bed;
        challenges {
            a_code_and_its_message_are_stored_together,
            a_full_backlog_stores_neither,
            a_phone_in_cooldown_gets_nothing,
            a_cooldown_ends,
            a_new_code_replaces_the_old_one,
            attempts_are_counted_over_a_new_code,
            an_exhausted_phone_gets_no_message,
            an_exhausted_phone_is_cooled_down_like_any_other,
            attempts_are_forgotten_after_a_while,
            a_forgotten_count_does_not_revive_an_exhausted_challenge,
            a_success_forgets_the_attempts,
            an_attempt_on_no_challenge_is_not_counted,
            fifty_parallel_attempts_get_five_comparisons,
            fifty_parallel_claims_have_one_winner,
            only_what_was_compared_can_be_claimed,
            an_expired_challenge_is_dead,
        }
        sessions {
            a_session_is_found_until_it_is_revoked,
            an_idle_session_disappears,
            a_session_that_is_looked_up_stays,
            no_session_outlives_its_end,
        }
        queue {
            a_waiting_receiver_is_woken_by_a_message,
            an_abandoned_message_goes_to_another_consumer,
            unfinished_work_comes_first_after_a_restart,
            one_delivery_at_a_time_may_begin,
            leave_to_begin_lapses,
            a_released_message_may_begin_elsewhere,
            what_is_done_is_remembered,
            a_message_past_its_deadline_does_not_begin,
            a_message_is_retaken_only_if_nobody_else_has_it,
            a_dead_letter_has_the_reason_and_not_the_message,
            dead_letters_are_bounded,
        }
        consumer {
            every_message_is_handled_once_and_so_many_at_a_time,
            every_partition_is_consumed,
            draining_finishes_what_is_in_work_and_takes_nothing_new,
            draining_does_not_wait_for_a_handler_that_hangs,
        }
        failure {
            a_failed_message_is_tried_again,
            a_message_that_always_fails_ends_as_a_dead_letter,
            a_failing_message_does_not_hold_up_others,
            poison_ends_as_a_dead_letter_at_once,
            a_panic_is_a_failure_that_may_pass,
            a_handler_that_hangs_is_cut,
            a_message_that_ends_every_process_is_given_up,
            a_late_message_is_dropped_and_counted,
            no_retry_is_planned_past_the_deadline,
            a_message_in_progress_elsewhere_is_left_alone,
        }
    }};
}

pub(crate) fn limits() -> Limits {
    Limits {
        cooldown: Duration::ZERO,
        ..Limits::default()
    }
}

/// Everything quick, except what a test is about.
pub(crate) fn options() -> QueueOptions {
    QueueOptions {
        processing_timeout: Duration::from_secs(10),
        min_idle: Duration::from_secs(20),
        retry_after: Duration::from_millis(20),
        retry_cap: Duration::from_millis(100),
        ..QueueOptions::default()
    }
}

pub(crate) fn phone(n: u8) -> PhoneKey {
    let mut bytes = [0; 32];
    bytes[7] = n;
    PhoneKey::from_bytes(bytes)
}

pub(crate) fn id(n: u8) -> ChallengeId {
    ChallengeId::from_bytes([n; 16])
}

pub(crate) fn mac(n: u8) -> CodeMac {
    CodeMac::from_bytes([n, 0, 0xff, b'\r', b'\n'])
}

pub(crate) fn challenge(n: u8, phone: PhoneKey) -> NewChallenge {
    NewChallenge {
        id: id(n),
        phone,
        mac: mac(n),
    }
}

pub(crate) fn message(n: u8) -> Message {
    message_until(n, SystemTime::now() + Duration::from_secs(300))
}

pub(crate) fn message_until(n: u8, deadline: SystemTime) -> Message {
    let headers = HashMap::from([
        ("traceparent".to_owned(), format!("00-{n:032x}-{n:016x}-01")),
        ("baggage".to_owned(), "login.channel=app".to_owned()),
    ]);
    Message::new(
        id(n).to_string(),
        [b"sealed ".as_slice(), &[n, 0xff]].concat(),
        deadline,
    )
    .headers(headers)
}

/// Issues challenge `n` to phone `n`.
pub(crate) async fn issue(store: &Arc<dyn Store>, n: u8) {
    let issued = store
        .issue(challenge(n, phone(n)), message(n))
        .await
        .expect("it is issued");
    assert!(matches!(issued, Issued::Queued { .. }), "{issued:?}");
}

/// Waits for one message.
pub(crate) async fn take(receiver: &mut Box<dyn Receiver>) -> Delivery {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let batch = tokio::time::timeout(PATIENCE, receiver.receive(1)).await;
        let batch = batch
            .expect("there is an answer")
            .expect("the queue can be read");
        if let Some(delivery) = batch.deliveries.into_iter().next() {
            return delivery;
        }
    }
    panic!("no message came");
}

/// Asks until the answer is the expected one.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
