//! An HTTP call that stays open until it is sent.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Bearer, problem};

/// The largest answer that is read.
const ANSWER_LIMIT: usize = 64 * 1024;

/// A call that has been prepared and not sent. A stage that traces adds its headers here.
pub struct Call<T> {
    pub(crate) request: reqwest::RequestBuilder,
    pub(crate) method: Method,
    pub(crate) route: &'static str,
    pub(crate) peer: &'static str,
    pub(crate) address: String,
    pub(crate) port: u16,
    pub(crate) answer: PhantomData<fn() -> T>,
}

/// An answer, with the status that a span wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Reply<T> {
    /// The status, always one of success.
    pub status: StatusCode,
    /// What the answer said.
    pub body: T,
}

/// Why a call has no reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// No connection, or one that broke before the answer.
    #[error("{peer} could not be reached: {source}")]
    Unreachable {
        /// Who was called.
        peer: &'static str,
        /// Without the address, which may hold a secret of the configuration.
        source: reqwest::Error,
    },
    /// No answer in time. The peer may have acted nevertheless.
    #[error("{peer} did not answer in time")]
    Timeout {
        /// Who was called.
        peer: &'static str,
    },
    /// An answer that is not one of success.
    #[error("{peer} answered {status}")]
    Status {
        /// Who was called.
        peer: &'static str,
        /// What it answered.
        status: StatusCode,
        /// The kind of its problem document, if it sent one of ours: a bare status may come from anything that happens to
        /// listen at the address.
        kind: Option<String>,
        /// When it asked us to come back.
        retry_after: Option<Duration>,
    },
    /// An answer of success that could not be read.
    #[error("the answer of {peer} was not understood")]
    Answer {
        /// Who was called.
        peer: &'static str,
    },
}

// === impl Call ===

impl<T> Call<T> {
    /// Sends a JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// Presents a user's session token.
    #[must_use]
    pub fn bearer(mut self, token: &Bearer) -> Self {
        self.request = self.request.bearer_auth(token.expose());
        self
    }

    /// Adds one header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Adds headers: here the context of a trace gets on its way. A header of the same name is replaced.
    #[must_use]
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.request = self.request.headers(headers);
        self
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The route as a template: never a raw path.
    pub fn route(&self) -> &'static str {
        self.route
    }

    /// The name of the service that is called.
    pub fn peer(&self) -> &'static str {
        self.peer
    }

    /// The host that is called.
    pub fn server_address(&self) -> &str {
        &self.address
    }

    /// The port that is called.
    pub fn server_port(&self) -> u16 {
        self.port
    }
}

impl Call<()> {
    /// Sends the call and looks at nothing but the status of the answer.
    ///
    /// # Errors
    ///
    /// [`CallError`], for any answer that is not one of success too.
    pub async fn acknowledged(self) -> Result<StatusCode, CallError> {
        let peer = self.peer;
        let answer = self.request.send().await;
        let response = answer.map_err(|error| CallError::of(peer, error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(status);
        }
        Err(CallError::Status {
            peer,
            status,
            kind: None,
            retry_after: retry_after(response.headers()),
        })
    }
}

impl<T: DeserializeOwned> Call<T> {
    /// Sends the call and reads the answer.
    ///
    /// # Errors
    ///
    /// [`CallError`], for any answer that is not one of success too.
    pub async fn send(self) -> Result<Reply<T>, CallError> {
        let peer = self.peer;
        let failed = |error| CallError::of(peer, error);

        let mut response = self.request.send().await.map_err(failed)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let bytes = read(&mut response)
            .await
            .map_err(failed)?
            .ok_or(CallError::Answer { peer })?;
        if !status.is_success() {
            let kind = problem::kind_of(&bytes);
            return Err(CallError::Status {
                peer,
                status,
                kind,
                retry_after,
            });
        }

        // An empty answer (204) says what `null` says: nothing.
        let json = if bytes.is_empty() {
            b"null"
        } else {
            bytes.as_slice()
        };
        let body = serde_json::from_slice(json).map_err(|_| CallError::Answer { peer })?;
        Ok(Reply { status, body })
    }
}

/// Reads a whole answer, or `None` where it is too long.
async fn read(response: &mut reqwest::Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > ANSWER_LIMIT {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("peer", &self.peer)
            .field("method", &self.method)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .parse()
        .ok()
        .map(Duration::from_secs)
}

// === impl CallError ===

impl CallError {
    fn of(peer: &'static str, error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Timeout { peer }
        } else {
            Self::Unreachable {
                peer,
                source: error.without_url(),
            }
        }
    }

    /// The status that was answered, if anything was.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// A short constant name, fit for an attribute.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::Status { .. } => "status",
            Self::Answer { .. } => "answer",
        }
    }
}
