//! The HTTP client of the exporter.
//!
//! The exporter has features for clients of its own. They are not used: such a feature would be on for the whole program,
//! where it changes which client the application's own exporter picks.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};

/// Collectors answer with a few bytes.
const MAX_ANSWER: usize = 1 << 20;

#[cfg(feature = "tls")]
type Connector = hyper_rustls::HttpsConnector<HttpConnector>;
#[cfg(not(feature = "tls"))]
type Connector = HttpConnector;

/// On the exporter's runtime alone: it needs the one of the caller.
#[derive(Debug)]
pub(crate) struct ExporterClient(Client<Connector, Full<Bytes>>);

impl ExporterClient {
    pub(crate) fn new(connect_timeout: Duration) -> Self {
        let mut plain = HttpConnector::new();
        plain.set_connect_timeout(Some(connect_timeout));
        plain.set_nodelay(true);
        Self(Client::builder(TokioExecutor::new()).build(connector(plain)))
    }
}

#[cfg(feature = "tls")]
fn connector(mut plain: HttpConnector) -> Connector {
    // The roots are those that gRPC uses. The provider of ciphers is named, since no program has to have set one.
    plain.enforce_http(false);
    hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
        .expect("ring has the cipher suites of TLS 1.2 and 1.3")
        .https_or_http()
        .enable_http1()
        .wrap_connector(plain)
}

#[cfg(not(feature = "tls"))]
fn connector(plain: HttpConnector) -> Connector {
    plain
}

#[async_trait::async_trait]
impl HttpClient for ExporterClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.0.request(request.map(Full::new)).await?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await?.to_bytes();
        Ok(Response::from_parts(head, body))
    }
}
