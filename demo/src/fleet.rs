//! The three services and the receiver, in this process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use launcher::{Running, Service, Settings, Stage};
use platform::Credential;
use platform::secret::Key;
use secrecy::{ExposeSecret as _, SecretString};
use store::{Backend as _, Limits, MemoryStore, Namespace, QueueOptions, RedisStore, Store};
use tokio::runtime::{Handle, Runtime};
use viewer::Viewer;
use viewer::client::QueryClient;

use crate::options::{Options, Stages};

/// How long a finished span waits for company. The default of five seconds makes a demo look broken.
const SCHEDULE_DELAY: Duration = Duration::from_millis(50);

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
#[derive(Debug)]
struct Receivers {
    /// By OTLP over gRPC.
    otlp: String,
    /// By Thrift over UDP, from services in stage legacy.
    agent: SocketAddr,
}

/// What this run leaves in a Redis that is not its own. Dropping it removes that, if Redis is there; anything but streams
/// expires in any case.
#[derive(Debug)]
struct Leftovers {
    runtime: Handle,
    url: SecretString,
    options: QueueOptions,
}

impl Fleet {
    /// Starts everything, on free ports.
    ///
    /// # Errors
    ///
    /// If a part cannot be started.
    pub(crate) fn start(runtime: &Runtime, options: &Options) -> anyhow::Result<Self> {
        let viewer = match &options.otlp {
            None => Some(
                runtime
                    .block_on(Viewer::builder().start())
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
        let leftovers = options.redis.as_ref().map(|url| Leftovers {
            runtime: runtime.handle().clone(),
            url: url.as_str().into(),
            options: QueueOptions {
                namespace: namespace.clone(),
                ..QueueOptions::default()
            },
        });
        let services = services(options, &receivers, &credential, &namespace)?;
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
        let running = self
            .services
            .iter()
            .find(|running| running.service() == service);
        running.map(Running::url).unwrap_or_default()
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

impl Drop for Leftovers {
    fn drop(&mut self) {
        let removed = self.runtime.block_on(async {
            let store = RedisStore::connect(
                self.url.expose_secret(),
                Limits::default(),
                self.options.clone(),
            )?;
            store.remove_streams().await?;
            store.close().await;
            anyhow::Ok(())
        });
        if let Err(error) = removed {
            log::warn!("The streams of this run could not be removed from Redis: {error:#}");
        }
    }
}

fn services(
    options: &Options,
    receivers: &Receivers,
    credential: &Credential,
    namespace: &Namespace,
) -> anyhow::Result<Vec<Running>> {
    let stages: Stages = options.stage;
    let settings = |service: Service| {
        Settings::embedded(service.name(), &receivers.otlp)
            .agent(receivers.agent)
            .schedule_delay(SCHEDULE_DELAY)
            .resource_attribute("migration.stage", stages.of(service).name())
            .propagators(Stage::propagators(&stages.all()))
    };
    let key = Key::random();
    let mut auth = auth::Config::embedded(credential.clone(), key.clone());
    let mut sms = sms::Config::embedded(credential.clone(), key);
    let store: Option<Arc<dyn Store>> = match &options.redis {
        None => Some(Arc::new(MemoryStore::new(
            auth.limits(),
            sms.queue_options(),
        ))),
        Some(url) => {
            auth.redis_url = url.as_str().into();
            auth.redis_namespace = namespace.clone();
            sms.redis_url = url.as_str().into();
            sms.redis_namespace = namespace.clone();
            None
        }
    };

    let auth = launcher::auth(stages.auth, &auth, store.clone(), &settings(Service::Auth)?)?;
    let sms = launcher::sms(stages.sms, &sms, store, &settings(Service::Sms)?)?;
    let api = api::Config::embedded(auth.url().parse()?, credential.clone());
    let api = launcher::api(stages.api, &api, &settings(Service::Api)?)?;
    Ok(vec![api, auth, sms])
}
