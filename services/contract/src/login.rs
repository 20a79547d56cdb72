//! Codes, from sending to every way of being refused.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use http::Method;
use serde_json::Value;

use crate::{Answer, Target};

/// The whole way: code, login, session, logout, and nothing after it.
pub async fn a_code_logs_in_and_out(target: &Target) {
    let phone = target.phone();

    let sent = target.send_code(&phone).await.is(202);
    assert_members(&sent, &["challenge_id", "expires_in", "resend_after"]);
    assert_eq!(sent.number("expires_in"), target.numbers.lifetime.as_secs());
    assert_eq!(
        sent.number("resend_after"),
        target.numbers.cooldown.as_secs()
    );

    let challenge_id = sent.text("challenge_id");
    let code = target.inbox(&challenge_id).await.is(200).text("code");
    let logged_in = target.log_in(&challenge_id, &phone, &code).await.is(200);
    assert_members(&logged_in, &["expires_in", "token"]);
    assert_eq!(
        logged_in.number("expires_in"),
        target.numbers.session_lifetime.as_secs()
    );

    let token = logged_in.text("token");
    assert!(token.len() >= 43, "256 bits have 43 characters in base64");
    let session = target.session(Method::GET, &token).await.is(200);
    assert_eq!(
        session.text("phone"),
        format!("{}****{}", &phone[..6], &phone[10..])
    );

    let over = target.session(Method::DELETE, &token).await.is(204);
    assert!(over.body.is_empty());
    target
        .session(Method::GET, &token)
        .await
        .is_problem(401, "session_rejected");
    target
        .session(Method::DELETE, &token)
        .await
        .is_problem(401, "session_rejected");
}

/// A right code is right once.
pub async fn a_code_works_once(target: &Target) {
    let sent = target.receive_code(&target.phone()).await;

    target.redeem(&sent).await.is(200);

    target.redeem(&sent).await.is_problem(401, "code_rejected");
}

/// Wrong, used, unknown, someone else's: nobody can tell from the answer which of them it was.
pub async fn every_refused_code_is_answered_alike(target: &Target) {
    let (used, wrong, other) = (
        target.receive_code(&target.phone()).await,
        target.receive_code(&target.phone()).await,
        target.receive_code(&target.phone()).await,
    );
    target.redeem(&used).await.is(200);
    let exhausted = target.receive_code(&target.phone()).await;
    for _ in 0..target.numbers.attempts {
        let code = exhausted.wrong_code();
        target
            .log_in(&exhausted.challenge_id, &exhausted.phone, &code)
            .await
            .is(401);
    }

    let unknown = "0123456789abcdef0123456789abcdef";
    let refused = [
        target.redeem(&used).await,
        target.redeem(&exhausted).await,
        target
            .log_in(&wrong.challenge_id, &wrong.phone, &wrong.wrong_code())
            .await,
        target.log_in(unknown, &target.phone(), "012345").await,
        target
            .log_in("not-an-id-of-ours", &target.phone(), "012345")
            .await,
        target
            .log_in(&wrong.challenge_id, &other.phone, &wrong.code)
            .await,
        target
            .log_in(&other.challenge_id, &wrong.phone, &wrong.code)
            .await,
    ];

    let looks: BTreeSet<_> = refused.iter().map(Answer::fingerprint).collect();
    assert_eq!(looks.len(), 1, "{looks:#?}");
    for answer in refused {
        answer.is_problem(401, "code_rejected");
    }
}

/// After the attempts, the right code is no longer right.
pub async fn attempts_run_out(target: &Target) {
    let sent = target.receive_code(&target.phone()).await;

    for _ in 0..target.numbers.attempts {
        target
            .log_in(&sent.challenge_id, &sent.phone, &sent.wrong_code())
            .await
            .is(401);
    }

    target.redeem(&sent).await.is_problem(401, "code_rejected");
}

/// The last attempt is one.
pub async fn the_last_attempt_counts(target: &Target) {
    let sent = target.receive_code(&target.phone()).await;

    for _ in 1..target.numbers.attempts {
        target
            .log_in(&sent.challenge_id, &sent.phone, &sent.wrong_code())
            .await
            .is(401);
    }

    target.redeem(&sent).await.is(200);
}

/// Of many who present the right code at the same moment, one gets a session.
pub async fn of_many_with_the_right_code_one_wins(target: &Target) {
    for _ in 0..5 {
        let sent = target.receive_code(&target.phone()).await;

        let answers = join_all((0..20).map(|_| target.redeem(&sent))).await;

        let won = answers.iter().filter(|answer| answer.status == 200).count();
        let lost = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!((won, lost), (1, 19));
    }
}

