//! What was finished, delivered and lost.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor};
use tracing::dispatcher::WeakDispatch;

/// A pipeline's account of its spans. A span that was finished and is neither delivered nor failed is in the queue, or was
/// dropped because the queue was full; at the end, when the queue is empty, it is the latter.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Sampled spans that ended.
    pub finished: u64,
    /// Spans in batches that a receiver accepted.
    pub delivered: u64,
    /// Spans in batches that no receiver accepted in time.
    pub failed: u64,
}

impl Counts {
    /// Spans that ended and were not delivered. Final once the pipeline is shut down; before, it includes what is queued.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.finished.saturating_sub(self.delivered)
    }
}

#[derive(Debug)]
pub(crate) struct Counters {
    endpoint: String,
    finished: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
    /// Whether the last export failed: a change of it is what is logged.
    failing: AtomicBool,
    lost_since: AtomicU64,
    closing: OnceLock<Instant>,
    log: RwLock<Option<WeakDispatch>>,
}

impl Counters {
    pub(crate) fn new(endpoint: String) -> Self {
        Self {
            endpoint,
            finished: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            lost_since: AtomicU64::new(0),
            closing: OnceLock::new(),
            log: RwLock::new(None),
        }
    }

    pub(crate) fn read(&self) -> Counts {
        Counts {
            finished: self.finished.load(Ordering::Relaxed),
            delivered: self.delivered.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn report_to(&self, dispatch: WeakDispatch) {
        if let Ok(mut log) = self.log.write() {
            *log = Some(dispatch);
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

    pub(crate) fn delivered(&self, spans: u64) {
        self.delivered.fetch_add(spans, Ordering::Relaxed);
        if self.failing.swap(false, Ordering::Relaxed) {
            let lost = self.lost_since.swap(0, Ordering::Relaxed);
            self.say(|| {
                log::warn!(
                    "Spans reach {} again; {lost} were lost in failed exports.",
                    self.endpoint
                )
            });
        }
    }

    pub(crate) fn failed(&self, spans: u64, reason: &str) {
        self.failed.fetch_add(spans, Ordering::Relaxed);
        self.lost_since.fetch_add(spans, Ordering::Relaxed);
        if !self.failing.swap(true, Ordering::Relaxed) {
            self.say(|| {
                log::warn!(
                    "Spans are being lost, {} does not take them: {reason}.",
                    self.endpoint
                )
            });
        }
    }

    pub(crate) fn report_final(&self) {
        let counts = self.read();
        if counts.missing() > 0 {
            self.say(|| {
                log::warn!(
                    "{} of {} spans were lost.",
                    counts.missing(),
                    counts.finished
                )
            });
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
}

/// Counts what ends, then hands it on. The queue behind it keeps its own count of what it refused to itself.
#[derive(Debug)]
pub(crate) struct CountingProcessor {
    inner: BatchSpanProcessor,
    counters: Arc<Counters>,
}

impl CountingProcessor {
    pub(crate) fn new(inner: BatchSpanProcessor, counters: Arc<Counters>) -> Self {
        Self { inner, counters }
    }
}

impl SpanProcessor for CountingProcessor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.counters.finished.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
