//! The way of the census to a collector, beside that of the spans.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;

use crate::common::Guard;

/// Sends under a [`Guard`], and says once what goes wrong.
#[derive(Debug)]
pub(crate) struct GuardedMetrics<E> {
    inner: E,
    guard: Guard,
    failing: AtomicBool,
}

impl<E: PushMetricExporter> GuardedMetrics<E> {
    pub(crate) fn new(inner: E, guard: Guard) -> Self {
        Self {
            inner,
            guard,
            failing: AtomicBool::new(false),
        }
    }
}

impl<E: PushMetricExporter> PushMetricExporter for GuardedMetrics<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let result = self.guard.send(self.inner.export(metrics));
        // Counts are totals: a later export makes up for one that failed. So the first failure is worth one quiet line, and
        // a receiver for traces alone, which refuses all of them, is no reason for an error each minute.
        match &result {
            Ok(()) => self.failing.store(false, Ordering::Relaxed),
            Err(error) => {
                if !self.failing.swap(true, Ordering::Relaxed) {
                    let reason = error.to_string();
                    self.guard
                        .common()
                        .say(|| log::info!("Metrics are not being taken: {reason}."));
                }
            }
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.inner.temporality()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;
    use std::time::Instant;

    use opentelemetry::metrics::MeterProvider as _;
    use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

    use super::*;

    /// Panics or hangs at its first export, and takes all others.
    #[derive(Debug, Default)]
    struct Moody {
        hangs: bool,
        exports: Arc<AtomicU32>,
    }

    impl PushMetricExporter for Moody {
        async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
            match self.exports.fetch_add(1, Ordering::SeqCst) {
                0 if self.hangs => std::future::pending().await,
                0 => panic!("a bug in an exporter"),
                _ => Ok(()),
            }
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }

        fn temporality(&self) -> Temporality {
            Temporality::Cumulative
        }
    }

    /// Three exports through the SDK's own thread; how many reached the exporter.
    fn export_three(moody: Moody, timeout: Duration) -> u32 {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap();
        let exports = Arc::clone(&moody.exports);
        let guard = Guard::new(runtime.handle().clone(), Arc::default(), timeout);
        let exporter = GuardedMetrics::new(moody, guard);
        let provider = SdkMeterProvider::builder()
            .with_reader(PeriodicReader::builder(exporter).build())
            .build();
        let counter = provider.meter("test").u64_counter("work").build();
        for _ in 0..3 {
            counter.add(1, &[]);
            provider
                .force_flush()
                .expect("a failure is not the SDK's to tell");
        }
        exports.load(Ordering::SeqCst)
    }

    #[test]
    fn a_panic_costs_one_export() {
        assert_eq!(export_three(Moody::default(), Duration::from_secs(10)), 3);
    }

    #[test]
    fn an_export_that_never_ends_costs_itself() {
        let moody = Moody {
            hangs: true,
            ..Moody::default()
        };

        let begun = Instant::now();
        let exports = export_three(moody, Duration::from_millis(50));

        assert_eq!(exports, 3);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(4), "{took:?}");
    }
}
