//! What is refused before anything happens.

use http::Method;
use serde_json::{Value, json};

use crate::Target;

/// A field that is missing or malformed is named.
pub async fn a_bad_field_is_named(target: &Target) {
    let phone = "+8613800138000";
    let id = "0123456789abcdef0123456789abcdef";
    let login = |challenge_id: Value, phone: Value, code: Value| json!({ "challenge_id": challenge_id, "phone": phone, "code": code });

    for (path, body, field) in [
        ("/v1/login/code", json!({}), "phone"),
        ("/v1/login/code", json!({ "phone": null }), "phone"),
        (
            "/v1/login/code",
            json!({ "phone": 8_613_800_138_000_u64 }),
            "phone",
        ),
        ("/v1/login/code", json!({ "phone": [phone] }), "phone"),
        ("/v1/login/code", json!({ "phone": "" }), "phone"),
        (
            "/v1/login/code",
            json!({ "phone": "not a number" }),
            "phone",
        ),
        ("/v1/login/code", json!({ "phone": "13800138000" }), "phone"),
        ("/v1/login/code", json!({ "phone": "+86138" }), "phone"),
        (
            "/v1/login",
            json!({ "phone": phone, "code": "012345" }),
            "challenge_id",
        ),
        (
            "/v1/login",
            json!({ "challenge_id": id, "code": "012345" }),
            "phone",
        ),
        (
            "/v1/login",
            json!({ "challenge_id": id, "phone": phone }),
            "code",
        ),
        (
            "/v1/login",
            login("../../etc".into(), phone.into(), "012345".into()),
            "challenge_id",
        ),
        (
            "/v1/login",
            login(id.into(), "+1".into(), "012345".into()),
            "phone",
        ),
        (
            "/v1/login",
            login(id.into(), phone.into(), "12345".into()),
            "code",
        ),
        (
            "/v1/login",
            login(id.into(), phone.into(), "abcdef".into()),
            "code",
        ),
        (
            "/v1/login",
            login(id.into(), phone.into(), 123_456.into()),
            "code",
        ),
    ] {
        let answer = target
            .post(path, &body)
            .await
            .is_problem(422, "invalid_field");

        assert_eq!(answer.text("field"), field, "{body}");
        assert!(
            answer.text("detail").contains(&format!("`{field}`")),
            "{body}"
        );
    }
}

/// Text that somebody hopes a parser will trip over is refused like any other, and never echoed.
pub async fn hostile_phones_are_refused(target: &Target) {
    for phone in [
        "+86138\u{0}00138000",
        "+8613800138000\r\nx-evil: 1",
        "\u{200f}+8613800138000",
        "+８６１３８００１３８０００",
        "+8613800138000;phone-context=evil",
        "+8613800138000 ext. 5",
        "tel:+8613800138000",
        "+++++++8613800138000",
        "'; DROP TABLE phones; --",
    ] {
        let answer = target
            .send_code(phone)
            .await
            .is_problem(422, "invalid_field");

        assert!(
            !String::from_utf8_lossy(&answer.body).contains("evil"),
            "{phone:?} came back"
        );
    }
    target.send_code(&"1".repeat(3000)).await.is(422);
}

/// A body has to be JSON, say so, and be an object without repetitions.
pub async fn a_body_has_to_be_json(target: &Target) {
    let post = |kind: Option<&str>, body: &str| {
        let request = target
            .to_api(Method::POST, "/v1/login/code")
            .body(body.to_owned());
        match kind {
            Some(kind) => request.header("content-type", kind),
            None => request,
        }
    };
    let fine = r#"{"phone":"+1"}"#;
    let deep = format!("{{\"phone\":{}", "[".repeat(3000));

    for (kind, body, status, problem) in [
        (None, fine, 415, "unsupported_media_type"),
        (Some("text/plain"), fine, 415, "unsupported_media_type"),
        (
            Some("application/x-www-form-urlencoded"),
            "phone=%2B1",
            415,
            "unsupported_media_type",
        ),
        (Some("application/json"), "", 400, "not_json"),
        (Some("application/json"), "{\"phone\":", 400, "not_json"),
        (Some("application/json"), "phone", 400, "not_json"),
        (Some("application/json"), deep.as_str(), 400, "not_json"),
        (Some("application/json"), "[]", 422, "not_an_object"),
        (Some("application/json"), "null", 422, "not_an_object"),
        (
            Some("application/json"),
            r#"{"phone":"+1","phone":"+1"}"#,
            422,
            "repeated_field",
        ),
        (
            Some("application/json; charset=utf-8"),
            fine,
            422,
            "invalid_field",
        ),
    ] {
        target
            .ask(post(kind, body))
            .await
            .is_problem(status, problem);
    }
}

/// A body of 4 KiB is read, one byte more is not, whether its length was declared or not.
pub async fn a_body_has_a_limit(target: &Target) {
    let body = |length: usize| {
        let rest = length - r#"{"phone":""}"#.len();
        format!(r#"{{"phone":"{}"}}"#, "1".repeat(rest))
    };
    let post = || {
        target
            .to_api(Method::POST, "/v1/login/code")
            .header("content-type", "application/json")
    };

    target
        .ask(post().body(body(4096)))
        .await
        .is_problem(422, "invalid_field");
    target
        .ask(post().body(body(4097)))
        .await
        .is_problem(413, "body_too_large");
    target
        .ask(post().body(body(100_000)))
        .await
        .is_problem(413, "body_too_large");
}

/// Unknown paths and methods are problems like any other.
pub async fn unknown_paths_and_methods_are_problems(target: &Target) {
    for path in [
        "/",
        "/v1",
        "/v1/login/",
        "/v2/login",
        "/v1/login/code/x",
        "/%00",
        "/demo/inbox/0123",
    ] {
        target
            .ask(target.to_api(Method::GET, path))
            .await
            .is_problem(404, "not_found");
    }
    for (method, path, allowed) in [
        (Method::GET, "/v1/login", "POST"),
        (Method::PUT, "/v1/login/code", "POST"),
        (Method::POST, "/v1/session", "GET,HEAD,DELETE"),
    ] {
        let answer = target
            .ask(target.to_api(method, path))
            .await
            .is_problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
}

/// A caller who tries to speak of traces, baggage or samplings gets the same answer as one who does not.
pub async fn tracing_headers_of_a_stranger_change_no_answer(target: &Target) {
    let phone = target.phone();
    let hostile = [
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("traceparent", "00-1-2-01"),
        ("tracestate", "a=b,,,="),
        ("baggage", "login.channel=evil,x=%0d%0a"),
        ("uber-trace-id", "1:2:3:zz"),
        ("jaeger-debug-id", "x"),
        ("b3", "0"),
    ];

    let mut request = target
        .to_api(Method::POST, "/v1/login/code")
        .json(&json!({ "phone": phone }));
    for (name, value) in hostile {
        request = request.header(name, value);
    }

    target.ask(request).await.is(202);
}
