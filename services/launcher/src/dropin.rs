//! What services in stage dropin share: the drop-in packages have one exporter's settings for the whole process, since the
//! code that they stand under has none.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use opentracing_shim_rustracing_jaeger::otel;
use pipeline::Counts;

/// How the exporter is to be. What is not set is read from the variables.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Exporter {
    pub(crate) endpoint: Option<String>,
    pub(crate) schedule_delay: Option<Duration>,
}

/// What the first service asked for.
static CONFIGURED: Mutex<Option<Exporter>> = Mutex::new(None);

/// How many lost spans some service has spoken of.
static TOLD: AtomicU64 = AtomicU64::new(0);

/// Sets the exporter up for all services in stage dropin of this process.
///
/// # Errors
///
/// If an earlier one asked for something else.
pub(crate) fn configure(exporter: &Exporter) -> anyhow::Result<()> {
    let mut configured = CONFIGURED.lock().unwrap_or_else(PoisonError::into_inner);
    match configured.as_ref() {
        Some(earlier) if earlier == exporter => return Ok(()),
        Some(_) => bail!("services in stage dropin share an exporter within a process"),
        None => {}
    }
    // What is left at the end is sent by `end`, within a budget. The process needs no second one.
    let mut settings = otel::Settings::new().exit_wait(Duration::ZERO);
    if let Some(endpoint) = &exporter.endpoint {
        settings = settings
            .endpoint(endpoint)
            .protocol(otel::Protocol::Grpc)
            .propagators("jaeger");
    }
    if let Some(delay) = exporter.schedule_delay {
        settings = settings.schedule_delay(delay);
    }
    otel::configure(settings).context("the drop-in packages cannot be set up")?;
    *configured = Some(exporter.clone());
    Ok(())
}

/// Ends a service's reporter and sends what it reported. Blocks for `budget` at most.
pub(crate) fn end(service: &stage_dropin::Instrumentation, budget: Duration) -> Counts {
    let end = Instant::now() + budget;
    let reported = service.shutdown(budget);
    let is_empty = otel::flush(end.saturating_duration_since(Instant::now()));
    let counts = otel::counts();
    let lost = if is_empty {
        // Other services may have spans on their way by now.
        counts.failed
    } else {
        counts.queued.saturating_sub(counts.delivered)
    };
    // The packages count for the process and not for each service, so each loss is told by the first service that ends.
    let told = TOLD.fetch_max(lost, Ordering::Relaxed);
    let lost = lost.saturating_sub(told).min(reported.sent);
    let counts = Counts {
        finished: reported.sent + reported.failed,
        delivered: reported.sent - lost,
        failed: reported.failed + lost,
    };
    if counts.missing() > 0 {
        tracing::dispatcher::with_default(&service.dispatch, || {
            log::warn!(
                "{} of {} spans were lost.",
                counts.missing(),
                counts.finished
            );
        });
    }
    counts
}
