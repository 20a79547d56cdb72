//! Who may call what, and the probes.

use http::Method;
use serde_json::json;

use crate::Target;

/// Whoever lacks the credential is told nothing about auth and sms, not even which paths they have.
pub async fn auth_and_sms_refuse_strangers(target: &Target) {
    let sent = target.receive_code(&target.phone()).await;
    let inbox = format!("/demo/inbox/{}", sent.challenge_id);
    let wrong = platform::Credential::random();

    for (service, method, path) in [
        (&target.auth, Method::POST, "/v1/challenges"),
        (&target.auth, Method::POST, "/v1/sessions"),
        (&target.auth, Method::GET, "/v1/session"),
        (&target.auth, Method::GET, "/unknown"),
        (&target.auth, Method::PUT, "/v1/session"),
        (&target.sms, Method::GET, inbox.as_str()),
        (&target.sms, Method::GET, "/unknown"),
    ] {
        let ask = || {
            target
                .to(service, method.clone(), path)
                .json(&json!({ "phone": sent.phone }))
        };

        let without = target.answer(ask()).await;
        let with_wrong = target
            .answer(ask().header(platform::credential::HEADER, wrong.to_header()))
            .await;

        assert_eq!(without.fingerprint(), with_wrong.fingerprint(), "{path}");
        let refused = without.is_problem(403, "credential_refused");
        assert_eq!(refused.header("cache-control"), Some("no-store"), "{path}");
    }
}

/// The inbox is the demo's, behind the credential, and knows challenges only.
pub async fn the_inbox_is_read_by_challenge(target: &Target) {
    let sent = target.receive_code(&target.phone()).await;

    let entry = target.inbox_now(&sent.challenge_id).await.is(200);

    assert_eq!(entry.number("calls"), 1);
    assert!(entry.text("text").contains(&sent.code));
    let body = String::from_utf8_lossy(&entry.body).into_owned();
    assert!(
        !body.contains(&sent.phone[3..]),
        "no phone number in the inbox: {body}"
    );
    target
        .inbox_now("0123456789abcdef0123456789abcdef")
        .await
        .is_problem(404, "not_found");
}

/// Auth judges for itself what api sends.
pub async fn auth_checks_what_api_sends(target: &Target) {
    for (path, body, field) in [
        ("/v1/challenges", json!({}), "phone"),
        ("/v1/challenges", json!({ "phone": "13800138000" }), "phone"),
        (
            "/v1/sessions",
            json!({ "challenge_id": "x", "phone": "+8613800138000", "code": "1" }),
            "code",
        ),
    ] {
        let answer = target
            .answer(target.to_auth(Method::POST, path).json(&body))
            .await;

        assert_eq!(answer.is_problem(422, "invalid_field").text("field"), field);
    }
    let unknown = target.to_auth(Method::GET, "/v1/session").bearer_auth("x");
    target
        .answer(unknown)
        .await
        .is_problem(401, "session_rejected");
}

/// The probes answer everyone, and nothing that they say is cached.
pub async fn probes_are_open(target: &Target) {
    for service in [&target.api, &target.auth, &target.sms] {
        let healthy = target
            .answer(target.to(service, Method::GET, "/healthz"))
            .await
            .is(200);
        assert_eq!(healthy.json(), json!({ "status": "ok" }));

        let ready = target
            .answer(target.to(service, Method::GET, "/readyz"))
            .await
            .is(200);
        assert_eq!(ready.json()["status"], "ready");
        assert_eq!(ready.json()["missing"], json!([]));

        for answer in [healthy, ready] {
            assert_eq!(
                answer.header("cache-control"),
                Some("no-store"),
                "{}",
                answer.asked
            );
            assert_eq!(
                answer.header("x-trace-id"),
                None,
                "{}: probes are not traced",
                answer.asked
            );
        }
        let wrong = target
            .answer(target.to(service, Method::POST, "/healthz"))
            .await;
        wrong.is_problem(405, "method_not_allowed");
    }
}
