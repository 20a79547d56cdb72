//! Two captures of ten thousand spans: reading them, comparing them, and what plain parsing of the same text takes. Beside it
//! the hardest of cases: one trace in which all spans are siblings, have one name, and differ in everything else.
//!
//! ```text
//! cargo bench -p compare                     times, by Criterion
//! cargo bench -p compare -- --check          instructions alone, against what they may be
//! ```
//!
//! Time depends on the machine and on who else uses it, so that it is only shown. What is judged is counted, in `counted.rs`.

mod captures;
mod counted;

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

use compare::{Capture, Rules, compare, doctor};
use criterion::{Criterion, Throughput};

use captures::{capture, siblings};

const SPANS: usize = 10_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments = arguments.iter().map(String::as_str);
    // What `cargo bench` adds.
    let chosen: Vec<_> = arguments.filter(|it| *it != "--bench").collect();
    match chosen[..] {
        ["--check"] => counted::check(),
        [counted::COUNTED, work, spans] => counted::run(work, spans),
        _ => {
            let mut criterion = Criterion::default().configure_from_args();
            ten_thousand(&mut criterion);
            criterion.final_summary();
            ExitCode::SUCCESS
        }
    }
}

/// What anybody's reader of JSON does.
fn parse(text: &str) -> usize {
    let values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    values.filter(Result::is_ok).count()
}

fn read(text: &str) -> Capture {
    Capture::from_slice("bench", text.as_bytes()).expect("it is a capture")
}

fn ten_thousand(criterion: &mut Criterion) {
    let before = capture(SPANS, 1, "http.method");
    let after = capture(SPANS, 2, "http.request.method");
    let (left, right) = (read(&before), read(&after));
    assert_eq!(left.span_count(), SPANS);
    let rules = Rules::builtin();
    let report = compare(&left, &right, &rules);
    assert!(report.is_equivalent());
    assert_eq!(
        report
            .differences()
            .map(|(_, traces)| traces)
            .sum::<usize>(),
        SPANS
    );

    let mut group = criterion.benchmark_group("ten_thousand");
    group.sample_size(20);
    group.throughput(Throughput::Elements(2 * SPANS as u64));
    group.bench_function("parse_as_plain_json", |bencher| {
        bencher.iter(|| (parse(black_box(&before)), parse(black_box(&after))));
    });
    group.bench_function("read", |bencher| {
        bencher.iter(|| (read(black_box(&before)), read(black_box(&after))));
    });
    group.bench_function("compare", |bencher| {
        bencher.iter(|| compare(black_box(&left), black_box(&right), &rules));
    });
    let (one, other) = (read(&siblings(SPANS, 1)), read(&siblings(SPANS, 2)));
    let report = compare(&one, &other, &rules);
    assert_eq!(report.unexplained().count(), SPANS);
    group.bench_function("compare_siblings_that_all_differ", |bencher| {
        bencher.iter(|| compare(black_box(&one), black_box(&other), &rules));
    });
    group.bench_function("read_and_compare", |bencher| {
        bencher.iter(|| compare(&read(black_box(&before)), &read(black_box(&after)), &rules));
    });
    group.bench_function("doctor", |bencher| {
        bencher.iter(|| doctor(black_box(&left), &rules));
    });
    group.finish();
}
