//! The way of log records to a collector, beside that of the spans.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::Severity;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{
    BatchLogProcessor, LogBatch, LogExporter, LogProcessor, SdkLogRecord,
};

use crate::common::Guard;
use crate::counting::Counters;

/// How long a receiver that takes no logs is left alone: as long as metrics leave it alone by default.
pub(crate) const REST: Duration = Duration::from_secs(60);

/// How the exporter tells the answer of a receiver that has no such service: it hands on the code, as a word.
const NO_SUCH_SERVICE: &str = "gRPC code: Unimplemented";

/// Sends under a [`Guard`], counts, and leaves a receiver alone that takes traces and nothing else, as Jaeger does.
#[derive(Debug)]
pub(crate) struct GuardedLogs<E> {
    inner: E,
    guard: Guard,
    counters: Arc<Counters>,
    rest: Duration,
    /// Until when the receiver is left alone, with the reason.
    resting: Mutex<Option<(Instant, String)>>,
}

impl<E: LogExporter> GuardedLogs<E> {
    pub(crate) fn new(inner: E, guard: Guard, counters: Arc<Counters>, rest: Duration) -> Self {
        Self {
            inner,
            guard,
            counters,
            rest,
            resting: Mutex::new(None),
        }
    }

    /// Why nothing is sent at present.
    fn rests(&self) -> Option<String> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |(until, _): &mut (Instant, String)| *until <= Instant::now();
        if resting.as_mut().is_some_and(over) {
            *resting = None;
        }
        resting.as_ref().map(|(_, reason)| reason.clone())
    }

    fn begin_rest(&self, reason: &str) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        *resting = Some((Instant::now() + self.rest, reason.to_owned()));
    }
}

impl<E: LogExporter> LogExporter for GuardedLogs<E> {
    /// What goes wrong is counted and said here, once, so the SDK is not told: it would say it for each batch.
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let records = u64::try_from(batch.iter().count()).unwrap_or(u64::MAX);
        if let Some(reason) = self.rests() {
            self.counters.unwanted(records, &reason);
            return Ok(());
        }
        match self.guard.send(self.inner.export(batch)) {
            Ok(()) => self.counters.delivered(records),
            Err(error) => {
                let reason = error.to_string();
                if reason.contains(NO_SUCH_SERVICE) {
                    self.begin_rest(&reason);
                    self.counters.unwanted(records, &reason);
                } else {
                    self.counters.failed(records, &reason);
                }
            }
        }
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Counts what is written, then hands it on, until the end. What is written afterwards, such as that the service has stopped,
/// is for standard error alone; the queue behind would complain of it.
#[derive(Debug)]
pub(crate) struct CountingLogs {
    inner: BatchLogProcessor,
    counters: Arc<Counters>,
    closed: AtomicBool,
}

impl CountingLogs {
    pub(crate) fn new(inner: BatchLogProcessor, counters: Arc<Counters>) -> Self {
        Self {
            inner,
            counters,
            closed: AtomicBool::new(false),
        }
    }
}

impl LogProcessor for CountingLogs {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if !self.closed.load(Ordering::Acquire) {
            self.counters.finished();
            self.inner.emit(record, scope);
        }
    }

    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        !self.closed.load(Ordering::Acquire)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.closed.store(true, Ordering::Release);
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use opentelemetry::logs::{Logger as _, LoggerProvider as _};
    use opentelemetry_sdk::error::OTelSdkError;
    use opentelemetry_sdk::logs::SdkLoggerProvider;

    use super::*;
    use crate::counting::{Counts, Signal};

    /// What becomes of the first batch. All others are taken.
    #[derive(Clone, Copy, Debug)]
    enum First {
        Panics,
        Hangs,
        FindsNoService,
    }

    #[derive(Debug)]
    struct Moody {
        first: First,
        batches: Arc<AtomicU32>,
    }

    impl LogExporter for Moody {
        async fn export(&self, _: LogBatch<'_>) -> OTelSdkResult {
            match self.batches.fetch_add(1, Ordering::SeqCst) {
                0 => match self.first {
                    First::Panics => panic!("a bug in an exporter"),
                    First::Hangs => std::future::pending().await,
                    First::FindsNoService => {
                        let text = "export failed with gRPC code: Unimplemented";
                        Err(OTelSdkError::InternalFailure(text.to_owned()))
                    }
                },
                _ => Ok(()),
            }
        }
    }

    /// Three batches of one record, through the SDK's own thread; the account, and how many of them were tried.
    fn export_three(first: First, timeout: Duration, rest: Duration) -> (Counts, u32) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap();
        let there = "there".to_owned();
        let counters = Arc::new(Counters::new(Signal::Logs, there, Arc::default()));
        let guard = Guard::new(runtime.handle().clone(), Arc::default(), timeout);
        let batches = Arc::new(AtomicU32::new(0));
        let moody = Moody {
            first,
            batches: Arc::clone(&batches),
        };
        let exporter = GuardedLogs::new(moody, guard, Arc::clone(&counters), rest);
        let processor = BatchLogProcessor::builder(exporter).build();
        let provider = SdkLoggerProvider::builder()
            .with_log_processor(CountingLogs::new(processor, Arc::clone(&counters)))
            .build();
        let logger = provider.logger("test");
        for _ in 0..3 {
            logger.emit(logger.create_log_record());
            provider
                .force_flush()
                .expect("a failure is not the SDK's to tell");
        }
        (counters.read(), batches.load(Ordering::SeqCst))
    }

    fn counts(delivered: u64, failed: u64) -> Counts {
        Counts {
            finished: 3,
            delivered,
            failed,
        }
    }

    #[test]
    fn a_panic_costs_one_batch() {
        let after = export_three(First::Panics, Duration::from_secs(10), REST);

        assert_eq!(after, (counts(2, 1), 3));
    }

    #[test]
    fn a_batch_that_never_ends_costs_itself() {
        let begun = Instant::now();
        let after = export_three(First::Hangs, Duration::from_millis(50), REST);

        assert_eq!(after, (counts(2, 1), 3));
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(4), "{took:?}");
    }

    #[test]
    fn a_receiver_without_the_service_is_left_alone() {
        let after = export_three(First::FindsNoService, Duration::from_secs(10), REST);

        assert_eq!(after, (counts(0, 3), 1));
    }

    #[test]
    fn a_receiver_without_the_service_is_asked_again_after_a_rest() {
        let none = Duration::ZERO;
        let after = export_three(First::FindsNoService, Duration::from_secs(10), none);

        assert_eq!(after, (counts(2, 1), 3));
    }
}
