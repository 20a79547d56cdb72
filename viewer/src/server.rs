//! Binds the ports and runs receivers and query API on the runtime of the caller.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use compare::Rules;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt as _;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::intake::thrift::Protocol;
use crate::intake::udp::Port;
use crate::intake::{self, Intake};

use crate::page::guard::{self, Hosts};
use crate::page::{Receiver, Runner};
use crate::store::{Limits, Store};
use crate::{page, query};

/// The largest export request by default: gRPC's own limit.
///
/// A request unfolds when it is decoded: an empty span of two bytes of protobuf, or three of JSON, takes some 270 in memory. At
/// worst 4 MiB become half a gigabyte for as long as one is decoded, and a thread of the runtime decodes one at a time. Where
/// senders are not to be trusted that far, less is to be allowed.
pub const DEFAULT_MAX_REQUEST_BYTES: usize = 4 << 20;

/// How many export requests are taken in at the same time, by all connections of both protocols together. Each of them has its
/// bytes in memory; the others wait at their heads. A body has [`BODY_TIMEOUT`] to arrive, so that slow ones do not keep
/// the others waiting for long.
pub const MAX_EXPORTS_AT_ONCE: usize = 64;

/// How long the body of an export request may take to arrive.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request may take, from its head to the answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the rest of a head may take after the end was announced.
const HEAD_GRACE: Duration = Duration::from_millis(200);

/// The pause after a failed accept: the process may have no file descriptors left, and trying again at once would use up
/// a processor until there are some.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long requests may go on after the end was announced.
const DRAIN: Duration = Duration::from_secs(2);

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What to start: addresses and limits. Without further settings all ports are free ones of the loopback interface.
#[derive(Clone, Debug)]
pub struct Builder {
    grpc: SocketAddr,
    http: SocketAddr,
    thrift_compact: Option<SocketAddr>,
    thrift_binary: Option<SocketAddr>,
    query: SocketAddr,
    limits: Limits,
    max_request_bytes: usize,
    rules: Rules,
    runner: Option<Arc<dyn Runner>>,
    hosts: Vec<String>,
}

/// A running viewer. It ends when it is dropped; [`Viewer::shutdown`] waits for it.
#[derive(Debug)]
pub struct Viewer {
    grpc: SocketAddr,
    http: SocketAddr,
    thrift_compact: Option<SocketAddr>,
    thrift_binary: Option<SocketAddr>,
    query: SocketAddr,
    store: Arc<Store>,
    servers: JoinSet<()>,
    stop: DropGuard,
}

/// A port cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for {purpose}")]
#[non_exhaustive]
pub struct StartError {
    /// The address that was asked for.
    pub address: SocketAddr,
    /// What it was meant for.
    pub purpose: &'static str,
    /// Why.
    pub source: std::io::Error,
}

// === impl Builder ===

impl Default for Builder {
    fn default() -> Self {
        Self {
            grpc: LOOPBACK,
            http: LOOPBACK,
            thrift_compact: Some(LOOPBACK),
            thrift_binary: Some(LOOPBACK),
            query: LOOPBACK,
            limits: Limits::default(),
            max_request_bytes: DEFAULT_MAX_REQUEST_BYTES,
            rules: Rules::builtin(),
            runner: None,
            hosts: Vec::new(),
        }
    }
}

impl Builder {
    /// Where to receive OTLP over gRPC. Port 0 means any free one.
    #[must_use]
    pub fn grpc(mut self, address: SocketAddr) -> Self {
        self.grpc = address;
        self
    }

    /// Where to receive OTLP over HTTP.
    #[must_use]
    pub fn http(mut self, address: SocketAddr) -> Self {
        self.http = address;
        self
    }

    /// Where to receive Jaeger's Thrift in its compact encoding, over UDP; `None` means nowhere.
    #[must_use]
    pub fn thrift_compact(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.thrift_compact = address.into();
        self
    }

