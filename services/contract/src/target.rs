//! The services that a case runs against.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::Method;
use platform::{Credential, Timeouts, Url};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::Answer;

/// How long a case waits for a text message.
const PATIENCE: Duration = Duration::from_secs(10);

/// Three running services, by their addresses.
#[derive(Clone, Debug)]
pub struct Target {
    /// The public service.
    pub api: Url,
    /// The service of codes and sessions.
    pub auth: Url,
    /// The consumer, with the demo's inbox.
    pub sms: Url,
    /// What auth and sms expect of their callers.
    pub credential: Credential,
    /// Whether answers of api carry a trace id: true for every stage that traces.
    pub traced: bool,
    /// What the services were started with.
    pub numbers: Numbers,
    http: reqwest::Client,
}

/// The numbers of auth that cases depend on.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// How long a code is accepted.
    pub lifetime: Duration,
    /// How often a phone may try.
    pub attempts: u32,
    /// How long a phone waits between two codes.
    pub cooldown: Duration,
    /// How long a session lives unused.
    pub session_idle: Duration,
    /// How long a session lives.
    pub session_lifetime: Duration,
}

impl Default for Numbers {
    /// The defaults of auth.
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(300),
            attempts: 5,
            cooldown: Duration::from_secs(60),
            session_idle: Duration::from_secs(30 * 60),
            session_lifetime: Duration::from_secs(12 * 60 * 60),
        }
    }
}

impl Numbers {
    /// For cases that send several codes to one phone.
    pub fn short_cooldown() -> Self {
        Self {
            cooldown: Duration::from_millis(50),
            ..Self::default()
        }
    }

    /// For cases that outlive codes.
    pub fn short_codes() -> Self {
        Self {
            lifetime: Duration::from_secs(1),
            cooldown: Duration::from_millis(50),
            ..Self::default()
        }
    }

    /// For cases that outlive sessions.
    pub fn short_sessions() -> Self {
        Self {
            session_idle: Duration::from_secs(1),
            session_lifetime: Duration::from_secs(3),
            ..Self::default()
        }
    }
}

/// A code that was sent, with all that is needed to log in.
#[derive(Clone, Debug)]
pub struct Sent {
    /// To whom.
    pub phone: String,
    /// The challenge.
    pub challenge_id: String,
    /// The code, as the inbox tells it.
    pub code: String,
}

impl Target {
    /// Services at these addresses, which do not trace.
    pub fn new(api: Url, auth: Url, sms: Url, credential: Credential, numbers: Numbers) -> Self {
        let timeouts = Timeouts {
            connect: Duration::from_secs(5),
            call: Duration::from_secs(30),
        };
        let http = platform::client::transport(timeouts).expect("TLS can be set up");
        Self {
            api,
            auth,
            sms,
            credential,
            traced: false,
            numbers,
            http,
        }
    }

    /// Services that trace: every answer of api must carry a trace id.
    #[must_use]
    pub fn traced(mut self, traced: bool) -> Self {
        self.traced = traced;
        self
    }

    /// A phone number that no case has used yet, also not in an earlier run against the same store.
    pub fn phone(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let base: u32 = rand::random_range(0..10_000);
        let number = NEXT.fetch_add(1, Ordering::Relaxed) % 10_000;
        format!("+86138{base:04}{number:04}")
    }

    /// A request to the public service.
    pub fn to_api(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, join(&self.api, path))
    }

    /// A request to auth, with the credential.
    pub fn to_auth(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, join(&self.auth, path));
        request.header(platform::credential::HEADER, self.credential.to_header())
    }

    /// A request to sms, with the credential.
    pub fn to_sms(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, join(&self.sms, path));
        request.header(platform::credential::HEADER, self.credential.to_header())
    }

    /// A request to any of the services, without the credential.
    pub fn to(&self, service: &Url, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, join(service, path))
    }

    /// Sends a request and reads the answer, whatever it is.
    pub async fn answer(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("the case builds a valid request");
        let asked = format!("{} {}", request.method(), request.url());
        let response = self.http.execute(request).await;
        let response = response.unwrap_or_else(|error| panic!("{asked}: {error}"));

        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response
                .bytes()
                .await
                .unwrap_or_else(|error| panic!("{asked}: {error}")),
            asked,
        }
    }

    /// Sends a request to api and holds the answer to what all of api's answers promise: that no cache stores them, and
    /// that they carry the trace id exactly where the stage traces.
    pub async fn ask(&self, request: RequestBuilder) -> Answer {
        let answer = self.answer(request).await;
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "{}",
            answer.asked
        );

        let trace_id = answer.header("x-trace-id");
        assert_eq!(
            trace_id.is_some(),
            self.traced,
            "{}: x-trace-id: {trace_id:?}",
            answer.asked
        );
        if let Some(id) = trace_id {
            let valid = id.len() == 32
                && id
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            assert!(
                valid && id.bytes().any(|byte| byte != b'0'),
                "{}: x-trace-id: {id}",
                answer.asked
            );
        }
        if answer.header("content-type") == Some("application/problem+json") {
            assert_eq!(
                answer.json()["trace_id"].as_str(),
                trace_id,
                "{}",
                answer.asked
            );
        }
        answer
    }

    /// Posts JSON to api.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(self.to_api(Method::POST, path).json(body)).await
    }

    /// Asks for a code.
    pub async fn send_code(&self, phone: &str) -> Answer {
        self.post("/v1/login/code", &json!({ "phone": phone }))
            .await
    }

    /// Presents a code.
    pub async fn log_in(&self, challenge_id: &str, phone: &str, code: &str) -> Answer {
        let body = json!({ "challenge_id": challenge_id, "phone": phone, "code": code });
        self.post("/v1/login", &body).await
    }

    /// Presents the code that was sent.
    pub async fn redeem(&self, sent: &Sent) -> Answer {
        self.log_in(&sent.challenge_id, &sent.phone, &sent.code)
            .await
    }

    /// Asks for something about a session.
    pub async fn session(&self, method: Method, token: &str) -> Answer {
        self.ask(self.to_api(method, "/v1/session").bearer_auth(token))
            .await
    }

    /// Asks for a code and reads it from the inbox.
    pub async fn receive_code(&self, phone: &str) -> Sent {
        let challenge_id = self.send_code(phone).await.is(202).text("challenge_id");
        let code = self.inbox(&challenge_id).await.is(200).text("code");
        Sent {
            phone: phone.to_owned(),
            challenge_id,
            code,
        }
    }

    /// Logs in with a new phone and tells the token.
    pub async fn token(&self) -> String {
        let sent = self.receive_code(&self.phone()).await;
        self.redeem(&sent).await.is(200).text("token")
    }

    /// Reads the inbox, as soon as the message is there.
    pub async fn inbox(&self, challenge_id: &str) -> Answer {
        let wait = format!("wait={}", PATIENCE.as_secs());
        self.answer(self.to_inbox(challenge_id).header("prefer", wait))
            .await
    }

    /// Reads the inbox as it is.
    pub async fn inbox_now(&self, challenge_id: &str) -> Answer {
        self.answer(self.to_inbox(challenge_id)).await
    }

    fn to_inbox(&self, challenge_id: &str) -> RequestBuilder {
        self.to_sms(Method::GET, &format!("/demo/inbox/{challenge_id}"))
    }
}

impl Sent {
    /// A code that is not the one that was sent.
    pub fn wrong_code(&self) -> String {
        let number: u32 = self.code.parse().expect("a code is a number");
        format!("{:06}", (number + 1) % 1_000_000)
    }
}

fn join(service: &Url, path: &str) -> Url {
    service.join(path).expect("the case asks for a valid path")
}
