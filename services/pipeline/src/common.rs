//! What the signals of a pipeline have in common.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, RwLock};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use tokio::runtime::Handle;
use tracing::Dispatch;
use tracing::dispatcher::WeakDispatch;

/// When the pipeline ends, and where it says what becomes of what it is given.
#[derive(Debug, Default)]
pub(crate) struct Common {
    closing: OnceLock<Instant>,
    log: RwLock<Option<WeakDispatch>>,
}

impl Common {
    pub(crate) fn report_to(&self, dispatch: WeakDispatch) {
        if let Ok(mut log) = self.log.write() {
            *log = Some(dispatch);
        }
    }

    pub(crate) fn say(&self, write: impl FnOnce()) {
        let dispatch = self
            .log
            .read()
            .ok()
            .and_then(|log| log.as_ref().and_then(WeakDispatch::upgrade));
        if let Some(dispatch) = dispatch {
            tracing::dispatcher::with_default(&dispatch, write);
        }
    }

    /// From here on, no export may take longer than to `deadline`.
    pub(crate) fn close_at(&self, deadline: Instant) {
        // A second shutdown keeps the first one's deadline.
        let _ = self.closing.set(deadline);
    }

    /// How long an export that begins now may take.
    pub(crate) fn budget(&self, timeout: Duration) -> Duration {
        match self.closing.get() {
            Some(deadline) => timeout.min(deadline.saturating_duration_since(Instant::now())),
            None => timeout,
        }
    }
}

/// Sends what the SDK only lends: metrics and log records. It cannot become a task of the pipeline's runtime, as a batch of
/// spans does, for the reasons that [`GuardedExporter`](crate::exporter::GuardedExporter) has; so the SDK's own thread sends
/// it, within that runtime, under a deadline, and survives a panic.
#[derive(Debug)]
pub(crate) struct Guard {
    runtime: Handle,
    common: Arc<Common>,
    timeout: Duration,
}

impl Guard {
    pub(crate) fn new(runtime: Handle, common: Arc<Common>, timeout: Duration) -> Self {
        Self {
            runtime,
            common,
            timeout,
        }
    }

    pub(crate) fn send(&self, export: impl Future<Output = OTelSdkResult>) -> OTelSdkResult {
        let budget = self.common.budget(self.timeout);
        let sending = || {
            self.runtime.block_on(async {
                tokio::time::timeout(budget, export)
                    .await
                    .unwrap_or(Err(OTelSdkError::Timeout(budget)))
            })
        };
        // In silence: what the transport has to say is about the exporter, not about the service.
        let silently = || tracing::dispatcher::with_default(&Dispatch::none(), sending);
        catch_unwind(AssertUnwindSafe(silently)).unwrap_or_else(|_| {
            Err(OTelSdkError::InternalFailure(
                "the exporter panicked".to_owned(),
            ))
        })
    }

    pub(crate) fn common(&self) -> &Common {
        &self.common
    }
}
