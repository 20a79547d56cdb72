//! A service that runs, until it is told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use futures::future::BoxFuture;
use pipeline::Counts;
use platform::Drain;
use platform::drain::Signals;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tracing::Dispatch;

use crate::census;
use crate::socket::Listen;
use crate::telemetry::Telemetry;
use crate::{Service, Settings, Stage};

/// For requests and messages in hand. Beyond it they are dropped: the message comes again, the request's caller is told.
const DRAIN_BUDGET: Duration = Duration::from_millis(3_200);
/// For tasks that did not hear of the drain.
const RUNTIME_BUDGET: Duration = Duration::from_millis(200);
/// For the spans that are left. All three together stay below five seconds.
const TELEMETRY_BUDGET: Duration = Duration::from_millis(1_400);

/// A started service. Drop stops it as well as [`Running::stop`] does, without telling what became of the spans.
#[derive(Debug)]
pub struct Running {
    service: Service,
    stage: Stage,
    address: SocketAddr,
    drain: Drain,
    /// `None` once stopped.
    life: Option<Life>,
}

#[derive(Debug)]
struct Life {
    runtime: Runtime,
    main: JoinHandle<()>,
    telemetry: Telemetry,
}

/// What a service consists of, once it is built.
pub(crate) struct Parts {
    pub(crate) routes: Router,
    /// Runs beside the routes and ends when the drain has begun.
    pub(crate) beside: Option<BoxFuture<'static, ()>>,
    /// Runs when both have ended.
    pub(crate) last: BoxFuture<'static, ()>,
}

impl Running {
    /// Sets telemetry and a runtime up, builds the service on it and serves. Returns when the service listens.
    pub(crate) fn start<B, F>(
        service: Service,
        stage: Stage,
        listen: Listen,
        settings: &Settings,
        build: B,
    ) -> anyhow::Result<Self>
    where
        B: FnOnce(&Telemetry, Drain) -> F,
        F: Future<Output = anyhow::Result<Parts>> + Send + 'static,
    {
        let telemetry = Telemetry::start(service, stage, settings)?;
        let dispatch = telemetry.dispatch().clone();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(service.name())
            .on_thread_start(move || logging::adopt(&dispatch))
            .enable_all()
            .build()
            .context("the runtime could not be started")?;

        let drain = Drain::new();
        let building = build(&telemetry, drain.clone());
        let draining = drain.clone();
        let census = telemetry.census();
        let started = runtime.spawn(async move {
            let in_turn = listen.is_held();
            let place = listen.address();
            let listener = listen
                .listener()
                .await
                .with_context(|| format!("{service} cannot listen on {place}"))?;
            let address = listener.local_addr()?;
            let mut parts = building.await?;
            if let Some(census) = census {
                parts.routes = census::detail(census).around(parts.routes);
            }
            log::info!("{service} listens on {address} in stage {stage}.");
            anyhow::Ok((
                address,
                tokio::spawn(serve(listener, in_turn, parts, draining)),
            ))
        });
        let (address, main) = runtime
            .block_on(started)
            .context("the service ended while it was being started")??;
        Ok(Self {
            service,
            stage,
            address,
            drain,
            life: Some(Life {
                runtime,
                main,
                telemetry,
            }),
        })
    }

    /// Which service it is.
    #[must_use]
    pub fn service(&self) -> Service {
        self.service
    }

    /// In which stage it runs.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as a URL without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The subscriber of this service, for a process that has nobody else in it.
    #[must_use]
    pub fn dispatch(&self) -> Option<Dispatch> {
        self.life
            .as_ref()
            .map(|life| life.telemetry.dispatch().clone())
    }

    /// Blocks until the process is asked to end, or the service ended by itself.
    ///
    /// # Errors
    ///
    /// If the operating system refuses signal handlers, or the service ended unasked.
    pub fn wait(&mut self, signals: &mut Signals) -> anyhow::Result<()> {
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        let main = &mut life.main;
        life.runtime.block_on(async {
            tokio::select! {
                signal = signals.received() => signal.context("signals cannot be received"),
                ended = main => {
                    ended.context("the service failed")?;
                    anyhow::bail!("the service ended unasked")
                }
            }
        })
    }

    /// Stops accepting, finishes what is in hand, stops the consumer, flushes telemetry. Takes less than five seconds
    /// whatever the collector and the store do, and says what became of the spans. Blocks; not for a runtime's thread.
    pub fn stop(mut self) -> Counts {
        self.end()
    }

    fn end(&mut self) -> Counts {
        let Some(Life {
            runtime,
            main,
            telemetry,
        }) = self.life.take()
        else {
            return Counts::default();
        };
        self.drain.begin();
        let dispatch = telemetry.dispatch().clone();
        let ended = runtime.block_on(async move { tokio::time::timeout(DRAIN_BUDGET, main).await });
        tracing::dispatcher::with_default(&dispatch, || {
            if ended.is_err() {
                log::warn!("The service was still busy when its time to drain was over.");
            }
        });
        runtime.shutdown_timeout(RUNTIME_BUDGET);
        // After the runtime, so that spans which its tasks dropped are among those flushed.
        let counts = telemetry.shutdown(TELEMETRY_BUDGET);
        tracing::dispatcher::with_default(&dispatch, || {
            log::info!("{} has stopped.", self.service)
        });
        counts
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

async fn serve(listener: TcpListener, in_turn: bool, parts: Parts, drain: Drain) {
    let routes = async {
        if in_turn {
            platform::server::serve_in_turn(listener, parts.routes, drain).await;
        } else {
            platform::server::serve(listener, parts.routes, drain).await;
        }
    };
    match parts.beside {
        Some(beside) => {
            tokio::join!(routes, beside);
        }
        None => routes.await,
    }
    parts.last.await;
}
