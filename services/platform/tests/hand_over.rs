//! One server goes on where another ends, on the same listener, and no client sees it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use platform::Drain;
use platform::server::{Limits, serve_in_turn_within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const LIMITS: Limits = Limits {
    head: Duration::from_secs(5),
    drain: Duration::from_secs(2),
    linger: Duration::from_millis(400),
};

/// The listener, held as the one who hands it over does.
struct Held(std::net::TcpListener);

struct Server {
    drain: Drain,
    /// Told when a request has reached the handler of `/slow`.
    reached: Arc<Notify>,
    /// Lets the handler of `/slow` answer.
    release: Arc<Notify>,
    running: JoinHandle<()>,
}

impl Held {
    fn listen() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// A server on it whose answers say its name.
    fn server(&self, name: &'static str) -> Server {
        let listener = TcpListener::from_std(self.0.try_clone().unwrap()).unwrap();
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
                name
            }
        };
        let routes = Router::new()
            .route("/", get(move || async move { name }))
            .route("/slow", get(slow));
        let running = tokio::spawn(serve_in_turn_within(
            LIMITS,
            listener,
            routes,
            drain.clone(),
        ));
        Server {
            drain,
            reached,
            release,
            running,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).await.unwrap()
    }
}

async fn ask(stream: &mut TcpStream, path: &str) {
    let head = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
}

/// Reads one answer, whose body is a name of five letters.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut bytes = [0; 512];
    while !text.contains("\r\n\r\n") || text.ends_with("\r\n\r\n") {
        let read = stream.read(&mut bytes).await.unwrap();
        assert_ne!(read, 0, "the connection ended after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
    text
}

/// Whether the other side closes before the deadline.
async fn closes(mut stream: TcpStream, deadline: Duration) -> bool {
    let end = tokio::time::timeout(deadline, stream.read(&mut [0])).await;
    matches!(end, Ok(Ok(0)))
}

#[tokio::test]
async fn what_waits_at_the_listener_is_answered_by_the_next_server() {
    let held = Held::listen();
    let first = held.server("first");
    first.drain.begin();
    first.running.await.unwrap();
    // Nobody serves now, and the connection is made all the same.
    let mut waiting = held.connect().await;
    ask(&mut waiting, "/").await;

    let _second = held.server("again");

    let answer = answer(&mut waiting).await;
    assert!(answer.ends_with("again"), "{answer}");
    assert!(!answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_kept_connection_is_served_once_more_and_then_closed() {
    let held = Held::listen();
    let first = held.server("first");
    let mut kept = held.connect().await;
    ask(&mut kept, "/").await;
    let before = answer(&mut kept).await;
    assert!(!before.contains("connection: close"), "{before}");

    first.drain.begin();
    ask(&mut kept, "/").await;

    let after = answer(&mut kept).await;
    assert!(after.starts_with("HTTP/1.1 200"), "{after}");
    assert!(after.contains("connection: close"), "{after}");
    assert!(after.ends_with("first"), "{after}");
    assert!(
        closes(kept, LIMITS.linger / 2).await,
        "it said that it would"
    );
}

#[tokio::test]
async fn a_request_in_hand_is_finished_by_the_one_that_has_it() {
    let held = Held::listen();
    let first = held.server("first");
    let mut open = held.connect().await;
    ask(&mut open, "/slow").await;
    first.reached.notified().await;

    let _second = held.server("again");
    first.drain.begin();
    // Longer than an idle connection would have been kept.
    tokio::time::sleep(LIMITS.linger * 3 / 2).await;
    first.release.notify_one();

    let answer = answer(&mut open).await;
    assert!(answer.ends_with("first"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    first.running.await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_stays_until_its_client_has_forgotten_it_and_no_longer() {
    let held = Held::listen();
    let first = held.server("first");
    let mut idle = held.connect().await;
    ask(&mut idle, "/").await;
    answer(&mut idle).await;

    let begun = Instant::now();
    first.drain.begin();
    first.running.await.unwrap();

    let took = begun.elapsed();
    assert!(took >= LIMITS.linger && took < LIMITS.drain, "{took:?}");
    assert!(closes(idle, LIMITS.linger).await);
}

#[tokio::test]
async fn nobody_connected_is_nobody_to_wait_for() {
    let held = Held::listen();
    let first = held.server("first");
    let mut gone = held.connect().await;
    ask(&mut gone, "/").await;
    answer(&mut gone).await;
    drop(gone);

    let begun = Instant::now();
    first.drain.begin();
    first.running.await.unwrap();

    assert!(begun.elapsed() < LIMITS.linger, "{:?}", begun.elapsed());
}

#[test]
fn by_default_a_client_forgets_a_connection_before_the_server_closes_it() {
    let limits = Limits::default();

    assert!(platform::client::IDLE < limits.linger);
    assert!(limits.linger < limits.drain);
    assert!(platform::client::IDLE < limits.head);
}
