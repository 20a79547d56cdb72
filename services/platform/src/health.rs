//! `GET /healthz` and `GET /readyz`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use futures::future::{BoxFuture, join_all};
use http::StatusCode;
use serde_json::{Value, json};

use crate::Drain;
use crate::guard::{method_not_allowed, not_stored};

/// How long a dependency may take to say that it is there.
const DEADLINE: Duration = Duration::from_millis(800);

/// What a service needs in order to be of use.
///
/// *Healthy* means that the process answers; restarting it would not help. *Ready* means that all dependencies answered
/// just now, so that traffic makes sense.
#[derive(Clone)]
pub struct Readiness {
    needs: Vec<Need>,
    drain: Drain,
    demo: bool,
}

#[derive(Clone)]
struct Need {
    name: &'static str,
    ask: Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
}

impl Readiness {
    /// A service without dependencies, which is ready until it drains.
    pub fn new(drain: Drain) -> Self {
        Self {
            needs: Vec::new(),
            drain,
            demo: false,
        }
    }

    /// Adds a dependency: a name for the answer, and the question to ask it each time. No answer in time is a no.
    #[must_use]
    pub fn needs<A, F>(mut self, name: &'static str, ask: A) -> Self
    where
        A: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = bool> + Send + 'static,
    {
        self.needs.push(Need {
            name,
            ask: Arc::new(move || Box::pin(ask())),
        });
        self
    }

    /// Says in the readiness document that demo switches are on, where an operator will see it.
    #[must_use]
    pub fn demo(mut self, on: bool) -> Self {
        self.demo = on;
        self
    }

    /// Adds the two routes. They belong outside of a stage's tracing and of the credential check: probes come every few
    /// seconds and know no secrets.
    pub fn route<S>(self, routes: Router<S>) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let healthy = async || Json(json!({ "status": "ok" }));
        let ready = async move || {
            let (status, document) = self.document().await;
            (status, Json(document))
        };
        let probes = Router::new()
            .route("/healthz", get(healthy).fallback(method_not_allowed))
            .route("/readyz", get(ready).fallback(method_not_allowed))
            .layer(axum::middleware::map_response(not_stored));
        routes.merge(probes)
    }

    /// The names of the dependencies that did not answer in time.
    pub async fn missing(&self) -> Vec<&'static str> {
        let asked = self.needs.iter().map(async |need| {
            let answer = tokio::time::timeout(DEADLINE, (need.ask)()).await;
            (need.name, matches!(answer, Ok(true)))
        });
        let answers = join_all(asked).await;
        answers
            .into_iter()
            .filter(|(_, there)| !there)
            .map(|(name, _)| name)
            .collect()
    }

    async fn document(&self) -> (StatusCode, Value) {
        let missing = self.missing().await;
        let (status, word) = if self.drain.has_begun() {
            (StatusCode::SERVICE_UNAVAILABLE, "draining")
        } else if missing.is_empty() {
            (StatusCode::OK, "ready")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready")
        };

        let mut document = json!({ "status": word, "missing": missing });
        if self.demo {
            document["demo"] = true.into();
        }
        (status, document)
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.needs.iter().map(|need| need.name).collect();
        formatter
            .debug_struct("Readiness")
            .field("needs", &names)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_missing_dependency_is_named() {
        let readiness = Readiness::new(Drain::new())
            .needs("store", async || true)
            .needs("auth", async || false)
            .needs("queue", std::future::pending);

        let (status, document) = readiness.document().await;

        assert_eq!(status, 503);
        assert_eq!(
            document,
            json!({ "status": "not ready", "missing": ["auth", "queue"] })
        );
    }

    #[tokio::test]
    async fn a_draining_service_is_not_ready() {
        let drain = Drain::new();
        let readiness = Readiness::new(drain.clone())
            .needs("store", async || true)
            .demo(true);
        assert_eq!(readiness.document().await.0, 200);

        drain.begin();

        let (status, document) = readiness.document().await;
        assert_eq!(status, 503);
        assert_eq!(
            document,
            json!({ "status": "draining", "missing": [], "demo": true })
        );
    }
}
