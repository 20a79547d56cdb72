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
    /// How many of those failed because the receiver has no use for the signal, which is how it was set up and no loss.
    unwanted: AtomicU64,
    /// Whether the last export failed: a change of it is what is logged.
    failing: AtomicBool,
    /// What is lost since the last export that was taken.
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
    /// For what leaves for `endpoint`, which is written down as it is.
    pub(crate) fn new(signal: Signal, endpoint: String, common: Arc<Common>) -> Self {
        Self {
            signal,
            endpoint,
            common,
            finished: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            unwanted: AtomicU64::new(0),
            failing: AtomicBool::new(false),
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
            let lost = self.lost_since.swap(0, Ordering::Relaxed);
            self.common.say(|| {
                let (signal, endpoint) = (self.signal.capitalized(), &self.endpoint);
                if lost > 0 {
                    log::warn!(
                        "{signal} reach {endpoint} again; {lost} were lost in failed exports."
                    );
                } else {
                    log::info!("{signal} are being taken by {endpoint} now.");
                }
            });
        }
    }

    pub(crate) fn failed(&self, count: u64, reason: &str) {
        self.failed.fetch_add(count, Ordering::Relaxed);
        // What was unwanted before was said quietly. This is not.
        let lost = self.lost_since.fetch_add(count, Ordering::Relaxed);
        self.failing.store(true, Ordering::Relaxed);
        if lost == 0 {
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
        self.failed.fetch_add(count, Ordering::Relaxed);
        self.unwanted.fetch_add(count, Ordering::Relaxed);
        if !self.failing.swap(true, Ordering::Relaxed) {
            self.common.say(|| {
                log::info!(
                    "{} are not being taken by {}: {reason}.",
                    self.signal.capitalized(),
                    self.endpoint
                )
            });
        }
    }

    pub(crate) fn report_final(&self) {
        let counts = self.read();
        let unwanted = self.unwanted.load(Ordering::Relaxed);
        let lost = counts.missing().saturating_sub(unwanted);
        if lost > 0 {
            self.common.say(|| {
                log::warn!(
                    "{lost} of {} {} were lost.",
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

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::sync::{Mutex, Once};

    use tracing::field::{Field, Visit};
    use tracing::{Dispatch, Event, Subscriber};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

    use super::*;

    /// What is said, with its level in front.
    #[derive(Clone, Debug, Default)]
    struct Said(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Said {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let mut line = Line(format!("{}: ", event.metadata().level()));
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            if field.name() == "message" {
                self.0 += &format!("{value:?}");
            }
        }
    }

    /// What an account says of log records while this is done with it, to the end.
    fn said(done: impl FnOnce(&Counters)) -> Vec<String> {
        static BRIDGE: Once = Once::new();
        BRIDGE.call_once(|| logging::install_log_bridge().expect("nobody else has"));
        let said = Said::default();
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(said.clone()));
        let common = Arc::new(Common::default());
        common.report_to(dispatch.downgrade());
        let counters = Counters::new(Signal::Logs, "there".to_owned(), common);
        for _ in 0..10 {
            counters.finished();
        }

        done(&counters);
        counters.report_final();

        said.0.lock().unwrap().clone()
    }

    #[test]
    fn a_loss_is_told_at_the_end_though_nothing_was_wanted_later() {
        let said = said(|counters| {
            counters.failed(3, "away");
            counters.delivered(2);
            counters.unwanted(5, "no such service");
        });

        let expected = [
            "WARN: Log records are being lost, there does not take them: away.",
            "WARN: Log records reach there again; 3 were lost in failed exports.",
            "INFO: Log records are not being taken by there: no such service.",
            "WARN: 3 of 10 log records were lost.",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_was_unwanted_is_no_loss_when_a_receiver_begins_to_take_it() {
        let said = said(|counters| {
            counters.unwanted(6, "no such service");
            counters.delivered(4);
        });

        let expected = [
            "INFO: Log records are not being taken by there: no such service.",
            "INFO: Log records are being taken by there now.",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn a_loss_is_said_at_once_where_nothing_was_wanted_before() {
        let said = said(|counters| {
            counters.unwanted(4, "no such service");
            counters.failed(2, "away");
            counters.failed(1, "away");
            counters.delivered(3);
        });

        let expected = [
            "INFO: Log records are not being taken by there: no such service.",
            "WARN: Log records are being lost, there does not take them: away.",
            "WARN: Log records reach there again; 3 were lost in failed exports.",
            "WARN: 3 of 10 log records were lost.",
        ];
        assert_eq!(said, expected);
    }
}
