//! A provider of text messages that answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use platform::Url;
use tokio::net::TcpListener;

use super::{PATIENCE, POLL};

/// A gateway on the runtime of the test.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    url: Url,
    state: Arc<Mutex<Told>>,
}

#[derive(Debug, Default)]
struct Told {
    answers: VecDeque<StatusCode>,
    calls: Vec<GatewayCall>,
}

/// A message that was posted.
#[derive(Clone, Debug)]
pub(crate) struct GatewayCall {
    /// Names only: what a third party gets to see of our headers.
    pub(crate) headers: Vec<String>,
    /// The message.
    pub(crate) body: String,
}

impl Gateway {
    /// Answers with these statuses in turn, then with 200.
    pub(crate) async fn start(answers: &[StatusCode]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("the loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let state = Arc::new(Mutex::new(Told {
            answers: answers.iter().copied().collect(),
            calls: Vec::new(),
        }));
        let routes = Router::new()
            .route("/messages", post(take))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            url: format!("http://{address}/messages")
                .parse()
                .expect("an address makes a URL"),
            state,
        }
    }

    /// Where to post to.
    pub(crate) fn url(&self) -> Url {
        self.url.clone()
    }

    /// Waits until it was called that often, and tells with what.
    pub(crate) async fn called(&self, times: usize) -> Vec<GatewayCall> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let calls = lock(&self.state).calls.clone();
            if calls.len() >= times {
                return calls;
            }
            assert!(Instant::now() < deadline, "after {PATIENCE:?}: {calls:?}");
            tokio::time::sleep(POLL).await;
        }
    }
}

async fn take(
    State(state): State<Arc<Mutex<Told>>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let mut told = lock(&state);
    told.calls.push(GatewayCall {
        headers: headers.keys().map(ToString::to_string).collect(),
        body,
    });
    told.answers.pop_front().unwrap_or(StatusCode::OK)
}

fn lock(state: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
