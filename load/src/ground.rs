//! What stands around the system: the gateway, the receiver of spans, the store.

use anyhow::{Context as _, bail};
use testbed::programs::REDIS_SERVER;
use testbed::redis::RedisServer;
use tokio::runtime::Handle;

use crate::cpu::{self, Division};
use crate::gateway::Gateway;
use crate::options::{CardsOptions, Place};
use crate::sink::Sink;

/// All of it, in this process but for Redis.
#[derive(Debug)]
pub(crate) struct Ground {
    /// Takes messages.
    pub(crate) gateway: Gateway,
    /// Takes spans.
    pub(crate) sink: Sink,
    /// `None` where the store is in the system's process.
    pub(crate) redis: Option<RedisServer>,
    /// `None` where the operating system chooses.
    pub(crate) division: Option<Division>,
}

impl Ground {
    /// Prepares it on free ports.
    ///
    /// # Errors
    ///
    /// If a part cannot be started, or there is no Redis and there has to be one.
    pub(crate) fn prepare(
        runtime: &Handle,
        options: &CardsOptions,
        division: Option<Division>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            gateway: Gateway::start(runtime).context("the gateway cannot be started")?,
            sink: Sink::start(runtime).context("the receiver cannot be started")?,
            redis: redis(options.store)?,
            division,
        })
    }

    /// What the store is, in words.
    #[must_use]
    pub(crate) fn store(&self) -> String {
        let Some(redis) = &self.redis else {
            return "in the services' process".to_owned();
        };
        let about = redis.ask(&["INFO", "server"]).unwrap_or_default();
        let version = about
            .lines()
            .find_map(|line| line.strip_prefix("redis_version:"));
        format!(
            "Redis {}",
            version.unwrap_or("of an unknown version").trim()
        )
    }

    /// Forgets what the last system left.
    ///
    /// # Errors
    ///
    /// If Redis has gone.
    pub(crate) fn clear(&self) -> anyhow::Result<()> {
        self.gateway.clear();
        if let Some(redis) = &self.redis {
            redis.ask(&["FLUSHALL"]).context("Redis has gone")?;
        }
        Ok(())
    }
}

/// Divides the CPUs, and keeps this process, and Redis after it, on the part that is not for the system. To be called before
/// there are threads. `None` where that cannot be, or is not wanted.
///
/// # Errors
///
/// If the operating system has CPUs and refuses them.
pub(crate) fn divide(options: &CardsOptions) -> anyhow::Result<Option<Division>> {
    if options.no_pin {
        return Ok(None);
    }
    let division = Division::of(&cpu::allowed());
    if let Some(division) = &division {
        cpu::pin(&division.rest).context("this process cannot be kept off a CPU; try --no-pin")?;
    }
    Ok(division)
}

fn redis(place: Place) -> anyhow::Result<Option<RedisServer>> {
    let missing = REDIS_SERVER.find().is_none();
    match place {
        Place::Memory => Ok(None),
        Place::Redis if missing => {
            bail!(
                "there is no redis-server here: {}, or use --store memory",
                REDIS_SERVER.remedy
            )
        }
        Place::Auto if missing => {
            eprintln!("No redis-server is installed, so the store is in the services' process.");
            Ok(None)
        }
        Place::Auto | Place::Redis => Ok(RedisServer::start()),
    }
}
