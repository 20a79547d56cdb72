//! What the consumer and the routes of sms share.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use platform::sealed::Sealer;
use platform::secret::Key;
use platform::{Credential, Drain, Phone, Readiness, credential, guard};
use store::{Begun, Consumer, ConsumerStats, Delivery, Failure, Queue};

use crate::gateway::{Gateway, HttpGateway, HttpGatewayError, Inbox, Sms};
use crate::{Config, QueueCalls, inbox_route};

/// How long the queue may take to answer a readiness probe.
const PING: Duration = Duration::from_millis(300);

/// Sms, without its flow.
#[derive(Clone, Debug)]
pub struct App {
    /// The queue, ready to be called.
    pub queue: QueueCalls,
    /// The gateway, ready to be called.
    pub gateway: Arc<dyn Gateway>,
    consumer: Consumer,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    sealer: Sealer,
    inbox: Option<Inbox>,
    credential: Credential,
    drain: Drain,
    demo: bool,
}

/// Why sms does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetUpError {
    /// No key, and no demo switch.
    #[error(
        "MESSAGE_KEY is not set: sms does not start without the key of 32 bytes or more that auth seals with, or DEMO=true"
    )]
    MissingKey,
    /// No gateway, and no demo switch.
    #[error(
        "SMS_GATEWAY_URL is not set: sms does not start without a gateway, or DEMO=true for an inbox in memory"
    )]
    MissingGateway,
    /// The gateway cannot be used as it is configured.
    #[error("SMS_GATEWAY_URL or SMS_GATEWAY_TOKEN cannot be used")]
    Gateway(#[from] HttpGatewayError),
}

// === impl App ===

impl App {
    /// Builds the service over a queue. The queue may be away; then the consumer waits for it.
    ///
    /// # Errors
    ///
    /// If key or gateway are missing or unusable.
    pub fn new(config: &Config, queue: Arc<dyn Queue>, drain: Drain) -> Result<Self, SetUpError> {
        let inbox = Inbox::new();
        match &config.gateway_url {
            Some(url) => {
                let token = config.gateway_token.as_ref();
                let gateway = HttpGateway::new(url.expose(), token, config.gateway_timeouts())?;
                Self::with_gateway(config, queue, Arc::new(gateway), None, drain)
            }
            None if config.demo => {
                log::warn!(
                    "SMS_GATEWAY_URL is not set: DEMO mode keeps text messages in memory, readable over HTTP. Never do this in production."
                );
                Self::with_gateway(config, queue, Arc::new(inbox.clone()), Some(inbox), drain)
            }
            None => Err(SetUpError::MissingGateway),
        }
    }

    fn with_gateway(
        config: &Config,
        queue: Arc<dyn Queue>,
        gateway: Arc<dyn Gateway>,
        inbox: Option<Inbox>,
        drain: Drain,
    ) -> Result<Self, SetUpError> {
        let shared = Shared {
            sealer: sealer(config)?,
            inbox,
            credential: config.service_credential.clone(),
            drain,
            demo: config.demo,
        };
        Phone::warm_up();

        Ok(Self {
            queue: QueueCalls::new(Arc::clone(&queue)),
            gateway,
            consumer: Consumer::new(queue),
            shared: Arc::new(shared),
        })
    }

    /// The demo's inbox, where that is the gateway.
    pub fn inbox(&self) -> Option<&Inbox> {
        self.shared.inbox.as_ref()
    }

    /// What has become of the messages so far.
    pub fn stats(&self) -> ConsumerStats {
        self.consumer.stats()
    }
}

/// Messages.
impl App {
    /// Hands every message to `process`, until the drain begins and those in work are finished.
    pub async fn consume<P, F>(self, process: P)
    where
        P: Fn(Self, Delivery) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let consumer = self.consumer.clone();
        let drain = self.shared.drain.token();
        consumer
            .run(drain, move |delivery| process(self.clone(), delivery))
            .await;
    }

    /// Opens a message.
    ///
    /// # Errors
    ///
    /// [`Failure::Expired`] after its deadline: a text message with a dead code is worse than none.
    /// [`Failure::Poison`] if it does not open: it never will.
    pub fn open(&self, delivery: &Delivery) -> Result<Sms, Failure> {
        if delivery.expires_within(Duration::ZERO) {
            return Err(Failure::Expired);
        }
        let letter = self
            .shared
            .sealer
            .open(delivery.key(), delivery.payload())
            .map_err(|error| Failure::poison("unreadable", error))?;
        Ok(Sms {
            key: delivery.key().to_owned(),
            phone: letter.phone,
            code: letter.code,
        })
    }

    /// Whether the message is still to be sent.
    ///
    /// # Errors
    ///
    /// [`Failure::InProgress`] if another delivery is at it, [`Failure::Expired`] if it is too late.
    pub fn is_due(&self, begun: Begun) -> Result<bool, Failure> {
        match begun {
            Begun::Started => Ok(true),
            Begun::AlreadyDone => Ok(false),
            Begun::InProgress => Err(Failure::InProgress),
            Begun::Expired => Err(Failure::Expired),
        }
    }
}

/// Routes.
impl App {
    /// Adds the demo's inbox, where that is the gateway.
    pub fn demo(&self, routes: Router<Self>) -> Router<Self> {
        match &self.shared.inbox {
            Some(inbox) => inbox_route::add(routes, inbox.clone()),
            None => routes,
        }
    }

    /// Puts the guards around the routes that a stage's tracing should see the answers of.
    pub fn guarded(&self, routes: Router<Self>) -> Router<Self> {
        guard::guarded(routes)
    }

    /// Completes the service: refuses callers without the credential before a stage sees them, adds the probes, which no
    /// stage traces, and hands the handlers their state.
    pub fn internal(self, routes: Router<Self>) -> Router {
        let queue = self.queue.clone();
        let readiness = Readiness::new(self.shared.drain.clone())
            .demo(self.shared.demo)
            .needs("queue", move || {
                let queue = queue.clone();
                async move { queue.is_there(PING).await }
            });
        let routes = credential::required(routes, self.shared.credential.clone());
        readiness.route(routes).with_state(self)
    }
}

fn sealer(config: &Config) -> Result<Sealer, SetUpError> {
    match config.message_key.split_first() {
        Some((newest, older)) => Ok(Sealer::new(newest, older)),
        None if config.demo => {
            log::warn!(
                "MESSAGE_KEY is not set: DEMO mode uses a random key, which opens no message of another process. Never do this in production."
            );
            Ok(Sealer::new(&Key::random(), &[]))
        }
        None => Err(SetUpError::MissingKey),
    }
}
