//! What becomes of a message, from the queue to a gateway over HTTP.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use platform::sealed::{Letter, Sealer};
use platform::secret::Key;
use platform::{Code, Credential, Drain, Phone, server};
use store::{
    ChallengeId, Challenges, CodeMac, ConsumerStats, Issued, Limits, MemoryStore, Message,
    NewChallenge, PhoneKey, Queue, QueueOptions,
};
use tokio::net::TcpListener;

/// The services behind the queue: a gateway that answers as it is told, and the consumer.
struct Bench {
    store: Arc<MemoryStore>,
    sealer: Sealer,
    app: sms::App,
    drain: Drain,
    called: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    /// The gateway answers with these statuses in turn, then with 200.
    async fn start(statuses: &[u16]) -> Self {
        let called = Arc::new(Mutex::new(Vec::new()));
        let statuses = Arc::new(Mutex::new(VecDeque::from(statuses.to_vec())));
        let take = {
            let called = Arc::clone(&called);
            move |headers: HeaderMap| async move {
                let key = headers["idempotency-key"].to_str().unwrap().to_owned();
                called.lock().unwrap().push(key);
                StatusCode::from_u16(statuses.lock().unwrap().pop_front().unwrap_or(200)).unwrap()
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = format!("http://{}/send", listener.local_addr().unwrap());
        let drain = Drain::new();
        tokio::spawn(server::serve(
            listener,
            Router::new().route("/send", post(take)),
            drain.clone(),
        ));

        let key = Key::random();
        let mut config = sms::Config::embedded(Credential::random(), key.clone());
        config.gateway_url = Some(gateway.parse().unwrap());
        config.retry_after = Duration::from_millis(5);
        let store = Arc::new(MemoryStore::new(Limits::default(), config.queue_options()));
        let queue: Arc<dyn Queue> = Arc::clone(&store) as _;
        let app = sms::App::new(&config, queue, drain.clone()).unwrap();
        tokio::spawn(stage_bare::sms::run(app.clone()));

        Self {
            store,
            sealer: Sealer::new(&key, &[]),
            app,
            drain,
            called,
        }
    }

    fn seal(&self, key: &str) -> Vec<u8> {
        let letter = Letter {
            phone: Phone::parse("+8613800138000", None).unwrap(),
            code: Code::parse("012345").unwrap(),
        };
        self.sealer.seal(key, &letter)
    }

    /// Queues a message as auth does, with a challenge of its own.
    async fn queue(&self, number: u8, message: Message) {
        let challenge = NewChallenge {
            id: ChallengeId::from_bytes([number; 16]),
            phone: PhoneKey::from_bytes([number; 32]),
            mac: CodeMac::from_bytes([number; 36]),
        };
        let issued = self.store.issue(challenge, message).await.unwrap();
        assert!(matches!(issued, Issued::Queued { .. }));
    }

    /// Waits until the consumer has counted what it should.
    async fn until(&self, enough: impl Fn(&ConsumerStats) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !enough(&self.app.stats()) {
            assert!(Instant::now() < deadline, "{:?}", self.app.stats());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn called(&self) -> Vec<String> {
        self.called.lock().unwrap().clone()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.drain.begin();
    }
}

fn soon() -> SystemTime {
    SystemTime::now() + Duration::from_secs(60)
}

#[tokio::test]
async fn a_message_is_delivered_once() {
    let bench = Bench::start(&[]).await;

    bench
        .queue(1, Message::new("one", bench.seal("one"), soon()))
        .await;
    bench.until(|stats| stats.handled == 1).await;

    assert_eq!(bench.called(), ["one"]);
    assert_eq!(bench.store.backlog().await, Ok(0));
}

#[tokio::test]
async fn a_failing_gateway_is_called_again_with_the_same_key() {
    let bench = Bench::start(&[500, 503, 429]).await;

    bench
        .queue(1, Message::new("one", bench.seal("one"), soon()))
        .await;
    bench.until(|stats| stats.handled == 1).await;

    assert_eq!(bench.called(), ["one"; 4]);
    assert_eq!(bench.app.stats().retried, 3);
}

#[tokio::test]
async fn a_gateway_that_keeps_failing_ends_in_the_dead_letters() {
    let bench = Bench::start(&[500; 100]).await;

    bench
        .queue(1, Message::new("one", bench.seal("one"), soon()))
        .await;
    bench.until(|stats| stats.dead == 1).await;

    assert_eq!(
        bench.called().len(),
        QueueOptions::default().max_deliveries as usize
    );
    let dead = bench.store.dead_letters(0, 10).await.unwrap();
    assert_eq!(
        (dead[0].key.as_str(), dead[0].reason.as_str()),
        ("one", "gateway_failed")
    );
}

#[tokio::test]
async fn a_refused_message_is_given_up_at_once_and_holds_up_nobody() {
    let bench = Bench::start(&[400]).await;

    bench
        .queue(1, Message::new("refused", bench.seal("refused"), soon()))
        .await;
    bench.until(|stats| stats.dead == 1).await;
    bench
        .queue(2, Message::new("fine", bench.seal("fine"), soon()))
        .await;
    bench.until(|stats| stats.handled == 1).await;

    assert_eq!(bench.called(), ["refused", "fine"]);
    let dead = bench.store.dead_letters(0, 10).await.unwrap();
    assert_eq!(
        (dead[0].key.as_str(), dead[0].reason.as_str()),
        ("refused", "gateway_refused")
    );
    let kept = format!("{dead:?}");
    assert!(!kept.contains("138") && !kept.contains("012345"), "{kept}");
}

#[tokio::test]
async fn what_does_not_open_is_given_up_without_a_call() {
    let bench = Bench::start(&[]).await;

    bench
        .queue(1, Message::new("garbage", "garbage", soon()))
        .await;
    bench
        .queue(2, Message::new("moved", bench.seal("another"), soon()))
        .await;
    bench.until(|stats| stats.dead == 2).await;

    assert!(bench.called().is_empty());
    let dead = bench.store.dead_letters(0, 10).await.unwrap();
    assert!(
        dead.iter().all(|letter| letter.reason == "unreadable"),
        "{dead:?}"
    );
}

#[tokio::test]
async fn a_message_past_its_deadline_is_dropped() {
    let bench = Bench::start(&[]).await;

    bench
        .queue(
            1,
            Message::new("late", bench.seal("late"), SystemTime::now()),
        )
        .await;
    bench.until(|stats| stats.expired == 1).await;

    assert!(bench.called().is_empty());
    assert_eq!(bench.store.backlog().await, Ok(0));
}
