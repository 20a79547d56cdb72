//! What is answered while a part is missing.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;

use crate::{Answer, Target};

/// The longest that a client waits for a 503.
const BOUND: Duration = Duration::from_millis(2500);

/// Without auth, api asks for patience, names what is missing, and stays up.
pub async fn api_without_auth_asks_for_patience(target: &Target) {
    let phone = target.phone();
    let begun = Instant::now();
    for answer in [
        target.send_code(&phone).await,
        target
            .log_in("0123456789abcdef0123456789abcdef", &phone, "012345")
            .await,
        target.session(Method::GET, "token").await,
        target.session(Method::DELETE, "token").await,
    ] {
        asks_for_patience(answer);
    }
    assert!(begun.elapsed() < 4 * BOUND, "{:?}", begun.elapsed());

    names_missing(target, &target.api, "auth").await;
    target.send_code("not a number").await.is(422);
}

/// Without its store, auth asks for patience, and so does api.
pub async fn auth_without_store_asks_for_patience(target: &Target) {
    let begun = Instant::now();
    asks_for_patience(target.send_code(&target.phone()).await);
    asks_for_patience(target.session(Method::GET, "token").await);
    assert!(begun.elapsed() < 2 * BOUND, "{:?}", begun.elapsed());

    names_missing(target, &target.api, "auth").await;
    names_missing(target, &target.auth, "store").await;
    names_missing(target, &target.sms, "queue").await;
}

fn asks_for_patience(answer: Answer) {
    let answer = answer.is_problem(503, "unavailable");
    assert!(answer.retry_after() >= 1);
}

/// Readiness names the missing part within its deadline; health is unimpressed.
async fn names_missing(target: &Target, service: &platform::Url, part: &str) {
    let begun = Instant::now();
    let ready = target
        .answer(target.to(service, Method::GET, "/readyz"))
        .await
        .is(503);

    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
    assert_eq!(ready.json()["missing"], json!([part]));
    target
        .answer(target.to(service, Method::GET, "/healthz"))
        .await
        .is(200);
}
