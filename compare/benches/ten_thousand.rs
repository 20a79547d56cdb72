//! Two captures of ten thousand spans: reading them, comparing them, and what plain parsing of the same text takes. Beside it
//! the hardest of cases: one trace in which all spans are siblings, have one name, and differ in everything else.

use std::fmt::Write as _;
use std::hint::black_box;

use compare::{Capture, Rules, compare, doctor};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const SPANS: usize = 10_000;
const SPANS_A_TRACE: usize = 10;

/// Traces of ten spans in three services, one export request a trace. Ids and times differ from run to run, and the order of
/// siblings with them.
fn capture(run: u64, method: &str) -> String {
    let mut text = String::new();
    for trace in 0..SPANS / SPANS_A_TRACE {
        let mut batches = [String::new(), String::new(), String::new()];
        for span in 0..SPANS_A_TRACE {
            let id = (run << 32) + (trace * SPANS_A_TRACE + span) as u64 + 1;
            let parent = match span {
                0 => String::new(),
                _ => format!("{:016x}", id - (span - span / 3) as u64),
            };
            let start = 1_780_000_000_000_000_000 + id + run * (id % 7) * 1_000;
            let batch = &mut batches[span % 3];
            if !batch.is_empty() {
                batch.push(',');
            }
            let kind = [2, 3, 1][span % 3];
            write!(
                batch,
                r#"{{"traceId":"{trace:016x}{run:016x}","spanId":"{id:016x}","parentSpanId":"{parent}","name":"step {}","kind":{kind},
                   "startTimeUnixNano":"{start}","endTimeUnixNano":"{}","attributes":[
                   {{"key":"{method}","value":{{"stringValue":"POST"}}}},{{"key":"attempt","value":{{"intValue":"{}"}}}},
                   {{"key":"tenant","value":{{"stringValue":"tenant-{}"}}}}],"status":{{}}}}"#,
                span / 2,
                start + 5_000,
                span % 4,
                trace % 50,
            )
            .expect("a string takes any text");
        }
        let batches: Vec<_> = batches
            .iter()
            .zip(["api", "auth", "sms"])
            .map(|(spans, service)| {
                format!(
                    r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}"#
                )
            })
            .collect();
        let request = format!(r#"{{"resourceSpans":[{}]}}"#, batches.join(","));
        text.push_str(&request.replace('\n', ""));
        text.push('\n');
    }
    text
}

/// One trace, whose root has all other spans as children. No two runs share a value.
fn siblings(run: u64) -> String {
    let span = |at: u64| {
        let id = (run << 32) + at + 1;
        let parent = if at == 0 {
            String::new()
        } else {
            format!("{:016x}", (run << 32) + 1)
        };
        format!(
            r#"{{"traceId":"{run:032x}","spanId":"{id:016x}","parentSpanId":"{parent}","name":"step","startTimeUnixNano":"{}",
               "attributes":[{{"key":"value","value":{{"intValue":"{id}"}}}}]}}"#,
            id * 7_919 % 10_007
        )
    };
    let spans: Vec<_> = (0..SPANS as u64).map(span).collect();
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    )
}

fn parse(text: &str) -> usize {
    let values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    values.filter(Result::is_ok).count()
}

fn ten_thousand(criterion: &mut Criterion) {
    let (before, after) = (capture(1, "http.method"), capture(2, "http.request.method"));
    let read = |text: &str| Capture::from_slice("bench", text.as_bytes()).expect("it is a capture");
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
    let (one, other) = (read(&siblings(1)), read(&siblings(2)));
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

criterion_group!(benches, ten_thousand);
criterion_main!(benches);
