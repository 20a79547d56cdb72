//! Asks Jaeger's HTTP API, at this viewer or at a real Jaeger 2.

use std::time::Duration;

use bytes::Bytes;
use http::header::ACCEPT;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry::trace::TraceId;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::jaeger::wire::{Envelope, OperationJson, ReadError, TraceJson};
use crate::model::Trace;
use crate::store::Search;

/// The largest answer that is read; a server gone mad shall not take the test's memory with it.
const MAX_ANSWER_BYTES: usize = 256 << 20;

/// How long one question may take.
const MAX_WAIT_FOR_ANSWER: Duration = Duration::from_secs(10);

/// The first and the longest pause between two questions of [`QueryClient::wait_for`].
const PAUSE: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A client of the query API. Clones share their connections.
#[derive(Clone, Debug)]
pub struct QueryClient {
    base: String,
    http: Client<HttpConnector, Empty<Bytes>>,
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The base address is none.
    #[error("{0:?} is not an address such as http://127.0.0.1:16686")]
    Address(String),
    /// The server was not reached, did not answer in time, or the connection broke.
    #[error("cannot reach {url}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        source: BoxError,
    },
    /// The server refused.
    #[error("{url} answered {status}: {message}")]
    Refused {
        /// What was asked.
        url: String,
        /// The status.
        status: StatusCode,
        /// The server's words.
        message: String,
    },
    /// The answer is not the expected JSON.
    #[error("{url} did not answer with Jaeger's JSON")]
    Json {
        /// What was asked.
        url: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The answer contradicts itself.
    #[error("{url} answered with a trace that cannot be read")]
    Trace {
        /// What was asked.
        url: String,
        /// Why.
        source: ReadError,
    },
}

/// Why waiting ended without the expected trace. The text shows what was there instead.
#[derive(Debug, thiserror::Error)]
#[error("{}", waited(*.after, .last.as_deref(), .error.as_ref()))]
#[non_exhaustive]
pub struct WaitError {
    /// How long it was waited.
    pub after: Duration,
    /// The trace as it was last seen.
    pub last: Option<Box<Trace>>,
    /// The last failure to ask, if the last question failed.
    pub error: Option<ClientError>,
}

// === impl QueryClient ===

impl QueryClient {
    /// A client of the server at `base`, such as `http://127.0.0.1:16686`, a path in front of `/api` included.
    ///
    /// # Errors
    /// `base` is not an address with the scheme `http`.
    pub fn new(base: &str) -> Result<Self, ClientError> {
        let base = base.trim_end_matches('/');
        let valid = base.parse::<Uri>().is_ok_and(|uri| {
            uri.scheme_str() == Some("http") && uri.authority().is_some() && uri.query().is_none()
        });
        if !valid {
            return Err(ClientError::Address(base.to_owned()));
        }
        Ok(Self {
            base: base.to_owned(),
            http: Client::builder(TokioExecutor::new()).build_http(),
        })
    }

