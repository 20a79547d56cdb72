//! A service that does nothing but remember how it was called.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;

/// Answers every request with 503, on the runtime of the test.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Peer {
    /// Starts it on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("the loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let calls = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&calls);
        let remember = move |headers: HeaderMap| async move {
            let mut calls = remembered.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(headers);
            StatusCode::SERVICE_UNAVAILABLE
        };
        let routes = Router::new().fallback(remember);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, calls }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The headers of each call.
    pub(crate) fn calls(&self) -> Vec<HeaderMap> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.clone()
    }
}
