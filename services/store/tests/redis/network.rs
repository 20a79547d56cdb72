//! The network between a store and its Redis: answers that get lost, and silence.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use store::{RedisStore, Store, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::contract::{challenge, eventually, limits, message, options, phone};
use super::outages::{fails_in_time, ready, works_again};
use super::{consume, redis};

/// Carries everything both ways.
const PASS: u8 = 0;
/// Carries commands, and closes the connection in place of the next answer.
const LOSE_ONE_ANSWER: u8 = 1;
/// Carries nothing, and closes nothing.
const SILENCE: u8 = 2;

/// Sits between a store and its server.
struct Proxy {
    address: SocketAddr,
    mode: Arc<AtomicU8>,
}

impl Proxy {
    async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let mode = Arc::new(AtomicU8::new(PASS));
        let shared = Arc::clone(&mode);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else {
                    continue;
                };
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                let mode = Arc::clone(&shared);
                tokio::spawn(async move {
                    // Whichever direction ends first takes the other with it.
                    tokio::select! {
                        () = carry(from_client, to_server, &mode, false) => {}
                        () = carry(from_server, to_client, &mode, true) => {}
                    }
                });
            }
        });
        Self { address, mode }
    }

    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    fn store(&self) -> Arc<dyn Store> {
        let url = format!("redis://{}", self.address);
        Arc::new(RedisStore::connect(&url, limits(), options()).expect("the URL is one"))
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mode: &AtomicU8, answers: bool) {
    let mut buffer = [0; 4_096];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let lose = |mode: &AtomicU8| {
            mode.compare_exchange(LOSE_ONE_ANSWER, PASS, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
        };
        if answers && lose(mode) {
            return;
        }
        if mode.load(Ordering::SeqCst) != SILENCE && to.write_all(&buffer[..length]).await.is_err()
        {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_answer_is_lost_is_not_sent_again() {
    let Some(bed) = redis() else { return };
    let proxy = Proxy::start(bed.server.address()).await;
    let store = proxy.store();
    ready(&store).await;

    for lost in 1..=4 {
        proxy.set(LOSE_ONE_ANSWER);
        let issued = store.issue(challenge(1, phone(1)), message(1)).await;

        assert!(
            matches!(issued, Err(StoreError::UnknownOutcome(_))),
            "{issued:?}"
        );
        eventually("the store is connected again", || async {
            store.ping(Duration::from_millis(500)).await.is_ok()
        })
        .await;
        // It was carried out all the same, and once.
        assert_eq!(store.backlog().await, Ok(lost));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_fails_calls_in_time_and_all_recovers() {
    let Some(bed) = redis() else { return };
    let proxy = Proxy::start(bed.server.address()).await;
    let store = proxy.store();
    let (consumer, drain) = consume(&store);
    works_again(&store, &consumer).await;

    proxy.set(SILENCE);
    fails_in_time(&store).await;
    eventually("the reader notices", || async {
        consumer.stats().read_errors > 0
    })
    .await;

    proxy.set(PASS);
    ready(&store).await;
    works_again(&store, &consumer).await;
    drain.cancel();
}