    /// Where to receive Jaeger's Thrift in its binary encoding, over UDP; `None` means nowhere.
    #[must_use]
    pub fn thrift_binary(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.thrift_binary = address.into();
        self
    }

    /// Where to answer queries and to show the page.
    #[must_use]
    pub fn query(mut self, address: SocketAddr) -> Self {
        self.query = address;
        self
    }

    /// How much to hold.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How large an export request may be, before and after decompression.
    #[must_use]
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.max_request_bytes = bytes;
        self
    }

    /// By which rules the page compares traces and looks for what is wrong in one. Without, by the built-in ones.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// What the page can run: with it, the page has buttons.
    #[must_use]
    pub fn runner(mut self, runner: Arc<dyn Runner>) -> Self {
        self.runner = Some(runner);
        self
    }

    /// A name, with or without a port, under which the query port may be asked besides the addresses and names of loopback.
    /// Bound to loopback, it answers to no other, and neither does the port of OTLP over HTTP. Bound elsewhere, the query
    /// port answers to every address, and to every name until one is allowed; but it runs nothing under a name that was
    /// not allowed. OTLP is taken there under any name.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// Binds the ports and spawns the servers. When this returns, they accept connections and datagrams.
    ///
    /// # Errors
    /// A port cannot be bound, or there is no thread for one of Thrift.
    ///
    /// # Panics
    /// Outside a Tokio runtime with I/O and time.
    pub async fn start(self) -> Result<Viewer, StartError> {
        let (grpc_listener, grpc) = bind(self.grpc, "OTLP over gRPC").await?;
        let (http_listener, http) = bind(self.http, "OTLP over HTTP").await?;
        let compact = bind_udp(self.thrift_compact, Protocol::Compact)?;
        let binary = bind_udp(self.thrift_binary, Protocol::Binary)?;
        let (query_listener, query) = bind(self.query, "queries").await?;

        let store = Arc::new(Store::new(self.limits));
        let intake = Intake::new(Arc::clone(&store));
        let stop = CancellationToken::new();
        let mut servers = JoinSet::new();
        let (thrift_compact, thrift_binary) = (
            compact.as_ref().map(Port::address),
            binary.as_ref().map(Port::address),
        );
        let plugged = self.runner.map(|runner| {
            let receiver = Receiver {
                otlp: format!("http://{grpc}"),
                thrift_compact,
                store: Arc::clone(&store),
            };
            (runner, receiver)
        });
        let page = page::router_by(self.rules, Arc::clone(&store), plugged);
        for port in [compact, binary].into_iter().flatten() {
            servers.spawn(serve_udp(port, &intake, &stop)?);
        }
        let at_once = GlobalConcurrencyLimitLayer::new(MAX_EXPORTS_AT_ONCE);
        servers.spawn(serve_grpc(
            grpc_listener,
            intake::grpc::router(&intake, self.max_request_bytes).layer(at_once.clone()),
            stop.clone(),
        ));
        let mut otlp = intake::http::router(&intake, self.max_request_bytes).layer(at_once);
        if http.ip().is_loopback() {
            // No page of a browser is to write into the store under a name that was made to mean this address.
            otlp = guard::known_hosts(otlp, Hosts::new(http, self.hosts.clone()));
        }
        servers.spawn(serve_http(http_listener, otlp, stop.clone()));
        servers.spawn(serve_http(
            query_listener,
            guard::known_hosts(
                query::router(Arc::clone(&store)).merge(page),
                Hosts::new(query, self.hosts),
            ),
            stop.clone(),
        ));
        Ok(Viewer {
            grpc,
            http,
            thrift_compact,
            thrift_binary,
            query,
            store,
            servers,
            stop: stop.drop_guard(),
        })
    }
}

async fn bind(
    address: SocketAddr,
    purpose: &'static str,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    bound.await.map_err(|source| StartError {
        address,
        purpose,
        source,
    })
}

fn bind_udp(address: Option<SocketAddr>, protocol: Protocol) -> Result<Option<Port>, StartError> {
    let bound = address.map(|address| {
        Port::bind(address, protocol).map_err(|source| udp_error(address, protocol, source))
    });
    bound.transpose()
}

