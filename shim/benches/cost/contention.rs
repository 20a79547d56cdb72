//! Two threads on one tracer.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::Sampler;

use super::cases::{DIRECT, SHIM, Work, direct, direct_tracer, shim, tracer};

/// Spans of a run: some ten milliseconds.
const ROUNDS: u32 = 20_000;
/// The fastest run counts, because all that disturbs a run makes it slower.
const RUNS: usize = 15;

/// What a span costs on one thread alone and on each of two.
#[derive(Debug)]
pub(crate) struct Contention {
    pub(crate) subject: &'static str,
    pub(crate) alone: f64,
    pub(crate) together: f64,
}

impl Contention {
    /// The part of its speed that a thread loses.
    pub(crate) fn loss(&self) -> f64 {
        1.0 - self.alone / self.together
    }
}

/// Nothing on a machine with one processor.
pub(crate) fn measure() -> Vec<Contention> {
    if thread::available_parallelism().map_or(1, usize::from) < 2 {
        return Vec::new();
    }
    let direct_tracer = direct_tracer(Sampler::AlwaysOn);
    let tracer = tracer(Sampler::AlwaysOn);
    vec![
        contention(DIRECT, || direct(direct_tracer.clone())),
        contention(SHIM, || shim(tracer.clone())),
    ]
}

fn contention(subject: &'static str, prepare: impl Fn() -> Work + Sync) -> Contention {
    // One after the other, so that a busy minute of the machine meets both.
    let mut alone = f64::INFINITY;
    let mut together = f64::INFINITY;
    for _ in 0..RUNS {
        alone = alone.min(run(1, &prepare));
        together = together.min(run(2, &prepare));
    }
    Contention {
        subject,
        alone,
        together,
    }
}

/// Nanoseconds for each span, on the slowest thread.
fn run(threads: usize, prepare: &(impl Fn() -> Work + Sync)) -> f64 {
    let start = Arc::new(Barrier::new(threads));
    let slowest = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| timed(&start, prepare())))
            .collect();
        let times = running
            .into_iter()
            .map(|thread| thread.join().expect("a span does not panic"));
        times.max().unwrap_or(Duration::ZERO)
    });
    slowest.as_nanos() as f64 / f64::from(ROUNDS)
}

fn timed(start: &Barrier, mut work: Work) -> Duration {
    for _ in 0..ROUNDS / 10 {
        work();
    }
    start.wait();
    let began = Instant::now();
    for _ in 0..ROUNDS {
        work();
    }
    began.elapsed()
}
