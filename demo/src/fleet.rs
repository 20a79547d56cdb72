//! The three services and the receiver, in this process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use compare::Rules;
use launcher::{Running, Service, Settings, Stage};
use platform::Credential;
use platform::secret::Key;
use secrecy::{ExposeSecret as _, SecretString};
use store::{Backend as _, Limits, MemoryStore, Namespace, QueueOptions, RedisStore, Store};
use tokio::runtime::{Handle, Runtime};
use viewer::Viewer;
use viewer::client::QueryClient;

use crate::options::{Options, RedisUrl, Stages};
use crate::runner::FleetRunner;

/// How long a finished span waits for company. The default of five seconds makes a demo look broken.
const SCHEDULE_DELAY: Duration = Duration::from_millis(50);

/// What stage native calls differently: by these rules the page compares any traces that it holds. It does not know their
/// stages, so it has not the rule of old headers, which the command `compare` reads for two fleets of which only one has them.
const NAMES: &str = include_str!("../rules/names.toml");

/// All that runs.
#[derive(Debug)]
pub(crate) struct Fleet {
    /// In the order in which they are to be stopped: callers first.
    services: Vec<Running>,
    /// `None` where `--otlp` names another.
    viewer: Option<Viewer>,
    /// Where the traces can be read.
    pub(crate) query: QueryClient,
    /// The address of the same.
    pub(crate) query_url: String,
    /// What api, auth and sms know each other by.
    pub(crate) credential: Credential,
    /// Dropped last, when nothing is written any more.
    _leftovers: Option<Leftovers>,
}

/// Where spans go.
#[derive(Clone, Debug)]
pub(crate) struct Receivers {
    /// By OTLP over gRPC.
    pub(crate) otlp: String,
    /// By Thrift over UDP, from services in stage legacy.
    pub(crate) agent: SocketAddr,
}

/// What this run leaves in a Redis that is not its own. Dropping it removes that, if Redis is there; anything but streams
/// expires in any case.
#[derive(Debug)]
pub(crate) struct Leftovers {
    runtime: Handle,
    url: SecretString,
    options: QueueOptions,
}

impl Receivers {
    /// Those of a viewer.
    ///
    /// # Errors
    ///
    /// If it takes no Thrift.
    pub(crate) fn of(viewer: &Viewer) -> anyhow::Result<Self> {
        Ok(Self {
            otlp: viewer.grpc_url(),
            agent: viewer
                .thrift_compact_addr()
                .context("the receiver takes no Thrift")?,
        })
    }
}

impl Fleet {
    /// Starts everything, on free ports. If it is to stay, its page can run other fleets.
    ///
    /// # Errors
    ///
    /// If a part cannot be started.
    pub(crate) fn start(runtime: &Runtime, options: &Options, stays: bool) -> anyhow::Result<Self> {
        let stages = options.stage;
        let rules = Rules::builtin().with("demo/rules/names.toml", NAMES)?;
        let mut viewer = Viewer::builder().rules(rules);
        if stays {
            viewer = viewer.runner(Arc::new(FleetRunner::new(options.phone.clone())));
        }
        Self::start_at(runtime, options, viewer, |receivers, wiring| {
            wiring.start(stages, |service| receivers.settings(service, stages))
        })
    }

    /// Starts everything, the services in a way of their own. They are to come in the order of [`Wiring::start`].
    ///
    /// # Errors
    ///
    /// If a part cannot be started.
    pub(crate) fn start_with(
        runtime: &Runtime,
        options: &Options,
        start: impl FnOnce(&Receivers, Wiring) -> anyhow::Result<Vec<Running>>,
    ) -> anyhow::Result<Self> {
        Self::start_at(runtime, options, Viewer::builder(), start)
    }

    fn start_at(
        runtime: &Runtime,
        options: &Options,
        viewer: viewer::Builder,
        start: impl FnOnce(&Receivers, Wiring) -> anyhow::Result<Vec<Running>>,
    ) -> anyhow::Result<Self> {
        let viewer = match &options.otlp {
            None => Some(
                runtime
                    .block_on(viewer.start())
                    .context("the receiver cannot be started")?,
            ),
            Some(_) => None,
        };
        let (otlp, query_url) = match (&viewer, &options.otlp, &options.query) {
            (Some(viewer), _, _) => (viewer.grpc_url(), viewer.query_url()),
            (None, Some(otlp), Some(query)) => (otlp.clone(), query.clone()),
            _ => unreachable!("the command line asks for both --otlp and --query, or neither"),
        };
        let agent = viewer.as_ref().and_then(Viewer::thrift_compact_addr);
        let receivers = Receivers {
            otlp,
            agent: agent.unwrap_or(options.agent),
        };
        let query = QueryClient::new(&query_url)?;
        let credential = Credential::random();
        // On a Redis of others, a demo must neither take their messages nor leave them its own.
        let namespace = Namespace::default().for_one_run();
        let leftovers = options
            .redis
            .as_ref()
            .map(|url| Leftovers::new(runtime.handle(), url, &namespace));
        let home = match &options.redis {
            Some(url) => Home::Redis(url, &namespace),
            None => Home::Here(Arc::new(MemoryStore::new(
                Limits::default(),
                QueueOptions::default(),
            ))),
        };
        let services = start(&receivers, Wiring::new(&credential, home))?;
        Ok(Self {
            services,
            viewer,
            query,
            query_url,
            credential,
            _leftovers: leftovers,
        })
    }

    /// The address of a service.
    #[must_use]
    pub(crate) fn url(&self, service: Service) -> String {
        url_of(&self.services, service)
    }

