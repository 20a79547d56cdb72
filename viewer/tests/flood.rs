//! More spans than the store holds, for a long time: the memory that is really taken stays near the bound, whatever their shape.

mod support;

use std::sync::Arc;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use support::{attribute, batch, request, span, text, trace_id, with};
use viewer::intake::{Intake, Signal};
use viewer::store::{Limits, Store};

const MAX_BYTES: usize = 4 << 20;
/// What the allocator gives beyond what the estimate counts: room to grow, and the store's own lists.
const SLACK: f64 = 1.3;
const SPANS_A_REQUEST: u64 = 512;

/// The most memory that is taken while spans come, beside that of one decoded request; and how often the store was filled.
fn flood(make: impl Fn(u64) -> Span) -> (f64, u64) {
    let requests = |number: u64| {
        let numbers = number * SPANS_A_REQUEST..(number + 1) * SPANS_A_REQUEST;
        request([batch("shop", numbers.map(&make))]).encode_to_vec()
    };
    let limits = Limits {
        max_spans: usize::MAX,
        max_traces: usize::MAX,
        max_bytes: MAX_BYTES,
        ..Limits::default()
    };
    let alone = |limits| {
        let store = Arc::new(Store::new(limits));
        let intake = Intake::new(Arc::clone(&store));
        let first = requests(0);
        let used = allocation_counter::measure(|| {
            let accepted = intake.accept(Signal::Traces, first.into());
            accepted.expect("a request");
        });
        (used.bytes_max, store.stats().bytes)
    };
    let (of_one, counted) = alone(limits);
    let count = 4 * MAX_BYTES as u64 / counted;

    let store = Arc::new(Store::new(limits));
    let intake = Intake::new(Arc::clone(&store));
    let used = allocation_counter::measure(|| {
        for number in 0..count {
            let accepted = intake.accept(Signal::Traces, requests(number).into());
            accepted.expect("a request");
        }
    });

    let stats = store.stats();
    assert!(stats.bytes <= MAX_BYTES as u64);
    let held = stats.spans.max(1);
    (
        used.bytes_max.saturating_sub(2 * of_one) as f64 / MAX_BYTES as f64,
        stats.received_spans / held,
    )
}

fn assert_bounded(shape: &str, make: impl Fn(u64) -> Span) {
    let (memory, times) = flood(make);

    assert!(times >= 3, "{shape}: the store was filled {times} times");
    assert!(memory <= SLACK, "{shape}: {memory:.2} of the bound");
}

#[test]
fn memory_stays_near_the_bound_whatever_the_shape_of_the_spans() {
    assert_bounded("as an exporter sends them", |number| {
        let span = span(trace_id(number / 8), number, 0, "POST /v1/login");
        (0..12).fold(span, |span, at| {
            with(
                span,
                &format!("http.request.header.{at}"),
                text("application/json"),
            )
        })
    });
    assert_bounded("nothing in them", |number| {
        span(trace_id(number / 8), number, 0, "")
    });
    assert_bounded("a trace each", |number| {
        span(trace_id(number), number, 0, "")
    });
    assert_bounded("empty attributes", |number| Span {
        attributes: vec![KeyValue::default(); 24],
        ..span(trace_id(number / 8), number, 0, "")
    });
    assert_bounded("tiny texts", |number| Span {
        attributes: (0..24).map(|_| attribute("k", text("v"))).collect(),
        ..span(trace_id(number / 8), number, 0, "")
    });
}
