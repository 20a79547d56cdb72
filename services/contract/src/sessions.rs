//! Tokens, from the login to the end.

use std::time::{Duration, Instant};

use http::Method;

use crate::Target;

/// What is no token of ours is refused, with the scheme that would be accepted.
pub async fn only_a_token_opens_a_session(target: &Target) {
    let token = target.token().await;
    let get = || target.to_api(Method::GET, "/v1/session");

    let refused = [
        target.ask(get()).await,
        target.ask(get().bearer_auth("")).await,
        target.ask(get().bearer_auth("a".repeat(43))).await,
        target.ask(get().bearer_auth("a".repeat(5000))).await,
        target.ask(get().bearer_auth(format!("{token}x"))).await,
        target.ask(get().basic_auth("user", Some(&token))).await,
        target.ask(get().header("authorization", &token)).await,
        target
            .ask(target.to_api(Method::GET, &format!("/v1/session?token={token}")))
            .await,
        target
            .ask(target.to_api(Method::GET, &format!("/v1/session?access_token={token}")))
            .await,
    ];

    for answer in refused {
        let answer = answer.is_problem(401, "session_rejected");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Bearer"),
            "{}",
            answer.asked
        );
    }
    target.session(Method::GET, &token).await.is(200);
}

/// Logging out ends one session and no other.
pub async fn a_logout_ends_one_session(target: &Target) {
    let (mine, theirs) = (target.token().await, target.token().await);

    target.session(Method::DELETE, &mine).await.is(204);

    target.session(Method::GET, &mine).await.is(401);
    target.session(Method::GET, &theirs).await.is(200);
}

/// A session that nobody uses ends. Needs short sessions.
pub async fn an_idle_session_ends(target: &Target) {
    let token = target.token().await;

    tokio::time::sleep(target.numbers.session_idle + Duration::from_millis(200)).await;

    target
        .session(Method::GET, &token)
        .await
        .is_problem(401, "session_rejected");
}

/// A session in use outlives its idle time, and ends all the same. Needs short sessions.
pub async fn a_busy_session_ends_too(target: &Target) {
    let token = target.token().await;
    let begun = Instant::now();

    let mut last_seen = Duration::ZERO;
    while target.session(Method::GET, &token).await.status == 200 {
        last_seen = begun.elapsed();
        assert!(
            last_seen < target.numbers.session_lifetime + Duration::from_secs(1),
            "it never ends"
        );
        tokio::time::sleep(target.numbers.session_idle / 10).await;
    }

    assert!(
        last_seen > target.numbers.session_idle,
        "use keeps it alive, but it was over after {last_seen:?}"
    );
}
