//! Three services in this process, each started as the binary starts it, over a store in memory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use contract::{Numbers, Target};
use launcher::{Counts, Running, Service, Settings, Stage};
use platform::secret::Key;
use platform::{Credential, Url};
use store::{MemoryStore, Store};

use super::Receiver;

/// The stages of api, auth and sms.
pub(crate) type Stages = [Stage; 3];

/// What to start.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    stages: Stages,
    numbers: Numbers,
    otlp: String,
    agent: SocketAddr,
    share: Option<f64>,
    gateway: Option<Url>,
    redis: Option<String>,
    propagators: Option<String>,
}

/// What runs. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Fleet {
    /// Callers first, which is the order to stop them in.
    services: Vec<Running>,
    target: Target,
}

impl Setup {
    /// Services in these stages, which send their spans to this receiver.
    pub(crate) fn new(stages: Stages, receiver: &Receiver) -> Self {
        Self {
            stages,
            numbers: Numbers::default(),
            otlp: receiver.url(),
            agent: receiver.agent(),
            share: None,
            gateway: None,
            redis: None,
            propagators: None,
        }
    }

    /// Other numbers than the defaults of auth.
    pub(crate) fn numbers(mut self, numbers: Numbers) -> Self {
        self.numbers = numbers;
        self
    }

    /// The share of traces that each service keeps of those that begin with it.
    pub(crate) fn keep(mut self, share: f64) -> Self {
        self.share = Some(share);
        self
    }

    /// A gateway over HTTP in place of the demo's inbox. It is tried again without much ado.
    pub(crate) fn gateway(mut self, url: Url) -> Self {
        self.gateway = Some(url);
        self
    }

    /// A Redis, which may be away, in place of the store in memory.
    pub(crate) fn redis(mut self, url: String) -> Self {
        self.redis = Some(url);
        self
    }

    /// Another receiver of OTLP.
    pub(crate) fn otlp(mut self, url: String) -> Self {
        self.otlp = url;
        self
    }

    /// These propagators in place of the default ones.
    pub(crate) fn propagators(mut self, names: &str) -> Self {
        self.propagators = Some(names.to_owned());
        self
    }

    /// Starts all three.
    pub(crate) async fn start(self) -> Fleet {
        blocking(move || self.start_all()).await
    }

    /// Starts api alone: where it expects auth, nobody listens.
    pub(crate) async fn start_api_alone(self) -> Fleet {
        let nobody = testbed::free_port();
        self.start_api_before(nobody).await
    }

    /// Starts api alone: what listens where it expects auth is the caller's.
    pub(crate) async fn start_api_before(self, auth: SocketAddr) -> Fleet {
        let auth: Url = format!("http://{auth}")
            .parse()
            .expect("a socket address makes a URL");
        blocking(move || {
            let credential = Credential::random();
            let api = self.api(&auth, &credential);
            let target = Target::new(url(&api), auth.clone(), auth, credential, self.numbers)
                .traced(self.stages[0].traces());
            Fleet {
                services: vec![api],
                target,
            }
        })
        .await
    }

    /// Starts api and auth: what auth leaves in the store is the caller's.
    pub(crate) async fn start_before(self, store: Arc<MemoryStore>) -> Fleet {
        blocking(move || {
            let credential = Credential::random();
            let config = auth::Config::embedded(credential.clone(), Key::random());
            let settings = self.settings(Service::Auth);
            let auth = launcher::auth(self.stages[1], &config, Some(store), &settings);
            let auth = auth.expect("auth starts");
            let api = self.api(&url(&auth), &credential);
            let target = Target::new(url(&api), url(&auth), url(&auth), credential, self.numbers);
            Fleet {
                services: vec![api, auth],
                target: target.traced(self.stages[0].traces()),
            }
        })
        .await
    }

    fn start_all(self) -> Fleet {
        let credential = Credential::random();
        let key = Key::random();
        let mut auth = auth::Config::embedded(credential.clone(), key.clone());
        auth.code_lifetime = self.numbers.lifetime;
        auth.code_attempts = self.numbers.attempts;
        auth.code_cooldown = self.numbers.cooldown;
        auth.session_idle = self.numbers.session_idle;
        auth.session_lifetime = self.numbers.session_lifetime;
        let mut sms = sms::Config::embedded(credential.clone(), key);
        sms.retry_after = Duration::from_millis(5);
        if let Some(url) = &self.gateway {
            sms.gateway_url = Some(url.as_str().parse().expect("the gateway's address is one"));
        }
        let store: Option<Arc<dyn Store>> = match &self.redis {
            None => Some(Arc::new(MemoryStore::new(
                auth.limits(),
                sms.queue_options(),
            ))),
            Some(url) => {
                auth.redis_url = url.as_str().into();
                sms.redis_url = url.as_str().into();
                None
            }
        };

        let auth = launcher::auth(
            self.stages[1],
            &auth,
            store.clone(),
            &self.settings(Service::Auth),
        )
        .expect("auth starts");
        let sms = launcher::sms(self.stages[2], &sms, store, &self.settings(Service::Sms))
            .expect("sms starts");
        let api = self.api(&url(&auth), &credential);
        let target = Target::new(url(&api), url(&auth), url(&sms), credential, self.numbers)
            .traced(self.stages[0].traces());
        Fleet {
            services: vec![api, auth, sms],
            target,
        }
    }

    fn api(&self, auth: &Url, credential: &Credential) -> Running {
        let config = api::Config::embedded(auth.clone(), credential.clone());
        launcher::api(self.stages[0], &config, &self.settings(Service::Api)).expect("api starts")
    }

    fn settings(&self, service: Service) -> Settings {
        let names = self.propagators.as_deref();
        let settings = Settings::embedded(service.name(), &self.otlp)
            .agent(self.agent)
            .propagators(names.unwrap_or(Stage::propagators(&self.stages)))
            .expect("they exist");
        match self.share {
            Some(share) => settings.keep(share),
            None => settings,
        }
    }
}

impl Fleet {
    /// Starts the services with a receiver.
    pub(crate) async fn start(stages: Stages) -> (Self, Arc<Receiver>) {
        let receiver = Receiver::of(stages);
        let fleet = Setup::new(stages, &receiver).start().await;
        (fleet, receiver)
    }

    /// Where the services are.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Stops the services, callers first, which finishes and sends all that they have in hand: from here on, the traces
    /// are complete. Demands that no span was lost.
    pub(crate) async fn finish(mut self) {
        let services = std::mem::take(&mut self.services);
        let counts = blocking(|| services.into_iter().map(Running::stop).collect::<Vec<_>>()).await;
        assert!(
            counts.iter().all(|counts: &Counts| counts.missing() == 0),
            "{counts:?}"
        );
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let services = std::mem::take(&mut self.services);
        // A service that stops drives its own runtime, which a thread of the test's runtime may not.
        let stopped = thread::spawn(|| drop(services)).join();
        if !thread::panicking() {
            stopped.expect("services stop");
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .expect("nothing panics")
}

fn url(service: &Running) -> Url {
    service.url().parse().expect("a service's address is a URL")
}