    /// The names of the services.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn services(&self) -> Result<Vec<String>, ClientError> {
        let mut services: Vec<String> = self.data("/api/services").await?.unwrap_or_default();
        services.sort_unstable();
        Ok(services)
    }

    /// The names and kinds of a service's operations.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn operations(&self, service: &str) -> Result<Vec<OperationJson>, ClientError> {
        let path = format!("/api/operations?{}", query(&[("service", service)]));
        let mut operations: Vec<OperationJson> = self.data(&path).await?.unwrap_or_default();
        operations.sort_unstable();
        Ok(operations)
    }

    /// The trace of that id, if there is one.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn trace(&self, id: TraceId) -> Result<Option<Trace>, ClientError> {
        match self.traces(&format!("/api/traces/{id}")).await {
            Ok(traces) => Ok(traces.into_iter().next()),
            Err(ClientError::Refused {
                status: StatusCode::NOT_FOUND,
                ..
            }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The traces of a search, the newest first. Without bounds of time, those that started in the last two days.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn find(&self, search: &Search) -> Result<Vec<Trace>, ClientError> {
        let mut pairs = vec![("limit", search.limit.to_string())];
        let optional = [
            ("service", search.service.clone()),
            ("operation", search.operation.clone()),
            (
                "start",
                search
                    .start_min_unix_nanos
                    .map(|nanos| (nanos / 1_000).to_string()),
            ),
            (
                "end",
                search
                    .start_max_unix_nanos
                    .map(|nanos| (nanos / 1_000).to_string()),
            ),
            (
                "minDuration",
                search.min_duration_nanos.map(|nanos| format!("{nanos}ns")),
            ),
            (
                "maxDuration",
                search.max_duration_nanos.map(|nanos| format!("{nanos}ns")),
            ),
            ("raw", (!search.adjusted).then(|| "true".to_owned())),
        ];
        pairs.extend(
            optional
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        pairs.extend(search.tags.iter().map(|(key, value)| {
            let tag = serde_json::Map::from_iter([(key.clone(), value.as_str().into())]);
            ("tags", serde_json::Value::from(tag).to_string())
        }));
        self.traces(&format!("/api/traces?{}", query(&pairs))).await
    }

    /// Asks for a trace until `wanted` holds, and returns it. The pauses are short at first and grow.
    ///
    /// # Errors
    /// `wanted` did not hold within `deadline`; the error shows what was there instead.
    pub async fn wait_for(
        &self,
        id: TraceId,
        deadline: Duration,
        wanted: impl Fn(&Trace) -> bool,
    ) -> Result<Trace, WaitError> {
        let ask = async || Ok(self.trace(id).await?.into_iter().collect());
        self.wait(deadline, ask, wanted).await
    }

    /// Searches until `wanted` holds for a trace, and returns the newest such trace: for when its id is not known.
    ///
    /// # Errors
    /// `wanted` did not hold within `deadline`; the error shows what was there instead.
    pub async fn wait_for_any(
        &self,
        search: &Search,
        deadline: Duration,
        wanted: impl Fn(&Trace) -> bool,
    ) -> Result<Trace, WaitError> {
        self.wait(deadline, async || self.find(search).await, wanted)
            .await
    }

    async fn wait(
        &self,
        deadline: Duration,
        ask: impl AsyncFn() -> Result<Vec<Trace>, ClientError>,
        wanted: impl Fn(&Trace) -> bool,
    ) -> Result<Trace, WaitError> {
        let started = Instant::now();
        let (mut pause, longest) = PAUSE;
        let mut last = None;
        let mut error = None;
        // A question that hangs is cut off by the deadline as well.
        let asked = tokio::time::timeout_at(started + deadline, async {
            loop {
                match ask().await {
                    Ok(traces) => {
                        error = None;
                        for trace in traces {
                            if wanted(&trace) {
                                return trace;
                            }
                            last = Some(Box::new(trace));
                        }
                    }
                    Err(failed) => error = Some(failed),
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 3 / 2).min(longest);
            }
        });
        match asked.await {
            Ok(trace) => Ok(trace),
            Err(_elapsed) => Err(WaitError {
                after: started.elapsed(),
                last,
                error,
            }),
        }
    }

    async fn traces(&self, path: &str) -> Result<Vec<Trace>, ClientError> {
        let traces: Vec<TraceJson> = self.data(path).await?.unwrap_or_default();
        let url = || format!("{}{path}", self.base);
        traces
            .into_iter()
            .map(|trace| {
                trace
                    .into_model()
                    .map_err(|source| ClientError::Trace { url: url(), source })
            })
            .collect()
    }

    async fn data<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ClientError> {
        let url = format!("{}{path}", self.base);
        let asked = tokio::time::timeout(MAX_WAIT_FOR_ANSWER, self.ask(&url)).await;
        let answer = match asked {
            Ok(answer) => answer,
            Err(elapsed) => Err(elapsed.into()),
        };
        let (status, body) = answer.map_err(|source| ClientError::Unreachable {
            url: url.clone(),
            source,
        })?;
        if !status.is_success() {
            return Err(ClientError::Refused {
                url,
                status,
                message: reason(&body),
            });
        }
        let envelope: Envelope<T> =
            serde_json::from_slice(&body).map_err(|source| ClientError::Json { url, source })?;
        Ok(envelope.data)
    }

    async fn ask(&self, url: &str) -> Result<(StatusCode, Bytes), BoxError> {
        let request = Request::get(url)
            .header(ACCEPT, "application/json")
            .body(Empty::new())?;
        let response = self.http.request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES)
            .collect()
            .await?;
        Ok((status, body.to_bytes()))
    }
}

/// The reason within a refusal, or the beginning of whatever stands there.
fn reason(body: &[u8]) -> String {
    let envelope: Option<Envelope<serde_json::Value>> = serde_json::from_slice(body).ok();
    match envelope.and_then(|envelope| envelope.errors?.into_iter().next()) {
        Some(error) => error.msg,
        None => String::from_utf8_lossy(body).chars().take(200).collect(),
    }
}

/// Writes a query string.
fn query<V: AsRef<str>>(pairs: &[(&str, V)]) -> String {
    let encode = |text: &str| {
        let mut encoded = String::with_capacity(text.len());
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    encoded.push(char::from(byte))
                }
                _ => encoded.push_str(&format!("%{byte:02X}")),
            }
        }
        encoded
    };
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value.as_ref())))
        .collect();
    pairs.join("&")
}

fn waited(after: Duration, last: Option<&Trace>, error: Option<&ClientError>) -> String {
    let mut text = format!("the expected trace did not appear within {after:.1?}");
    match (last, error) {
        (_, Some(error)) => text.push_str(&format!("; the last question failed: {error}")),
        (Some(trace), None) => {
            text.push_str(&format!("; this is what was there:\n{}", trace.tree()))
        }
        (None, None) => text.push_str("; there was none"),
    }
    text
}
