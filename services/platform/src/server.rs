//! A listener, from accept to drain.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::Drain;

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
}

impl Default for Limits {
    /// Ten seconds for a head, three to drain.
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            drain: Duration::from_secs(3),
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
    let http = http(limits);
    let open = GracefulShutdown::new();
    let over = CancellationToken::new();

    let take = |stream: TcpStream, peer: SocketAddr| {
        prepare(&stream);
        let routes = routes.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            routes.clone().oneshot(request.map(Body::new))
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        let over = over.clone();
        tokio::spawn(async move {
            tokio::select! {
                // It ends with an error when its client leaves early or sends no HTTP. Neither is news.
                _ = connection => {}
                () = over.cancelled() => {}
            }
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

    for (stream, peer) in queued(listener) {
        take(stream, peer);
    }
    // A connection of which nothing was read yet would be closed at once, and its request lost.
    tokio::time::sleep(FIRST_READ).await;
    let drained = tokio::time::timeout(limits.drain, open.shutdown()).await;
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