    /// Puts a service in the place of the one that it relieves, and returns that.
    pub(crate) fn replace(&mut self, service: Running) -> Option<Running> {
        let mut services = self.services.iter_mut();
        let place = services.find(|running| running.service() == service.service())?;
        Some(std::mem::replace(place, service))
    }

    /// The receiver of this process, if there is one.
    #[must_use]
    pub(crate) fn viewer(&self) -> Option<&Viewer> {
        self.viewer.as_ref()
    }

    /// Stops the services, which sends their last spans. Returns how many spans were lost.
    pub(crate) fn stop_services(&mut self) -> u64 {
        self.services
            .drain(..)
            .map(|running| running.stop().missing())
            .sum()
    }

    /// Stops everything.
    pub(crate) fn stop(mut self, runtime: &Runtime) {
        self.stop_services();
        if let Some(viewer) = self.viewer.take() {
            runtime.block_on(viewer.shutdown());
        }
    }
}

impl Leftovers {
    /// What a run leaves under these names.
    #[must_use]
    pub(crate) fn new(runtime: &Handle, url: &RedisUrl, namespace: &Namespace) -> Self {
        Self {
            runtime: runtime.clone(),
            url: url.as_str().into(),
            options: QueueOptions {
                namespace: namespace.clone(),
                ..QueueOptions::default()
            },
        }
    }

    /// The store of the run.
    ///
    /// # Errors
    ///
    /// If the URL is of no use to the client.
    pub(crate) fn store(&self) -> anyhow::Result<RedisStore> {
        let _on = self.runtime.enter();
        let url = self.url.expose_secret();
        Ok(RedisStore::connect(
            url,
            Limits::default(),
            self.options.clone(),
        )?)
    }
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        let removed = self.runtime.block_on(async {
            let store = self.store()?;
            store.remove_streams().await?;
            store.close().await;
            anyhow::Ok(())
        });
        if let Err(error) = removed {
            log::warn!("The streams of this run could not be removed from Redis: {error:#}");
        }
    }
}

/// Where challenges, sessions and messages are.
#[derive(Debug)]
pub(crate) enum Home<'a> {
    /// In this process.
    Here(Arc<dyn Store>),
    /// In a Redis, under names of their own.
    Redis(&'a RedisUrl, &'a Namespace),
}

/// What three services have to agree on, so that they are one system.
#[derive(Clone, Debug)]
pub(crate) struct Wiring {
    credential: Credential,
    /// How auth is to be, with keys that outlive it.
    pub(crate) auth: auth::Config,
    /// How sms is to be.
    pub(crate) sms: sms::Config,
    /// `None` where the configurations name a Redis.
    pub(crate) store: Option<Arc<dyn Store>>,
}

/// Starts the services of a fleet, on free ports, callers first.
///
/// # Errors
///
/// If one cannot be started.
pub(crate) fn services(
    stages: Stages,
    credential: &Credential,
    home: Home<'_>,
    settings: impl Fn(Service) -> anyhow::Result<Settings>,
) -> anyhow::Result<Vec<Running>> {
    Wiring::new(credential, home).start(stages, settings)
}

/// The address of one of these.
#[must_use]
pub(crate) fn url_of(services: &[Running], service: Service) -> String {
    let mut running = services.iter();
    let running = running.find(|running| running.service() == service);
    running.map(Running::url).unwrap_or_default()
}

impl Wiring {
    fn new(credential: &Credential, home: Home<'_>) -> Self {
        let key = Key::random();
        let mut auth = auth::Config::embedded(credential.clone(), key.clone());
        let mut sms = sms::Config::embedded(credential.clone(), key);
        let store = match home {
            Home::Here(store) => Some(store),
            Home::Redis(url, namespace) => {
                auth.redis_url = url.as_str().into();
                auth.redis_namespace = namespace.clone();
                sms.redis_url = url.as_str().into();
                sms.redis_namespace = namespace.clone();
                None
            }
        };
        Self {
            credential: credential.clone(),
            auth,
            sms,
            store,
        }
    }

    /// How api is to be, in front of an auth at this address.
    ///
    /// # Errors
    ///
    /// If that is no address.
    pub(crate) fn api(&self, auth: &str) -> anyhow::Result<api::Config> {
        Ok(api::Config::embedded(
            auth.parse()?,
            self.credential.clone(),
        ))
    }

    /// Starts the services, and returns them in the order in which they are to be stopped: callers first.
    fn start(
        self,
        stages: Stages,
        settings: impl Fn(Service) -> anyhow::Result<Settings>,
    ) -> anyhow::Result<Vec<Running>> {
        let store = self.store.clone();
        let auth = launcher::auth(stages.auth, &self.auth, store, &settings(Service::Auth)?)?;
        let api = self.api(&auth.url())?;
        let sms = launcher::sms(stages.sms, &self.sms, self.store, &settings(Service::Sms)?)?;
        let api = launcher::api(stages.api, &api, &settings(Service::Api)?)?;
        Ok(vec![api, auth, sms])
    }
}

impl Receivers {
    /// How a service of a fleet has to be set up, so that its spans come here and its neighbours understand it.
    ///
    /// # Errors
    ///
    /// Never for the stages that there are: their propagators exist.
    pub(crate) fn settings(&self, service: Service, stages: Stages) -> anyhow::Result<Settings> {
        Settings::embedded(service.name(), &self.otlp)
            .agent(self.agent)
            .schedule_delay(SCHEDULE_DELAY)
            .resource_attribute("migration.stage", stages.of(service).name())
            .propagators(Stage::propagators(&stages.all()))
    }
}
