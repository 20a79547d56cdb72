//! A listener, from accept to drain.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{Drain, client};

/// The largest head of a request, from its first line to the empty one.
const HEAD_LIMIT: usize = 16 * 1024;

/// The largest number of header lines.
const HEADERS_LIMIT: usize = 100;

/// How long connections are served as ever after the listener has closed, so that a request that has been sent is read.
const FIRST_READ: Duration = Duration::from_millis(50);

/// How many connections may wait to be accepted: what Tokio asks of the operating system.
const QUEUE: usize = 128;

/// The pause after a failed accept. It fails when the process has no file descriptors left, and trying again at once
/// would use up a processor until there are some.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a server waits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a head to arrive; also how long a connection may idle between requests. Clients of ours close idle connections
    /// well before ([`crate::client`]), so that none is closed under a request.
    pub head: Duration,
    /// For open requests to end after the drain began.
    pub drain: Duration,
    /// For clients to let go of idle connections after the drain began, where another server goes on
    /// ([`serve_in_turn`]): longer than clients of ours keep theirs, shorter than the time to drain.
    pub linger: Duration,
}

/// What the drain leaves behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Left {
    /// Nothing: the listener was this server's alone.
    Nothing,
    /// The listener, to the server that goes on.
    Listener,
}

impl Default for Limits {
    /// Ten seconds for a head, three to drain, half a second more than our clients' own for idle connections.
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            drain: Duration::from_secs(3),
            linger: client::IDLE + Duration::from_millis(500),
        }
    }
}

/// Serves the routes until the drain begins, then finishes the open requests and returns.
///
/// A head over 16 KiB or with over 100 header lines is answered with 431, a head that takes too long with a closed
/// connection. Requests that are still open when the time to drain is over are dropped.
pub async fn serve(listener: TcpListener, routes: Router, drain: Drain) {
    serve_within(Limits::default(), listener, routes, drain).await;
}

/// [`serve`] with other limits.
pub async fn serve_within(limits: Limits, listener: TcpListener, routes: Router, drain: Drain) {
    run(limits, Left::Nothing, listener, routes, drain).await;
}

/// Serves the routes until the drain begins, on a listener that somebody else holds as well and another server goes on with,
/// such as the next version of a service. No client that keeps idle connections for less than [`Limits::linger`] gets to see
/// the change.
///
/// From then on this server accepts nothing: what waits at the listener is the other's. It closes no connection under a
/// client's hands either, which [`serve`] cannot avoid for one that a client was just about to use again. Each answer
/// asks for its connection to be closed, and a connection without a request is left to the client, who forgets it in time.
pub async fn serve_in_turn(listener: TcpListener, routes: Router, drain: Drain) {
    serve_in_turn_within(Limits::default(), listener, routes, drain).await;
}

/// [`serve_in_turn`] with other limits.
pub async fn serve_in_turn_within(
    limits: Limits,
    listener: TcpListener,
    routes: Router,
    drain: Drain,
) {
    run(limits, Left::Listener, listener, routes, drain).await;
}

async fn run(limits: Limits, left: Left, listener: TcpListener, routes: Router, drain: Drain) {
    let http = http(limits);
    let open = GracefulShutdown::new();
    let over = CancellationToken::new();
    // Closed when no connection is left.
    let (connections, connection) = watch::channel(());

    let take = |stream: TcpStream, peer: SocketAddr| {
        prepare(&stream);
        let routes = routes.clone();
        let ending = (left == Left::Listener).then(|| drain.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = routes.clone().oneshot(request.map(Body::new));
            let ending = ending.clone();
            async move {
                let mut answer = answer.await?;
                if ending.is_some_and(|drain| drain.has_begun()) {
                    let close = HeaderValue::from_static("close");
                    answer.headers_mut().insert(CONNECTION, close);
                }
                Ok::<_, Infallible>(answer)
            }
        });
        let served = open.watch(http.serve_connection(TokioIo::new(stream), service));
        let over = over.clone();
        let connection = connection.clone();
        tokio::spawn(async move {
            tokio::select! {
                // It ends with an error when its client leaves early or sends no HTTP. Neither is news.
                _ = served => {}
                () = over.cancelled() => {}
            }
            drop(connection);
        });
    };

    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = drain.begun() => break,
        };
        match accepted {
            Ok((stream, peer)) => take(stream, peer),
            Err(error) => {
                log::warn!("A connection could not be accepted: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    let end = Instant::now() + limits.drain;
    match left {
        Left::Nothing => {
            for (stream, peer) in queued(listener) {
                take(stream, peer);
            }
            // A connection of which nothing was read yet would be closed at once, and its request lost.
            tokio::time::sleep(FIRST_READ).await;
        }
        Left::Listener => {
            drop(listener);
            drop(connection);
            // It is no news if this takes all of its time: there are clients that keep connections for longer.
            let _ = tokio::time::timeout(limits.linger, connections.closed()).await;
        }
    }
    let drained = tokio::time::timeout_at(end, open.shutdown()).await;
    if drained.is_err() {
        log::warn!("Requests were still open when the time to drain was over.");
    }
    over.cancel();
}

/// Closes the listener and returns the connections that wait there. Their clients take them for made, and would see their
/// requests break off. As many as a queue holds and no more, so that a crowd cannot keep the drain from going on.
fn queued(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    // The operating system knows the queue; Tokio knows what it heard of it the last time that it asked.
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    let accepted = (0..QUEUE).map_while(|_| {
        let (stream, peer) = listener.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, peer))
    });
    accepted.collect()
}

fn http(limits: Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_LIMIT)
        .max_headers(HEADERS_LIMIT);
    http
}

/// Without this, the second small packet of an answer may wait for the first to be acknowledged.
fn prepare(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        log::debug!("TCP_NODELAY could not be set: {error}");
    }
}
