//! Where HTTP calls come from: a client of one peer.

use std::time::Duration;

use http::Method;
use http::header::USER_AGENT;
use reqwest::Url;
use reqwest::redirect::Policy;

use crate::{Call, Credential, credential};

/// How long an idle connection is kept: less than our servers keep theirs, so that none is closed under a request, not
/// even while a server hands over to another ([`crate::server::serve_in_turn`]).
pub const IDLE: Duration = Duration::from_secs(2);

/// How long a client waits.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the connection.
    pub connect: Duration,
    /// For the whole call, connection included.
    pub call: Duration,
}

/// A client of one peer.
///
/// It follows no redirect and uses no proxy of the environment: credentials go to the configured peer and nowhere else.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    peer: &'static str,
    name: Option<&'static str>,
    credential: Option<Credential>,
}

// === impl Client ===

impl Client {
    /// A client of the peer at this address.
    ///
    /// # Errors
    ///
    /// If the address cannot be called over HTTP, or the TLS set-up fails.
    pub fn new(peer: &'static str, base: Url, timeouts: Timeouts) -> Result<Self, ClientError> {
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(ClientError::Address);
        }

        let http = transport(timeouts)?;
        Ok(Self {
            http,
            base,
            peer,
            name: None,
            credential: None,
        })
    }

    /// Presents the service credential with every call.
    #[must_use]
    pub fn with_credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Tells the peer, with every call, which service is calling. It says so and proves nothing.
    #[must_use]
    pub fn with_name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Prepares a call to a route of the peer, below the path of its address. The route is a template and has no
    /// parameters of its own: names and numbers belong into bodies. The empty route calls the address itself.
    pub fn call<T>(&self, method: Method, route: &'static str) -> Call<T> {
        let mut url = self.base.clone();
        if !route.is_empty() {
            let path = self.base.path().trim_end_matches('/');
            url.set_path(&format!("{path}{route}"));
        }

        let mut request = self.http.request(method.clone(), url);
        if let Some(credential) = &self.credential {
            request = request.header(credential::HEADER, credential.to_header());
        }
        if let Some(name) = self.name {
            request = request.header(USER_AGENT, name);
        }
        Call {
            request,
            method,
            route,
            peer: self.peer,
            address: self.base.host_str().unwrap_or_default().to_owned(),
            port: self.base.port_or_known_default().unwrap_or_default(),
            answer: std::marker::PhantomData,
        }
    }

    /// Whether the peer says that it is healthy. An address with a path is asked as it is, so that it may name another
    /// probe; without one, `/healthz` is.
    pub async fn is_healthy(&self) -> bool {
        let route = match self.base.path() {
            "" | "/" => "/healthz",
            _ => "",
        };
        self.succeeds(route).await
    }

    /// Whether the peer says that it is ready.
    pub async fn is_ready(&self) -> bool {
        self.succeeds("/readyz").await
    }

    async fn succeeds(&self, route: &'static str) -> bool {
        let call: Call<()> = self.call(Method::GET, route);
        call.acknowledged().await.is_ok()
    }
}

/// What calls are sent with, for those who send other requests than calls: no redirects, no proxy, bounded waits.
///
/// # Errors
///
/// If TLS cannot be set up.
pub fn transport(timeouts: Timeouts) -> Result<reqwest::Client, ClientError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config()?)
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.call)
        .pool_idle_timeout(IDLE)
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .map_err(ClientError::Build)
}

/// The trust roots of the browsers and the ring provider, without installing either for the whole process.
fn tls_config() -> Result<rustls::ClientConfig, ClientError> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address has another scheme, or no host.
    #[error("expected an address such as http://auth:8081")]
    Address,
    /// The TLS provider is unusable.
    #[error("TLS could not be set up: {0}")]
    Tls(rustls::Error),
    /// The client could not be built.
    #[error("the HTTP client could not be set up: {0}")]
    Build(reqwest::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;
    use http::StatusCode;

    #[tokio::test]
    async fn an_address_with_a_path_is_asked_as_it_is() {
        let routes = Router::new()
            .route("/healthz", get(StatusCode::OK))
            .route("/readyz", get(StatusCode::SERVICE_UNAVAILABLE));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let second = Duration::from_secs(1);
        let timeouts = Timeouts {
            connect: second,
            call: second,
        };

        for (path, healthy) in [
            ("", true),
            ("/", true),
            ("/healthz", true),
            ("/readyz", false),
            ("/unknown", false),
        ] {
            let base = format!("http://{address}{path}").parse().unwrap();
            let client = Client::new("service", base, timeouts).unwrap();

            assert_eq!(client.is_healthy().await, healthy, "{path:?}");
        }
    }
}
