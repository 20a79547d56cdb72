//! The life of a listener, on the wire.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use platform::Drain;
use platform::server::{Limits, serve_within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const LIMITS: Limits = Limits {
    head: Duration::from_millis(300),
    drain: Duration::from_millis(500),
    linger: Duration::from_millis(250),
};

struct Server {
    address: SocketAddr,
    drain: Drain,
    /// Told when a request has reached the handler of `/slow`.
    reached: Arc<Notify>,
    /// Lets the handler of `/slow` answer.
    release: Arc<Notify>,
    running: JoinHandle<()>,
}

async fn start() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (drain, reached, release) = (
        Drain::new(),
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
    );

    let slow = {
        let (reached, release) = (Arc::clone(&reached), Arc::clone(&release));
        move || async move {
            reached.notify_one();
            release.notified().await;
            "slow"
        }
    };
    let routes = Router::new()
        .route(
            "/peer",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        )
        .route("/slow", get(slow));
    let running = tokio::spawn(serve_within(LIMITS, listener, routes, drain.clone()));
    Server {
        address,
        drain,
        reached,
        release,
        running,
    }
}

impl Server {
    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// Sends a head and reads until the server closes.
    async fn exchange(&self, text: &str) -> String {
        read(self.send(text).await).await
    }
}

async fn read(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    // A server that refuses a head may close before it has read all of it, and the rest of the answer is then lost.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

fn head(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}\r\n")
}

#[tokio::test]
async fn handlers_know_the_peer() {
    let server = start().await;

    let answer = server.exchange(&head("/peer", "")).await;

    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_head_has_a_limit() {
    let server = start().await;

    let long = server
        .exchange(&head("/peer", &format!("x: {}\r\n", "a".repeat(17 * 1024))))
        .await;
    let many = server
        .exchange(&head("/peer", &"x: a\r\n".repeat(101)))
        .await;
    let fine = server
        .exchange(&head("/peer", &format!("x: {}\r\n", "a".repeat(12 * 1024))))
        .await;

    assert!(long.starts_with("HTTP/1.1 431"), "{long}");
    assert!(many.starts_with("HTTP/1.1 431"), "{many}");
    assert!(fine.starts_with("HTTP/1.1 200"), "{fine}");
}

#[tokio::test]
async fn a_slow_head_is_cut() {
    let server = start().await;
    let begun = Instant::now();

    let answer = server.exchange("GET /peer HTTP/1.1\r\nhost:").await;

    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        begun.elapsed() >= LIMITS.head && begun.elapsed() < LIMITS.head * 10,
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn an_open_request_is_finished_before_the_end() {
    let server = start().await;
    let open = server.send(&head("/slow", "")).await;
    server.reached.notified().await;

    server.drain.begin();
    let refused = refuses(server.address).await;
    server.release.notify_one();

    assert!(refused, "no new connection is taken");
    assert!(read(open).await.ends_with("slow"));
    server.running.await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let server = start().await;
    let mut idle = server
        .send("GET /peer HTTP/1.1\r\nhost: test\r\n\r\n")
        .await;
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();

    server.drain.begin();

    let ended = tokio::time::timeout(LIMITS.drain / 2, server.running).await;
    assert!(ended.is_ok(), "it waited for the idle connection");
}

/// One thread: nothing is accepted between the requests and the drain.
#[tokio::test]
async fn a_request_that_waits_to_be_accepted_is_answered() {
    let server = start().await;
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            use std::io::Write as _;
            let mut stream = std::net::TcpStream::connect(server.address).unwrap();
            stream.write_all(head("/peer", "").as_bytes()).unwrap();
            stream.set_nonblocking(true).unwrap();
            TcpStream::from_std(stream).unwrap()
        })
        .collect();

    server.drain.begin();

    for stream in waiting {
        let answer = read(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer:?}");
    }
    server.running.await.unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_is_dropped() {
    let server = start().await;
    let open = server.send(&head("/slow", "")).await;
    server.reached.notified().await;

    let begun = Instant::now();
    server.drain.begin();
    server.running.await.unwrap();

    assert!(
        begun.elapsed() >= LIMITS.drain && begun.elapsed() < LIMITS.drain * 10,
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(read(open).await, "", "its connection is closed");
}

/// Waits until the listener is closed.
async fn refuses(address: SocketAddr) -> bool {
    let deadline = Instant::now() + LIMITS.drain / 2;
    while Instant::now() < deadline {
        if TcpStream::connect(address).await.is_err() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}
