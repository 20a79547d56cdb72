//! What was finished, delivered and lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor};

use crate::common::Common;

/// A pipeline's account of its spans, or of its log records. One that was finished and is neither delivered nor failed is in
/// the queue, or was dropped because the queue was full; at the end, when the queue is empty, it is the latter.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Sampled spans that ended, or log records that were written.
    pub finished: u64,
    /// Those in batches that a receiver accepted.
    pub delivered: u64,
    /// Those in batches that no receiver accepted in time.
    pub failed: u64,
}

impl Counts {
    /// What was finished and not delivered. Final once the pipeline is shut down; before, it includes what is queued.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.finished.saturating_sub(self.delivered)
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signal {
    Spans,
    Logs,
}

/// The account of one signal, and what is said of it.
#[derive(Debug)]
pub(crate) struct Counters {
    signal: Signal,
    endpoint: String,
    common: Arc<Common>,
    finished: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
    /// Whether the last export failed: a change of it is what is logged.
    failing: AtomicBool,
    /// Whether that was because the receiver has no use for the signal, which is how it was set up and no loss.
    unwanted: AtomicBool,
    lost_since: AtomicU64,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Logs => "log records",
        }
    }

    /// The name, where a sentence begins.
    fn capitalized(self) -> &'static str {
        match self {
            Self::Spans => "Spans",
            Self::Logs => "Log records",
        }
    }
}

impl Counters {
    pub(crate) fn new(signal: Signal, endpoint: String, common: Arc<Common>) -> Self {
        Self {
            signal,
            endpoint,
            common,
            finished: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            unwanted: AtomicBool::new(false),
            lost_since: AtomicU64::new(0),
        }
    }

    pub(crate) fn read(&self) -> Counts {
        Counts {
            finished: self.finished.load(Ordering::Relaxed),
            delivered: self.delivered.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn common(&self) -> &Common {
        &self.common
    }

    pub(crate) fn finished(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn delivered(&self, count: u64) {
        self.delivered.fetch_add(count, Ordering::Relaxed);
        if self.failing.swap(false, Ordering::Relaxed) {
            self.unwanted.store(false, Ordering::Relaxed);
            let lost = self.lost_since.swap(0, Ordering::Relaxed);
            self.common.say(|| {
                log::warn!(
                    "{} reach {} again; {lost} were lost in failed exports.",
                    self.signal.capitalized(),
                    self.endpoint
                )
            });
        }
    }

    pub(crate) fn failed(&self, count: u64, reason: &str) {
        self.unwanted.store(false, Ordering::Relaxed);
        if self.is_first_failure(count) {
            self.common.say(|| {
                log::warn!(
                    "{} are being lost, {} does not take them: {reason}.",
                    self.signal.capitalized(),
                    self.endpoint
                )
            });
        }
    }

    /// Not delivered, since the receiver has no use for this signal: worth one quiet line, and no word at the end.
    pub(crate) fn unwanted(&self, count: u64, reason: &str) {
        self.unwanted.store(true, Ordering::Relaxed);
        if self.is_first_failure(count) {
            self.common.say(|| {
                log::info!(
                    "{} are not being taken by {}: {reason}.",
                    self.signal.capitalized(),
                    self.endpoint
                )
            });
        }
    }

    fn is_first_failure(&self, count: u64) -> bool {
        self.failed.fetch_add(count, Ordering::Relaxed);
        self.lost_since.fetch_add(count, Ordering::Relaxed);
        !self.failing.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn report_final(&self) {
        let counts = self.read();
        if counts.missing() > 0 && !self.unwanted.load(Ordering::Relaxed) {
            self.common.say(|| {
                log::warn!(
                    "{} of {} {} were lost.",
                    counts.missing(),
                    counts.finished,
                    self.signal.name()
                )
            });
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
            self.counters.finished();
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
