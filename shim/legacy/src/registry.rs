//! All services of the process, and its end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use tokio::runtime::{Handle, Runtime};
use tracing::Dispatch;

use crate::pipeline::Pipeline;
use crate::reporter::{Counts, ReportError};
use crate::settings;

/// What the first report makes, and nothing takes down: pipelines live as long as the process.
struct Registry {
    runtime: Option<Runtime>,
    pipelines: Vec<(Resource, Arc<Pipeline>)>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    runtime: None,
    pipelines: Vec::new(),
});

/// The pipeline of the service that this resource describes.
pub(crate) fn pipeline(resource: Resource) -> Result<Arc<Pipeline>, ReportError> {
    let mut registry = registry();
    let known = registry
        .pipelines
        .iter()
        .find(|(known, _)| *known == resource);
    if let Some((_, pipeline)) = known {
        return Ok(Arc::clone(pipeline));
    }
    let runtime = registry.runtime()?;
    let pipeline = Pipeline::start(settings::current(), &resource, &runtime)?;
    let pipeline = Arc::new(pipeline);
    registry.pipelines.push((resource, Arc::clone(&pipeline)));
    Ok(pipeline)
}

/// What became of the spans of all services so far.
#[must_use]
pub fn counts() -> Counts {
    let mut sum = Counts::default();
    for (_, pipeline) in &registry().pipelines {
        let counts = pipeline.counts();
        sum.queued += counts.queued;
        sum.delivered += counts.delivered;
        sum.dropped += counts.dropped;
        sum.failed += counts.failed;
    }
    sum
}

/// Sends what was reported so far, of all services at once, and waits for it, but no longer than `wait` or five seconds.
/// Returns whether all of it was taken.
///
/// The end of the process does the same, whether `main` returns or somebody calls [`std::process::exit`]. So this is for
/// processes that end in other ways, and for tests.
pub fn flush(wait: Duration) -> bool {
    let end = Instant::now() + wait;
    let pipelines = pipelines();
    let progress = Arc::new(Progress::new(pipelines.len()));
    for pipeline in pipelines {
        let progress = Arc::clone(&progress);
        let flushing = thread::Builder::new()
            .name("otlp-flush".to_owned())
            .spawn(move || progress.one_done(pipeline.flush()));
        if flushing.is_err() {
            return false;
        }
    }
    progress.wait_until(end)
}

/// On the thread that ends the process, whose thread-locals may be gone: all the work is done on others.
fn at_exit() {
    let wait = settings::current().exit_wait;
    if wait.is_zero() {
        return;
    }
    let end = Instant::now() + wait;
    let progress = Arc::new(Progress::new(1));
    let closing = Arc::clone(&progress);
    let closer = thread::Builder::new().spawn(move || {
        for pipeline in pipelines() {
            pipeline.close_at(end);
        }
        closing.one_done(flush(wait));
    });
    if closer.is_ok() {
        progress.wait_until(end);
    }
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pipelines() -> Vec<Arc<Pipeline>> {
    let registry = registry();
    let pipelines = registry.pipelines.iter();
    pipelines
        .map(|(_, pipeline)| Arc::clone(pipeline))
        .collect()
}

impl Registry {
    fn runtime(&mut self) -> Result<Handle, ReportError> {
        if let Some(runtime) = &self.runtime {
            return Ok(runtime.handle().clone());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("otlp")
            .on_thread_start(stay_silent)
            .enable_all()
            .build()
            .map_err(|error| ReportError::NoExporter(error.to_string()))?;
        if let Err(error) = opentracing_shim_at_exit::at_exit(at_exit) {
            tracing::warn!(%error, "spans reported just before the process ends may be lost");
        }
        let handle = runtime.handle().clone();
        self.runtime = Some(runtime);
        Ok(handle)
    }
}

/// A thread of the exporter's runtime: no subscriber and no telemetry, for good, so that an application which traces its
/// HTTP client does not trace the exporter's.
fn stay_silent() {
    std::mem::forget(tracing::dispatcher::set_default(&Dispatch::none()));
    std::mem::forget(Context::enter_telemetry_suppressed_scope());
}

/// How far several threads are.
struct Progress {
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Progress {
    fn new(open: usize) -> Self {
        Self {
            state: Mutex::new((open, true)),
            changed: Condvar::new(),
        }
    }

    fn one_done(&self, well: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 -= 1;
        state.1 &= well;
        self.changed.notify_all();
    }

    /// Whether all were done, and well, by then.
    fn wait_until(&self, end: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.0 > 0 {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            (state, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.1
    }
}
