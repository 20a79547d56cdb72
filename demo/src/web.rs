//! The few HTTP calls of the demo.

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A client that shows status and headers of every answer.
#[derive(Clone, Debug)]
pub(crate) struct Web {
    http: Client<HttpConnector, Full<Bytes>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body, `null` where there is none.
    pub(crate) body: Value,
}

impl Web {
    /// A client without connections.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self {
            http: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Sends a request, with a JSON body where one is given.
    ///
    /// # Errors
    ///
    /// If there is no answer, or one whose body is not JSON.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Option<Value>,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method.clone()).uri(url);
        if let Some(all) = request.headers_mut() {
            all.extend(headers);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(|value| value.to_string()).unwrap_or_default();
        let request = request
            .body(Full::from(body))
            .with_context(|| format!("{url} cannot be called"))?;
        let response = self
            .http
            .request(request)
            .await
            .with_context(|| format!("{method} {url} has no answer"))?;
        let (head, body) = response.into_parts();
        let bytes = body
            .collect()
            .await
            .with_context(|| format!("the answer of {url} broke off"))?
            .to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .with_context(|| format!("{url} did not answer with JSON"))?
        };
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }
}

impl Answer {
    /// This answer, if it has the status that was expected.
    ///
    /// # Errors
    ///
    /// What was answered instead.
    pub(crate) fn expect(self, status: StatusCode) -> anyhow::Result<Self> {
        if self.status != status {
            bail!(
                "expected {status}, but the answer was {}: {}",
                self.status,
                self.body
            );
        }
        Ok(self)
    }

    /// A text in the body.
    ///
    /// # Errors
    ///
    /// If there is no such text.
    pub(crate) fn text(&self, key: &str) -> anyhow::Result<String> {
        let text = self.body.get(key).and_then(Value::as_str);
        text.map(ToOwned::to_owned)
            .with_context(|| format!("the answer has no text {key:?}: {}", self.body))
    }
}

/// The header of a session token.
#[must_use]
pub(crate) fn bearer(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(value) = format!("Bearer {token}").parse() {
        headers.insert(AUTHORIZATION, value);
    }
    headers
}
