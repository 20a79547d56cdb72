//! What a person does: asks for a code, reads it, logs in with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderValue, Method, Request, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::gateway::Gateway;

/// For everything that a person does. Who waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many phones there are.
const PHONES: u32 = 100_000_000;

/// People in front of one system. Clones share phones and connections.
#[derive(Clone, Debug)]
pub(crate) struct People {
    http: Client<HttpConnector, Full<Bytes>>,
    code: Uri,
    login: Uri,
    gateway: Gateway,
    /// Each person has a phone of their own: there are limits for each.
    next: Arc<AtomicU32>,
}

/// Why somebody could not log in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nobody answered.
    #[error("{step}: no answer: {reason}")]
    NoAnswer {
        /// What was asked for.
        step: &'static str,
        /// Why.
        reason: String,
    },
    /// It was not the answer to a good request.
    #[error("{step}: answered {status}: {body}")]
    Refused {
        /// What was asked for.
        step: &'static str,
        /// What was answered,
        status: StatusCode,
        /// and said. A refusal has neither a code nor a number in it.
        body: String,
    },
    /// It was good, and said something else than it should.
    #[error("{step}: the answer is not what it should be: {reason}")]
    Unreadable {
        /// What was asked for.
        step: &'static str,
        /// Why.
        reason: serde_json::Error,
    },
    /// The message did not come.
    #[error("no SMS came")]
    NoMessage,
    /// It took too long.
    #[error("not done after {PATIENCE:?}")]
    TooLate,
}

#[derive(Serialize)]
struct SendCode<'a> {
    phone: &'a str,
}

#[derive(Serialize)]
struct LogIn<'a> {
    challenge_id: &'a str,
    phone: &'a str,
    code: &'a str,
}

#[derive(Deserialize)]
struct CodeSent {
    challenge_id: String,
}

/// That there is a token in it is enough.
#[derive(Deserialize)]
struct LoggedIn {
    #[serde(rename = "token")]
    _token: String,
}

// === impl People ===

impl People {
    /// People in front of the api at this address, who read their codes at this gateway.
    ///
    /// # Errors
    ///
    /// If that is no address.
    pub(crate) fn new(api: &str, gateway: &Gateway) -> Result<Self, ::http::uri::InvalidUri> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(platform::client::IDLE)
            .build(connector);
        Ok(Self {
            http,
            code: format!("{api}/v1/login/code").parse()?,
            login: format!("{api}/v1/login").parse()?,
            gateway: gateway.clone(),
            next: Arc::default(),
        })
    }

    /// Whether the system says that all it needs is there.
    pub(crate) async fn is_ready(&self, api: &str) -> bool {
        let Ok(request) = Request::get(format!("{api}/readyz")).body(Full::default()) else {
            return false;
        };
        let answered = self.http.request(request).await;
        answered.is_ok_and(|response| response.status() == StatusCode::OK)
    }

    /// How many have come so far.
    #[must_use]
    pub(crate) fn came(&self) -> u32 {
        self.next.load(Ordering::Relaxed)
    }

    /// Somebody logs in who never did before.
    ///
    /// # Errors
    ///
    /// [`Failure`], which says at which step.
    pub(crate) async fn log_in(self) -> Result<(), Failure> {
        let done = tokio::time::timeout(PATIENCE, self.one());
        done.await.unwrap_or(Err(Failure::TooLate))
    }

    async fn one(&self) -> Result<(), Failure> {
        let number = self.next.fetch_add(1, Ordering::Relaxed) % PHONES;
        let phone = &format!("+86139{number:08}");
        let sent: CodeSent = self
            .post(
                "send a code",
                &self.code,
                &SendCode { phone },
                StatusCode::ACCEPTED,
            )
            .await?;
        let challenge_id = &sent.challenge_id;
        let code = self.gateway.code(challenge_id).await;
        let attempt = LogIn {
            challenge_id,
            phone,
            code: &code.ok_or(Failure::NoMessage)?,
        };
        let _: LoggedIn = self
            .post("log in", &self.login, &attempt, StatusCode::OK)
            .await?;
        Ok(())
    }

    async fn post<T: DeserializeOwned>(
        &self,
        step: &'static str,
        uri: &Uri,
        body: &impl Serialize,
        expected: StatusCode,
    ) -> Result<T, Failure> {
        let body = serde_json::to_vec(body).expect("texts in a struct are JSON");
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri.clone();
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);

        let no_answer = |reason: String| Failure::NoAnswer { step, reason };
        let response = self.http.request(request).await;
        let response = response.map_err(|error| no_answer(chain(&error)))?;
        let status = response.status();
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| no_answer(chain(&error)))?.to_bytes();
        if status != expected {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(Failure::Refused { step, status, body });
        }
        serde_json::from_slice(&body).map_err(|reason| Failure::Unreadable { step, reason })
    }
}

/// An error and its causes: the client's own errors say little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use ::http::Response;
    use hyper::body::Incoming;
    use tokio::runtime::Handle;

    use super::*;
    use crate::http::{Server, Version};

    /// Somebody in front of an api that answers everything in one way.
    async fn in_front_of(status: StatusCode, body: &'static str) -> Result<(), Failure> {
        let answer = move |_: Request<Incoming>| async move {
            let mut response = Response::new(Full::from(body));
            *response.status_mut() = status;
            response
        };
        let runtime = Handle::current();
        let api = Server::start(&runtime, Version::Http1, answer).unwrap();
        let gateway = Gateway::start(&runtime).unwrap();
        People::new(&api.url(), &gateway).unwrap().log_in().await
    }

    #[tokio::test]
    async fn a_refusal_is_a_failure_with_what_was_said() {
        let failure = in_front_of(StatusCode::SERVICE_UNAVAILABLE, "later")
            .await
            .unwrap_err();
        let expected = "send a code: answered 503 Service Unavailable: later";
        assert_eq!(failure.to_string(), expected);
    }

    #[tokio::test]
    async fn a_good_status_alone_is_no_success() {
        let failure = in_front_of(StatusCode::ACCEPTED, "{}").await.unwrap_err();
        assert!(matches!(failure, Failure::Unreadable { .. }), "{failure}");
    }

    #[tokio::test]
    async fn nobody_there_is_a_failure() {
        let gateway = Gateway::start(&Handle::current()).unwrap();
        let api = format!("http://{}", testbed::free_port());
        let failure = People::new(&api, &gateway)
            .unwrap()
            .log_in()
            .await
            .unwrap_err();
        assert!(matches!(failure, Failure::NoAnswer { .. }), "{failure}");
    }
}
