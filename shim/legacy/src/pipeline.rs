//! One service's way to the collector.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter, SpanProcessor as _,
};
use tokio::runtime::Handle;

use crate::exporter::{self, GuardedExporter};
use crate::reporter::{Counts, ReportError};
use crate::variables::Resolved;

/// A bounded queue and a thread that empties it.
#[derive(Debug)]
pub(crate) struct Pipeline {
    processor: BatchSpanProcessor,
    state: Arc<State>,
    queue_size: usize,
}

/// What the two ends of the queue share.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// How many spans are in the queue, or a little more. The SDK keeps its own count to itself, and drops without a word.
    waiting: AtomicUsize,
    queued: AtomicU64,
    delivered: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    /// When the process will end at the latest, once it is about to.
    closing: Mutex<Option<Instant>>,
    /// A batch has failed since.
    gave_up: AtomicBool,
    /// There is no sense in waiting for room: the last batch failed, or somebody waited in vain.
    unanswered: AtomicBool,
    /// Held by those who wait for room, and by those who tell them that something has changed.
    waiters: Mutex<()>,
    changed: Condvar,
}

/// The queue is full.
#[derive(Debug)]
pub(crate) struct Full;

impl Pipeline {
    pub(crate) fn start(
        settings: &Resolved,
        resource: &Resource,
        runtime: &Handle,
    ) -> Result<Self, ReportError> {
        let otlp = exporter::otlp(settings, runtime)?;
        Ok(Self::around(otlp, settings, resource, runtime))
    }

    pub(crate) fn around(
        exporter: impl SpanExporter + 'static,
        settings: &Resolved,
        resource: &Resource,
        runtime: &Handle,
    ) -> Self {
        let state = Arc::new(State::default());
        let (runtime, timeout) = (runtime.clone(), settings.timeout);
        let mut exporter = GuardedExporter::new(exporter, runtime, Arc::clone(&state), timeout);
        exporter.set_resource(resource);
        let batch = BatchConfigBuilder::default()
            .with_max_queue_size(settings.queue_size)
            .with_max_export_batch_size(settings.batch_size)
            .with_scheduled_delay(settings.schedule_delay)
            .build();
        Self {
            processor: BatchSpanProcessor::new(exporter, batch),
            state,
            queue_size: settings.queue_size,
        }
    }

    /// Puts a span into the queue. Where that is full, waits until then for room, but not for a collector that does not
    /// answer.
    pub(crate) fn push(&self, span: SpanData, end: Option<Instant>) -> Result<(), Full> {
        let state = &self.state;
        let has_room = state.reserve(self.queue_size)
            || end.is_some_and(|end| state.wait_and_reserve(self.queue_size, end));
        if !has_room {
            state.dropped.fetch_add(1, Ordering::Relaxed);
            return Err(Full);
        }
        state.queued.fetch_add(1, Ordering::Relaxed);
        self.processor.on_end(span);
        Ok(())
    }

    /// Sends what is in the queue, and says whether all of it was taken. Blocks, for five seconds at most, which is the
    /// SDK's limit.
    pub(crate) fn flush(&self) -> bool {
        // The SDK's result is silent about a batch that was on its way already.
        let failed = || self.state.failed.load(Ordering::Relaxed);
        let before = failed();
        self.processor.force_flush().is_ok() && failed() == before
    }

    /// From now on nothing may take longer than until then.
    pub(crate) fn close_at(&self, end: Instant) {
        self.state.close_at(end);
    }

    pub(crate) fn counts(&self) -> Counts {
        let state = &self.state;
        Counts {
            queued: state.queued.load(Ordering::Relaxed),
            delivered: state.delivered.load(Ordering::Relaxed),
            dropped: state.dropped.load(Ordering::Relaxed),
            failed: state.failed.load(Ordering::Relaxed),
        }
    }
}

impl State {
    /// How long a batch may take; nothing if there is no sense in trying.
    pub(crate) fn budget(&self, timeout: Duration) -> Duration {
        match *lock(&self.closing) {
            None => timeout,
            // A collector that was away a moment ago is not waited for once for each batch.
            Some(_) if self.gave_up.load(Ordering::Relaxed) => Duration::ZERO,
            Some(end) => timeout.min(end.saturating_duration_since(Instant::now())),
        }
    }

    pub(crate) fn close_at(&self, end: Instant) {
        *lock(&self.closing) = Some(end);
    }

    /// Takes a place in the queue, if there is one.
    fn reserve(&self, queue_size: usize) -> bool {
        let has_room = self.waiting.fetch_add(1, Ordering::Relaxed) < queue_size;
        if !has_room {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        has_room
    }

    fn wait_and_reserve(&self, queue_size: usize, end: Instant) -> bool {
        let mut waiters = lock(&self.waiters);
        loop {
            if self.reserve(queue_size) {
                return true;
            }
            if self.unanswered.load(Ordering::Relaxed) {
                return false;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.unanswered.store(true, Ordering::Relaxed);
                return false;
            }
            (waiters, _) = self
                .changed
                .wait_timeout(waiters, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn tell_waiters(&self) {
        drop(lock(&self.waiters));
        self.changed.notify_all();
    }

    pub(crate) fn taken(&self, spans: usize) {
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        self.tell_waiters();
    }

    pub(crate) fn delivered(&self, spans: usize) {
        self.delivered.fetch_add(spans as u64, Ordering::Relaxed);
        self.unanswered.store(false, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self, spans: usize) {
        self.failed.fetch_add(spans as u64, Ordering::Relaxed);
        self.unanswered.store(true, Ordering::Relaxed);
        self.tell_waiters();
        if lock(&self.closing).is_some() {
            self.gave_up.store(true, Ordering::Relaxed);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
