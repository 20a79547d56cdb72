//! The system that is measured: api, auth and sms in one stage, in a process of their own.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use launcher::{Running, Settings};
use platform::secret::Key;
use platform::{Credential, Url};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use stats_alloc::INSTRUMENTED_SYSTEM;
use store::{Limits, MemoryStore, Namespace, QueueOptions, Store};

use crate::cpu;
use crate::options::SystemOptions;
use crate::protocol::{Ended, STOP, Started, USAGE, Usage};

/// Starts the services, tells their address, answers questions until it is told to stop, and stops.
///
/// Telemetry is set by the standard variables, as an operator would.
///
/// # Errors
///
/// If a service cannot be started, or the driver says what this does not understand.
pub(crate) fn run(options: &SystemOptions) -> anyhow::Result<()> {
    if let Some(cpu) = options.cpu {
        // Before there are threads: those to come inherit it.
        cpu::pin(&[cpu]).context("the system cannot be kept on its CPU")?;
    }
    logging::install_log_bridge()?;
    let services = start(options)?;
    let api = services.first().map(Running::url).unwrap_or_default();
    say(&Started { api })?;
    for line in std::io::stdin().lines() {
        match line.context("the driver cannot be heard")?.as_str() {
            USAGE => say(&used())?,
            STOP => break,
            other => bail!("the driver said {other:?}"),
        }
    }
    say(&stop(services))
}

/// In the order in which they are to be stopped: callers first.
fn start(options: &SystemOptions) -> anyhow::Result<Vec<Running>> {
    let stage = options.stage;
    let credential = Credential::random();
    let key = Key::random();
    let mut auth = auth::Config::embedded(credential.clone(), key.clone());
    let mut sms = sms::Config::embedded(credential.clone(), key);
    sms.gateway_url = Some(options.gateway.parse()?);
    let store: Option<Arc<dyn Store>> = match &options.redis {
        Some(url) => {
            let namespace = Namespace::default().for_one_run();
            auth.redis_url = url.clone().into();
            auth.redis_namespace = namespace.clone();
            sms.redis_url = url.clone().into();
            sms.redis_namespace = namespace;
            None
        }
        None => Some(Arc::new(MemoryStore::new(
            Limits::default(),
            QueueOptions::default(),
        ))),
    };
    let settings = |service| Settings::from_env(service, stage);
    let auth = launcher::auth(stage, &auth, store.clone(), &settings("auth")?)?;
    let url: Url = auth.url().parse()?;
    let mut api = api::Config::embedded(url, credential);
    // A machine at its limit is slow, and what is measured here is how slow; the driver has patience enough.
    api.call_timeout = Duration::from_secs(10);
    let sms = launcher::sms(stage, &sms, store, &settings("sms")?)?;
    let api = launcher::api(stage, &api, &settings("api")?)?;
    Ok(vec![api, auth, sms])
}

fn stop(services: Vec<Running>) -> Ended {
    let counts = services.into_iter().map(Running::stop);
    let ended = counts.map(|counts| Ended {
        finished: counts.finished,
        delivered: counts.delivered,
    });
    ended.sum()
}

/// What this process has used so far.
fn used() -> Usage {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let nanos = time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs();
    let stats = INSTRUMENTED_SYSTEM.stats();
    let allocated = stats
        .bytes_allocated
        .saturating_add_signed(stats.bytes_reallocated);
    Usage {
        cpu: Duration::from_nanos(nanos),
        allocations: wide(stats.allocations + stats.reallocations),
        allocated: wide(allocated),
        peak: peak(),
    }
}

/// The most memory that this process ever had, as Linux tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn say(message: &impl Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let line = serde_json::to_string(message)?;
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .context("the driver has gone")
}
