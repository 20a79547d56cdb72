//! An exporter around the OTLP one that cannot take its thread down.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;

use crate::counting::Counters;

/// Sends each batch on the pipeline's runtime, under a deadline.
///
/// The SDK drives exporters with a bare `block_on` on its own thread. There, a panic would end the thread and with it all
/// telemetry, unnoticed, and a connection that never answers would hold it. As a task, a panic is an error of one batch and
/// the deadline is a timer.
#[derive(Debug)]
pub(crate) struct GuardedExporter<E> {
    inner: Arc<E>,
    runtime: Handle,
    counters: Arc<Counters>,
    timeout: Duration,
}

impl<E: SpanExporter + 'static> GuardedExporter<E> {
    pub(crate) fn new(
        inner: E,
        runtime: Handle,
        counters: Arc<Counters>,
        timeout: Duration,
    ) -> Self {
        Self {
            inner: Arc::new(inner),
            runtime,
            counters,
            timeout,
        }
    }
}

impl<E: SpanExporter + 'static> SpanExporter for GuardedExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let budget = self.counters.common().budget(self.timeout);
        let inner = Arc::clone(&self.inner);
        let sending = self.runtime.spawn(async move {
            tokio::time::timeout(budget, inner.export(batch))
                .await
                .unwrap_or(Err(OTelSdkError::Timeout(budget)))
        });
        let result = sending
            .await
            .unwrap_or_else(|error| Err(OTelSdkError::InternalFailure(error.to_string())));
        match &result {
            Ok(()) => self.counters.delivered(spans),
            Err(error) => self.counters.failed(spans, &error.to_string()),
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        // Nothing is in flight: the SDK's thread calls this between exports.
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.set_resource(resource);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};

    use super::*;
    use crate::counting::{Counts, Signal};

    /// Panics or hangs at its first batch, and takes all others.
    #[derive(Debug, Default)]
    struct Moody {
        hangs: bool,
        batches: AtomicU32,
    }

    impl SpanExporter for Moody {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            match self.batches.fetch_add(1, Ordering::SeqCst) {
                0 if self.hangs => std::future::pending().await,
                0 => panic!("a bug in an exporter"),
                _ => Ok(()),
            }
        }
    }

    /// Three batches of one span, through the SDK's own thread.
    fn export_three(moody: Moody, timeout: Duration) -> Counts {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap();
        let there = "there".to_owned();
        let counters = Arc::new(Counters::new(Signal::Spans, there, Arc::default()));
        let handle = runtime.handle().clone();
        let exporter = GuardedExporter::new(moody, handle, Arc::clone(&counters), timeout);
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).build())
            .build();
        for _ in 0..3 {
            provider.tracer("test").start("work").end();
            // The first one fails, which is the point.
            let _ = provider.force_flush();
        }
        counters.read()
    }

    #[test]
    fn a_panic_costs_one_batch() {
        let counts = export_three(Moody::default(), Duration::from_secs(10));

        assert_eq!((counts.delivered, counts.failed), (2, 1));
    }

    #[test]
    fn a_batch_that_never_ends_costs_itself() {
        let moody = Moody {
            hangs: true,
            ..Moody::default()
        };

        let begun = Instant::now();
        let counts = export_three(moody, Duration::from_millis(50));

        assert_eq!((counts.delivered, counts.failed), (2, 1));
        assert!(
            begun.elapsed() < Duration::from_secs(4),
            "{:?}",
            begun.elapsed()
        );
    }
}
