//! Builds each of the services in each of the stages.

use std::sync::Arc;

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::ExposeSecret as _;
use store::{Limits, QueueOptions, RedisStore, Store};

use crate::running::Parts;
use crate::socket::Listen;
use crate::telemetry::Telemetry;
use crate::{Running, Service, Settings, Socket, Stage};

/// Starts api.
///
/// # Errors
///
/// If it cannot listen, or its configuration cannot be used.
pub fn api(stage: Stage, config: &api::Config, settings: &Settings) -> anyhow::Result<Running> {
    let config = config.clone();
    Running::start(
        Service::Api,
        stage,
        Listen::At(config.listen),
        settings,
        |telemetry, drain| {
            let cell: Box<dyn FnOnce(api::App) -> axum::Router + Send> = match telemetry {
                Telemetry::Bare(_) => Box::new(stage_bare::api::router),
                Telemetry::Legacy(legacy) => {
                    let telemetry = legacy.telemetry.clone();
                    Box::new(|app| stage_legacy::api::router(app, telemetry))
                }
                Telemetry::Dropin(dropin) => {
                    let telemetry = dropin.telemetry.clone();
                    Box::new(|app| stage_dropin::api::router(app, telemetry))
                }
                Telemetry::Shim(shim) => {
                    let telemetry = shim.telemetry.clone();
                    Box::new(|app| stage_shim::api::router(app, telemetry))
                }
                Telemetry::Mixed(mixed) => {
                    let telemetry = mixed.telemetry.clone();
                    Box::new(|app| stage_mixed::api::router(app, telemetry))
                }
                Telemetry::Native(native) => {
                    let telemetry = native.telemetry.clone();
                    Box::new(|app| stage_native::api::router(app, telemetry))
                }
                Telemetry::Mistake(cell) => cell.flow().api(),
            };
            async move {
                let app = api::App::new(&config, drain).context("API_AUTH_URL")?;
                Ok(Parts {
                    routes: cell(app),
                    beside: None,
                    last: nothing(),
                })
            }
        },
    )
}

/// Starts auth over `store`, or over the Redis that the configuration names.
///
/// # Errors
///
/// If it cannot listen, or its configuration cannot be used. A Redis that is away is no error: the service answers 503
/// until it is back.
pub fn auth(
    stage: Stage,
    config: &auth::Config,
    store: Option<Arc<dyn Store>>,
    settings: &Settings,
) -> anyhow::Result<Running> {
    start_auth(Listen::At(config.listen), stage, config, store, settings)
}

/// The same on a socket that outlives it, in place of the address of its configuration. A second one can be started there
/// before the first is stopped, over the same store and with the same keys.
///
/// # Errors
///
/// As [`auth()`], or if there are no file descriptors left.
pub fn auth_on(
    socket: &Socket,
    stage: Stage,
    config: &auth::Config,
    store: Option<Arc<dyn Store>>,
    settings: &Settings,
) -> anyhow::Result<Running> {
    start_auth(socket.share()?, stage, config, store, settings)
}

fn start_auth(
    listen: Listen,
    stage: Stage,
    config: &auth::Config,
    store: Option<Arc<dyn Store>>,
    settings: &Settings,
) -> anyhow::Result<Running> {
    let config = config.clone();
    Running::start(
        Service::Auth,
        stage,
        listen,
        settings,
        |telemetry, drain| {
            let cell: Box<dyn FnOnce(auth::App) -> axum::Router + Send> = match telemetry {
                Telemetry::Bare(_) => Box::new(stage_bare::auth::router),
                Telemetry::Legacy(legacy) => {
                    let telemetry = legacy.telemetry.clone();
                    Box::new(|app| stage_legacy::auth::router(app, telemetry))
                }
                Telemetry::Dropin(dropin) => {
                    let telemetry = dropin.telemetry.clone();
                    Box::new(|app| stage_dropin::auth::router(app, telemetry))
                }
                Telemetry::Shim(shim) => {
                    let telemetry = shim.telemetry.clone();
                    Box::new(|app| stage_shim::auth::router(app, telemetry))
                }
                Telemetry::Mixed(mixed) => {
                    let telemetry = mixed.telemetry.clone();
                    Box::new(|app| stage_mixed::auth::router(app, telemetry))
                }
                Telemetry::Native(native) => {
                    let telemetry = native.telemetry.clone();
                    Box::new(|app| stage_native::auth::router(app, telemetry))
                }
                Telemetry::Mistake(cell) => cell.flow().auth(),
            };
            async move {
                let store = given_or_redis(
                    store,
                    &config.redis_url,
                    config.limits(),
                    config.queue_options(),
                )?;
                let app = auth::App::new(&config, store.clone(), store.clone(), drain)?;
                Ok(Parts {
                    routes: cell(app),
                    beside: None,
                    last: close(store),
                })
            }
        },
    )
}