fn serve_udp(
    port: Port,
    intake: &Intake,
    stop: &CancellationToken,
) -> Result<impl Future<Output = ()> + use<>, StartError> {
    let (address, protocol) = (port.address(), port.protocol());
    port.serve(intake.clone(), stop.clone())
        .map_err(|source| udp_error(address, protocol, source))
}

fn udp_error(address: SocketAddr, protocol: Protocol, source: std::io::Error) -> StartError {
    StartError {
        address,
        purpose: match protocol {
            Protocol::Compact => "Jaeger Thrift, compact",
            Protocol::Binary => "Jaeger Thrift, binary",
        },
        source,
    }
}

async fn serve_grpc(listener: TcpListener, router: Router, stop: CancellationToken) {
    let server = tonic::transport::Server::builder()
        .timeout(REQUEST_TIMEOUT)
        .add_routes(router.into())
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop.cancelled_owned());
    if let Err(error) = server.await {
        log::error!("the OTLP gRPC receiver ended: {error}");
    }
}

async fn serve_http(listener: TcpListener, router: Router, stop: CancellationToken) {
    let router = router.layer(TimeoutLayer::with_status_code(
        StatusCode::REQUEST_TIMEOUT,
        REQUEST_TIMEOUT,
    ));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_ended) = connections.join_next() => continue,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(converse(stream, router.clone(), stop.clone()));
            }
            Err(error) => {
                log::error!("a connection could not be accepted: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves one connection. When the end is announced, requests are answered, but a head that is not there a moment later is
/// not waited for.
async fn converse(stream: TcpStream, router: Router, stop: CancellationToken) {
    let answering = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request: Request<Incoming>| {
        let answering = Arc::clone(&answering);
        let router = router.clone();
        async move {
            answering.store(true, Ordering::Relaxed);
            let answer = router.oneshot(request.map(Body::new)).await;
            answering.store(false, Ordering::Relaxed);
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // It ends with an error when its client leaves early or sends no HTTP. Neither is news.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let ended = tokio::time::timeout(HEAD_GRACE, connection.as_mut()).await;
    if ended.is_err() && answering.load(Ordering::Relaxed) {
        let _ = connection.await;
    }
}

// === impl Viewer ===

impl Viewer {
    /// The defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where OTLP over gRPC is received.
    pub fn grpc_addr(&self) -> SocketAddr {
        self.grpc
    }

    /// Where OTLP over HTTP is received.
    pub fn http_addr(&self) -> SocketAddr {
        self.http
    }

    /// Where Jaeger's Thrift is received in its compact encoding, over UDP, unless it is not.
    pub fn thrift_compact_addr(&self) -> Option<SocketAddr> {
        self.thrift_compact
    }

    /// Where Jaeger's Thrift is received in its binary encoding, over UDP, unless it is not.
    pub fn thrift_binary_addr(&self) -> Option<SocketAddr> {
        self.thrift_binary
    }

    /// Where queries are answered and the page is shown.
    pub fn query_addr(&self) -> SocketAddr {
        self.query
    }

    /// [`Viewer::grpc_addr`] as an exporter wants it.
    pub fn grpc_url(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// [`Viewer::http_addr`] as an exporter wants it; the path, such as `/v1/traces`, is not included.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// [`Viewer::query_addr`] as a [`QueryClient`](crate::client::QueryClient) wants it.
    pub fn query_url(&self) -> String {
        format!("http://{}", self.query)
    }

    /// What arrived.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Stops accepting, lets running requests finish for a moment, and returns when all ports are closed.
    pub async fn shutdown(self) {
        let Self {
            mut servers, stop, ..
        } = self;
        stop.disarm().cancel();
        let drained = tokio::time::timeout(DRAIN, async {
            while servers.join_next().await.is_some() {}
        })
        .await;
        if drained.is_err() {
            servers.shutdown().await;
        }
    }
}
