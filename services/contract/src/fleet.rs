//! Three services in one process, over the in-process store.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use futures::future::BoxFuture;
use platform::secret::Key;
use platform::{Credential, Drain, Url, server};
use store::{MemoryStore, QueueOptions, Store};
use tokio::net::TcpListener;

use crate::{Numbers, Target};

/// The services before a stage has wired them.
#[derive(Debug)]
pub struct Apps {
    /// The public service.
    pub api: api::App,
    /// Codes and sessions.
    pub auth: auth::App,
    /// The consumer.
    pub sms: sms::App,
}

/// The services as a stage has wired them.
pub struct Services {
    /// The routes of api.
    pub api: Router,
    /// The routes of auth.
    pub auth: Router,
    /// The routes of sms.
    pub sms: Router,
    /// The consumer of sms, until the service drains.
    pub consumer: BoxFuture<'static, ()>,
}

/// Running services, which end when this is dropped.
#[derive(Debug)]
pub struct Fleet {
    target: Target,
    drain: Drain,
}

impl Fleet {
    /// Starts the services on free ports over a store in memory.
    pub async fn start(numbers: Numbers, wire: impl FnOnce(Apps) -> Services) -> Self {
        let limits = auth_config(numbers, Credential::random(), Key::random()).limits();
        let store = Arc::new(MemoryStore::new(limits, QueueOptions::default()));
        Self::start_over(store, numbers, wire).await
    }

    /// Starts the services on free ports over this store, which must have been built with the same numbers.
    pub async fn start_over<S>(
        store: Arc<S>,
        numbers: Numbers,
        wire: impl FnOnce(Apps) -> Services,
    ) -> Self
    where
        S: Store + 'static,
    {
        let drain = Drain::new();
        let credential = Credential::random();
        let key = Key::random();
        let (api_listener, api_url) = listen().await;
        let (auth_listener, auth_url) = listen().await;
        let (sms_listener, sms_url) = listen().await;

        let api_config = api::Config::embedded(auth_url.clone(), credential.clone());
        let auth_config = auth_config(numbers, credential.clone(), key.clone());
        let sms_config = sms::Config::embedded(credential.clone(), key);
        let (challenges, sessions, queue) = (Arc::clone(&store), Arc::clone(&store), store);
        let services = wire(Apps {
            api: api::App::new(&api_config, drain.clone()).expect("the address of auth is valid"),
            auth: auth::App::new(&auth_config, challenges, sessions, drain.clone())
                .expect("keys are set"),
            sms: sms::App::new(&sms_config, queue, drain.clone()).expect("key and inbox are set"),
        });

        tokio::spawn(server::serve(api_listener, services.api, drain.clone()));
        tokio::spawn(server::serve(auth_listener, services.auth, drain.clone()));
        tokio::spawn(server::serve(sms_listener, services.sms, drain.clone()));
        tokio::spawn(services.consumer);
        Self {
            target: Target::new(api_url, auth_url, sms_url, credential, numbers),
            drain,
        }
    }

    /// Starts api alone: where it expects auth and sms, nobody listens.
    pub async fn start_alone(wire: impl FnOnce(api::App) -> Router) -> Self {
        let drain = Drain::new();
        let credential = Credential::random();
        let (listener, api_url) = listen().await;
        let (_, nobody) = listen().await;

        let config = api::Config::embedded(nobody.clone(), credential.clone());
        let app = api::App::new(&config, drain.clone()).expect("the address of auth is valid");
        tokio::spawn(server::serve(listener, wire(app), drain.clone()));
        Self {
            target: Target::new(
                api_url,
                nobody.clone(),
                nobody,
                credential,
                Numbers::default(),
            ),
            drain,
        }
    }

    /// Where the services are.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Says that the stage traces.
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.target = self.target.clone().traced(true);
        self
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.drain.begin();
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Services").finish_non_exhaustive()
    }
}

fn auth_config(numbers: Numbers, credential: Credential, key: Key) -> auth::Config {
    let mut config = auth::Config::embedded(credential, key);
    config.code_lifetime = numbers.lifetime;
    config.code_attempts = numbers.attempts;
    config.code_cooldown = numbers.cooldown;
    config.session_idle = numbers.session_idle;
    config.session_lifetime = numbers.session_lifetime;
    config
}

async fn listen() -> (TcpListener, Url) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = TcpListener::bind(address)
        .await
        .expect("the loopback has a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let url = format!("http://{address}")
        .parse()
        .expect("a socket address makes a URL");
    (listener, url)
}
