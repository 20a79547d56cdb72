//! What a recorded span costs its program: with a parent, three tags and a log, started, finished, received and reported.
//!
//! For the original that is up to the encoded datagram, without sending it; for the drop-in up to the exporter's queue.
//!
//! ```text
//! cargo bench -p opentracing-shim-rustracing-jaeger                nanoseconds and instructions
//! cargo bench -p opentracing-shim-rustracing-jaeger -- --check     instructions alone; fails if the drop-in is dearer
//! ```
//!
//! Instructions are counted by valgrind's callgrind, in one process for both. Without valgrind that is left out, and is a
//! failure where `CI` is `true`.

#![expect(clippy::duplicate_mod, reason = "one text for both")]

mod callgrind;

use std::env;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use opentracing_shim_rustracing_jaeger::otel;
use thrift_codec::CompactEncode as _;
use thrift_codec::message::Message;

#[path = "same"]
mod original {
    pub(super) use original_rustracing as rustracing;
    pub(super) use original_rustracing_jaeger as rustracing_jaeger;
    pub(super) mod work;
}

#[path = "same"]
mod drop_in {
    pub(super) use opentracing_shim_rustracing as rustracing;
    pub(super) use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
    pub(super) mod work;
}

use drop_in::rustracing_jaeger::reporter::JaegerCompactReporter;
use original::rustracing_jaeger::thrift::{agent, jaeger};

/// Fewer than the exporter sends at once, so that it sends nothing while they are counted.
pub(crate) const ROUNDS: u32 = 256;
const CHUNKS: u32 = 40;

/// What a round costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Costs<T> {
    pub(crate) original: T,
    pub(crate) drop_in: T,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    // Nobody is there: what is queued is thrown away soon.
    let settings = otel::Settings::new()
        .endpoint("http://127.0.0.1:9")
        .schedule_delay(Duration::from_secs(3600))
        .exit_wait(Duration::ZERO);
    otel::configure(settings).expect("nothing was reported before");

    let (original, drop_in) = (original(), drop_in());
    if has(callgrind::COUNTED) {
        callgrind::run_counted(&original, &drop_in);
        return ExitCode::SUCCESS;
    }
    if has("--bench") && !has("--check") {
        let times = times(&original, &drop_in);
        println!("a recorded span, nanoseconds: {times:.0?}");
    }
    let Some(counts) = callgrind::count() else {
        eprintln!("instructions were not counted: valgrind is not installed");
        let is_failure = has("--check") && env::var("CI").is_ok_and(|value| value == "true");
        return ExitCode::from(u8::from(is_failure));
    };
    let ratio = counts.drop_in / counts.original;
    println!("a recorded span, instructions: {counts:.0?}, {ratio:.2} of the original");
    ExitCode::from(u8::from(has("--check") && ratio > 1.0))
}

fn original() -> impl Fn() {
    let spans = original::work::Spans::new();
    let process = jaeger::Process {
        service_name: "shop".to_owned(),
        tags: Vec::new(),
    };
    move || {
        let spans = [spans.one()];
        let batch = jaeger::Batch {
            process: process.clone(),
            spans: spans.iter().map(jaeger::Span::from).collect(),
        };
        let mut datagram = Vec::new();
        Message::from(agent::EmitBatchNotification { batch })
            .compact_encode(&mut datagram)
            .expect("memory takes it");
        black_box(datagram);
    }
}

fn drop_in() -> impl Fn() {
    let spans = drop_in::work::Spans::new();
    let reporter = JaegerCompactReporter::new("shop").expect("nothing can fail");
    move || {
        reporter
            .report(&[spans.one()])
            .expect("there is room in the queue");
    }
}

/// By turns, so that a busy moment of the machine meets both; the best of each counts.
fn times(original: &impl Fn(), drop_in: &impl Fn()) -> Costs<f64> {
    let mut best = Costs {
        original: f64::MAX,
        drop_in: f64::MAX,
    };
    for _ in 0..CHUNKS {
        best.original = best.original.min(time(original));
        best.drop_in = best.drop_in.min(time(drop_in));
        otel::flush(Duration::from_secs(5));
    }
    best
}

fn time(work: &impl Fn()) -> f64 {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        work();
    }
    start.elapsed().as_nanos() as f64 / f64::from(ROUNDS)
}
