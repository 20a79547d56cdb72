//! `GET /healthz` and `GET /readyz`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use axum::{Extension, Json, Router};
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

/// What whoever runs a service has to add to its readiness document, for operators to read. As an [`Extension`] around the
/// routes, it needs no handing through the service, which knows nothing of it.
#[derive(Clone)]
pub struct Detail {
    name: &'static str,
    tell: Arc<dyn Fn() -> Value + Send + Sync>,
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
        let ready = async move |detail: Option<Extension<Detail>>| {
            let (status, mut document) = self.document().await;
            if let Some(Extension(detail)) = detail {
                document[detail.name] = (detail.tell)();
            }
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

impl Detail {
    /// A member of the document, made anew whenever somebody asks.
    pub fn new(name: &'static str, tell: impl Fn() -> Value + Send + Sync + 'static) -> Self {
        Self {
            name,
            tell: Arc::new(tell),
        }
    }

    /// Routes whose readiness document has this detail.
    pub fn around(self, routes: Router) -> Router {
        routes.layer(Extension(self))
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Detail")
            .field("name", &self.name)
            .finish_non_exhaustive()
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
    use std::sync::atomic::{AtomicU64, Ordering};

    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

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
    async fn a_detail_is_told_anew_each_time() {
        let asked = Arc::new(AtomicU64::new(0));
        let count = move || asked.fetch_add(1, Ordering::Relaxed).into();
        let routes = Readiness::new(Drain::new()).route(Router::new());
        let routes = Detail::new("asked", count).around(routes);

        for asked in 0..2 {
            let request = http::Request::get("/readyz").body(Body::empty()).unwrap();
            let response = routes.clone().oneshot(request).await.unwrap();
            let body = to_bytes(response.into_body(), 1_000).await.unwrap();
            let document: Value = serde_json::from_slice(&body).unwrap();

            let expected = json!({ "status": "ready", "missing": [], "asked": asked });
            assert_eq!(document, expected);
        }
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
