//! Keys are replaced while codes are on their way.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Method, Request, StatusCode};
use platform::secret::Key;
use platform::{Credential, Drain, credential};
use serde_json::{Value, json};
use stage_bare::auth::router;
use store::{Limits, MemoryStore, QueueOptions};
use tower::ServiceExt;

const PHONE: &str = "+8613800138000";

/// A store, and everything about auth that survives its restarts.
struct Bench {
    store: Arc<MemoryStore>,
    credential: Credential,
    message_key: Key,
    inbox: sms::Inbox,
    drain: Drain,
}

impl Bench {
    fn start() -> Self {
        let store = Arc::new(MemoryStore::new(Limits::default(), QueueOptions::default()));
        let (credential, message_key, drain) = (Credential::random(), Key::random(), Drain::new());
        let config = sms::Config::embedded(credential.clone(), message_key.clone());
        let app = sms::App::new(&config, Arc::clone(&store) as _, drain.clone()).unwrap();
        let inbox = app.inbox().unwrap().clone();
        tokio::spawn(stage_bare::sms::run(app));
        Self {
            store,
            credential,
            message_key,
            inbox,
            drain,
        }
    }

    /// Auth, started with these keys.
    fn auth(&self, mac_keys: &[&Key]) -> Router {
        let mut config = auth::Config::embedded(self.credential.clone(), self.message_key.clone());
        config.mac_keys = mac_keys.iter().copied().cloned().collect();
        let (challenges, sessions) = (Arc::clone(&self.store), Arc::clone(&self.store));
        router(auth::App::new(&config, challenges, sessions, self.drain.clone()).unwrap())
    }

    async fn post(&self, auth: Router, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .header(credential::HEADER, self.credential.to_header())
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = auth.oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    /// Sends a code under one set of keys and presents it under another.
    async fn send_then_log_in(&self, before: &[&Key], after: &[&Key]) -> StatusCode {
        let (status, sent) = self
            .post(
                self.auth(before),
                "/v1/challenges",
                json!({ "phone": PHONE }),
            )
            .await;
        assert_eq!(status, 202, "{sent}");
        let challenge = sent["challenge_id"].as_str().unwrap();
        let entry = self
            .inbox
            .wait(challenge, std::time::Duration::from_secs(5))
            .await
            .unwrap();

        let login =
            json!({ "challenge_id": challenge, "phone": PHONE, "code": entry.code.expose() });
        self.post(self.auth(after), "/v1/sessions", login).await.0
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.drain.begin();
    }
}

#[tokio::test]
async fn a_code_outlives_the_change_of_the_newest_key() {
    let (old, new) = (Key::random(), Key::random());

    assert_eq!(
        Bench::start()
            .send_then_log_in(&[&old], &[&new, &old])
            .await,
        201
    );
}

#[tokio::test]
async fn a_code_of_a_retired_key_is_refused() {
    let (old, new) = (Key::random(), Key::random());

    assert_eq!(Bench::start().send_then_log_in(&[&old], &[&new]).await, 401);
}
