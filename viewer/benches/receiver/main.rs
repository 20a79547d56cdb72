//! How many spans a second the receiver takes on one core, and where the time goes.
//!
//! ```text
//! cargo bench -p viewer                       times by Criterion, then the sum of it in a few lines
//! cargo test -p viewer --bench receiver       each case once, to see that it runs
//! ```
//!
//! An exporter's requests, of 512 spans each, come over TCP to a receiver whose runtime has one thread. That thread has a
//! processor of its own, and so has the sender, where there are two. Beside it stand, in the same run and with the same bytes:
//! prost's decoder alone; the receiver without a transport; and the server that tonic generates, which drops what it gets.
//!
//! Criterion shows spans a second by the clock on the wall. The sum at the end is in processor time of the receiving thread,
//! which other work on the machine disturbs less. The store is full from the start, so that each span that comes drives one out.
//!
//! In the order of reading: `request.rs` is what is sent, `sender.rs` sends it, `thread.rs` is the receiving thread, `peer.rs` the
//! server that drops.

mod peer;
mod request;
mod sender;
mod thread;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use request::{Requests, SPANS};
use sender::Sender;
use thread::Thread;
use viewer::Viewer;
use viewer::intake::{Intake, Signal};
use viewer::store::{Limits, Store};

/// What the receiver is meant to take on one core.
const GOAL: f64 = 50_000.0;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .measurement_time(Duration::from_secs(5))
        .configure_from_args();
    thread::pin_to(0);
    let mut group = criterion.benchmark_group("receiver");
    group.throughput(Throughput::Elements(SPANS as u64));
    let figures = Figures {
        decode: decode_alone(&mut group),
        intake: without_transport(&mut group),
        dropped: dropped_by_tonic(&mut group),
        viewer: whole_way(&mut group),
    };
    group.finish();
    criterion.final_summary();
    // `cargo bench` passes this; without it each case ran once, by a debug build, to see that it runs.
    if std::env::args().any(|argument| argument == "--bench") {
        figures.print();
    }
}

/// Processor time for a number of requests. None were measured if a filter left the case out.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    requests: u64,
    time: Duration,
}

impl Cost {
    fn add(&mut self, requests: u64, time: Duration) {
        self.requests += requests;
        self.time += time;
    }

    /// Microseconds for a span.
    fn micros(self) -> Option<f64> {
        let spans = self.requests * SPANS as u64;
        (spans > 0).then(|| self.time.as_secs_f64() * 1e6 / spans as f64)
    }
}

fn decode_alone(group: &mut BenchmarkGroup<'_, WallTime>) -> Cost {
    measure_here(group, "decode alone", |request| {
        let decoded = ExportTraceServiceRequest::decode(request).expect("it is a request");
        black_box(decoded);
    })
}

fn without_transport(group: &mut BenchmarkGroup<'_, WallTime>) -> Cost {
    let store = Arc::new(Store::new(Limits::default()));
    let intake = Intake::new(Arc::clone(&store));
    let accept = |request| {
        let answer = intake.accept(Signal::Traces, request);
        black_box(answer.expect("it is a request"));
    };
    Requests::new().take(requests_to_fill()).for_each(accept);
    let cost = measure_here(group, "without transport", accept);
    assert_is_full(&store);
    cost
}

/// On this thread, which needs no sender.
fn measure_here(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    work: impl Fn(bytes::Bytes),
) -> Cost {
    let mut cost = Cost::default();
    let mut requests = Requests::new();
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let mut elapsed = Duration::ZERO;
            for _ in 0..rounds {
                let request = requests.next().expect("there is no end");
                let (began, busy) = (Instant::now(), thread::busy());
                work(request);
                cost.add(1, thread::busy() - busy);
                elapsed += began.elapsed();
            }
            elapsed
        });
    });
    cost
}

fn dropped_by_tonic(group: &mut BenchmarkGroup<'_, WallTime>) -> Cost {
    let thread = Thread::start();
    let address = thread.run(peer::start());
    measure_there(group, "tonic, dropped", &thread, address)
}

fn whole_way(group: &mut BenchmarkGroup<'_, WallTime>) -> Cost {
    let thread = Thread::start();
    let viewer = thread.run(async {
        let builder = Viewer::builder().thrift_compact(None).thrift_binary(None);
        builder.start().await.expect("there are free ports")
    });
    Sender::to(viewer.grpc_addr()).send(requests_to_fill() as u64);
    let cost = measure_there(group, "whole way", &thread, viewer.grpc_addr());
    assert_is_full(viewer.store());
    thread.run(viewer.shutdown());
    cost
}

/// By what a thread with a server is sent.
fn measure_there(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    thread: &Thread,
    address: std::net::SocketAddr,
) -> Cost {
    let mut cost = Cost::default();
    let mut sender = Sender::to(address);
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let busy = thread.busy();
            let elapsed = sender.send(rounds);
            cost.add(rounds, thread.busy() - busy);
            elapsed
        });
    });
    cost
}

/// How many requests fill a store, and some more.
fn requests_to_fill() -> usize {
    Limits::default().max_spans / SPANS + 8
}

/// Every span was taken, and as many left as there was no room for.
fn assert_is_full(store: &Store) {
    let (limits, stats) = (Limits::default(), store.stats());
    assert_eq!(stats.received_spans, stats.spans + stats.dropped_spans);
    assert!(stats.dropped_spans > 0, "the store was not full");
    assert!(stats.spans <= limits.max_spans as u64 && stats.bytes <= limits.max_bytes as u64);
}

/// What was measured.
struct Figures {
    decode: Cost,
    intake: Cost,
    dropped: Cost,
    viewer: Cost,
}

impl Figures {
    fn print(&self) {
        let costs = [self.decode, self.intake, self.dropped, self.viewer].map(Cost::micros);
        let [Some(decode), Some(intake), Some(dropped), Some(viewer)] = costs else {
            println!("A case was left out: nothing can be said about the goal.");
            return;
        };
        let rate = |micros: f64| 1e6 / micros;
        println!("Spans a second on one core, by processor time:");
        for (name, micros) in [
            ("decode alone", decode),
            ("without transport", intake),
            ("tonic, dropped", dropped),
            ("whole way", viewer),
        ] {
            println!(
                "  {name:<18} {:>9.0}  ({micros:.2} µs a span)",
                rate(micros)
            );
        }
        let parts = [
            ("decoding", decode),
            ("the store", intake - decode),
            ("transport", viewer - intake),
        ];
        let (most, time) = parts
            .into_iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .expect("there are three");
        println!(
            "Goal of {GOAL:.0} spans a second on one core: {}, {:.0}. Most of the time is {most}: {:.0} %.",
            if rate(viewer) >= GOAL {
                "reached"
            } else {
                "not reached"
            },
            rate(viewer),
            100.0 * time / viewer
        );
    }
}