/// Guessing in parallel buys no further attempt.
pub async fn guessing_in_parallel_uses_up_the_attempts(target: &Target) {
    let sent = target.receive_code(&target.phone()).await;

    let code = sent.wrong_code();
    let guesses = (0..20).map(|_| target.log_in(&sent.challenge_id, &sent.phone, &code));
    for answer in join_all(guesses).await {
        answer.is(401);
    }

    target.redeem(&sent).await.is(401);
}

/// A second code too soon is refused with the time to wait, and not sent.
pub async fn a_second_code_has_to_wait(target: &Target) {
    let phone = target.phone();
    let first = target.receive_code(&phone).await;

    let answer = target.send_code(&phone).await.is_problem(429, "too_soon");

    let wait = answer.retry_after();
    assert!(
        (1..=target.numbers.cooldown.as_secs()).contains(&wait),
        "{wait}"
    );
    assert!(
        answer.text("detail").contains(&wait.to_string()),
        "the body names the wait"
    );
    target.redeem(&first).await.is(200);
}

/// However a number is written, it is one phone.
pub async fn one_phone_has_one_cooldown(target: &Target) {
    let phone = target.phone();
    target.send_code(&phone).await.is(202);

    let written = format!("{} {}-{}", &phone[..3], &phone[3..6], &phone[6..]);

    target.send_code(&written).await.is(429);
}

/// A new code replaces the old one, and the failures remain. Needs a short cooldown.
pub async fn a_new_code_replaces_the_old_one_and_keeps_the_failures(target: &Target) {
    let phone = target.phone();
    let old = target.receive_code(&phone).await;
    for _ in 1..target.numbers.attempts {
        target
            .log_in(&old.challenge_id, &phone, &old.wrong_code())
            .await
            .is(401);
    }

    let new = receive_another(target, &phone).await;

    target.redeem(&old).await.is(401);
    target
        .log_in(&new.challenge_id, &phone, &new.wrong_code())
        .await
        .is(401);
    target.redeem(&new).await.is(401);
}

/// A login forgets the failures before it. Needs a short cooldown.
pub async fn a_login_forgets_the_failures(target: &Target) {
    let phone = target.phone();
    for _ in 0..3 {
        let sent = receive_another(target, &phone).await;
        for _ in 1..target.numbers.attempts {
            target
                .log_in(&sent.challenge_id, &phone, &sent.wrong_code())
                .await
                .is(401);
        }
        target.redeem(&sent).await.is(200);
    }
}

/// A phone without attempts left is answered as ever, and gets no message. Needs a short cooldown.
pub async fn an_exhausted_phone_is_sent_nothing(target: &Target) {
    let phone = target.phone();
    let sent = target.receive_code(&phone).await;
    for _ in 0..target.numbers.attempts {
        target
            .log_in(&sent.challenge_id, &phone, &sent.wrong_code())
            .await
            .is(401);
    }

    outlive(target.numbers.cooldown).await;
    let silent = target.send_code(&phone).await.is(202);

    // The queue is in order: once a later message has arrived, an earlier one will not.
    assert_members(&silent, &["challenge_id", "expires_in", "resend_after"]);
    target.receive_code(&target.phone()).await;
    target.inbox_now(&silent.text("challenge_id")).await.is(404);
}

/// After its time, the right code is refused like any other. Needs short codes.
pub async fn an_expired_code_is_refused_like_any_other(target: &Target) {
    let sent = target.receive_code(&target.phone()).await;
    let unknown = target
        .log_in("0123456789abcdef0123456789abcdef", &sent.phone, &sent.code)
        .await;

    outlive(target.numbers.lifetime).await;

    let expired = target.redeem(&sent).await.is_problem(401, "code_rejected");
    assert_eq!(expired.fingerprint(), unknown.fingerprint());
}

/// Sends a code as soon as the phone may have another.
async fn receive_another(target: &Target, phone: &str) -> crate::target::Sent {
    outlive(target.numbers.cooldown).await;
    target.receive_code(phone).await
}

/// Waits until a time that the services count is over for them too.
async fn outlive(time: Duration) {
    tokio::time::sleep(time + Duration::from_millis(20)).await;
}

#[track_caller]
fn assert_members(answer: &Answer, expected: &[&str]) {
    let Value::Object(members) = answer.json() else {
        panic!("{}: {:?} is an object", answer.asked, answer.body);
    };
    let names: BTreeSet<_> = members.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        expected.iter().copied().collect(),
        "{}",
        answer.asked
    );
}