/// Starts sms over `store`, or over the Redis that the configuration names.
///
/// # Errors
///
/// If it cannot listen, or its configuration cannot be used. A Redis that is away is no error: the consumer waits for it.
pub fn sms(
    stage: Stage,
    config: &sms::Config,
    store: Option<Arc<dyn Store>>,
    settings: &Settings,
) -> anyhow::Result<Running> {
    type Cell = Box<dyn FnOnce(sms::App) -> (axum::Router, BoxFuture<'static, ()>) + Send>;
    let config = config.clone();
    Running::start(
        Service::Sms,
        stage,
        Listen::At(config.listen),
        settings,
        |telemetry, drain| {
            let cell: Cell = match telemetry {
                Telemetry::Bare(_) => Box::new(|app| {
                    (
                        stage_bare::sms::router(app.clone()),
                        stage_bare::sms::run(app).boxed(),
                    )
                }),
                Telemetry::Legacy(legacy) => {
                    let telemetry = legacy.telemetry.clone();
                    Box::new(|app| {
                        let routes = stage_legacy::sms::router(app.clone(), telemetry.clone());
                        (routes, stage_legacy::sms::run(app, telemetry).boxed())
                    })
                }
                Telemetry::Dropin(dropin) => {
                    let telemetry = dropin.telemetry.clone();
                    Box::new(|app| {
                        let routes = stage_dropin::sms::router(app.clone(), telemetry.clone());
                        (routes, stage_dropin::sms::run(app, telemetry).boxed())
                    })
                }
                Telemetry::Shim(shim) => {
                    let telemetry = shim.telemetry.clone();
                    Box::new(|app| {
                        let routes = stage_shim::sms::router(app.clone(), telemetry.clone());
                        (routes, stage_shim::sms::run(app, telemetry).boxed())
                    })
                }
                Telemetry::Mixed(mixed) => {
                    let telemetry = mixed.telemetry.clone();
                    Box::new(|app| {
                        let routes = stage_mixed::sms::router(app.clone(), telemetry.clone());
                        (routes, stage_mixed::sms::run(app, telemetry).boxed())
                    })
                }
                Telemetry::Native(native) => {
                    let telemetry = native.telemetry.clone();
                    Box::new(|app| {
                        let routes = stage_native::sms::router(app.clone(), telemetry.clone());
                        (routes, stage_native::sms::run(app, telemetry).boxed())
                    })
                }
                Telemetry::Mistake(cell) => cell.flow().sms(),
            };
            async move {
                let store = given_or_redis(
                    store,
                    &config.redis_url,
                    Limits::default(),
                    config.queue_options(),
                )?;
                let app = sms::App::new(&config, store.clone(), drain)?;
                let (routes, consumer) = cell(app);
                Ok(Parts {
                    routes,
                    beside: Some(consumer),
                    last: close(store),
                })
            }
        },
    )
}

fn given_or_redis(
    store: Option<Arc<dyn Store>>,
    url: &secrecy::SecretString,
    limits: Limits,
    options: QueueOptions,
) -> anyhow::Result<Arc<dyn Store>> {
    match store {
        Some(store) => Ok(store),
        None => {
            let redis =
                RedisStore::connect(url.expose_secret(), limits, options).context("REDIS_URL")?;
            Ok(Arc::new(redis))
        }
    }
}

fn close(store: Arc<dyn Store>) -> BoxFuture<'static, ()> {
    async move { store.close().await }.boxed()
}

fn nothing() -> BoxFuture<'static, ()> {
    async {}.boxed()
}
