//! The store stays within its bounds: the trace that began to arrive first leaves, and the counts say so.

mod support;

use std::sync::Arc;

use opentelemetry_proto::tonic::trace::v1::{ScopeSpans, Span};
use prost::Message as _;
use support::{attribute, batch, request, span, text, trace_id, with};
use viewer::intake::{Intake, Signal};
use viewer::store::{Limits, Store};

const NONE: Limits = Limits {
    max_spans: usize::MAX,
    max_traces: usize::MAX,
    max_bytes: usize::MAX,
    max_log_records: usize::MAX,
    max_log_bytes: usize::MAX,
};

fn store(limits: Limits) -> (Arc<Store>, Intake) {
    let store = Arc::new(Store::new(limits));
    let intake = Intake::new(Arc::clone(&store));
    (store, intake)
}

fn send(intake: &Intake, spans: impl IntoIterator<Item = Span>) {
    let export = request([batch("shop", spans)]);
    intake
        .accept(Signal::Traces, export.encode_to_vec().into())
        .expect("a request");
}

/// The numbers of the first ten traces that are held.
fn held(store: &Store) -> Vec<u64> {
    (1..=10)
        .filter(|number| store.trace(trace_id(*number)).is_some())
        .collect()
}

#[test]
fn the_oldest_trace_leaves_when_there_are_too_many() {
    let (store, intake) = store(Limits {
        max_traces: 3,
        ..NONE
    });

    for number in 1..=5 {
        send(
            &intake,
            [
                span(trace_id(number), 1, 0, "a"),
                span(trace_id(number), 2, 1, "b"),
            ],
        );
    }

    assert_eq!(held(&store), [3, 4, 5]);
    let stats = store.stats();
    assert_eq!((stats.traces, stats.spans), (3, 6));
    assert_eq!((stats.dropped_traces, stats.dropped_spans), (2, 4));
    assert_eq!(stats.received_spans, 10);
}

#[test]
fn the_oldest_trace_leaves_whole_when_there_are_too_many_spans() {
    let (store, intake) = store(Limits {
        max_spans: 4,
        ..NONE
    });

    send(&intake, (1..=3).map(|id| span(trace_id(1), id, 0, "a")));
    send(&intake, (1..=2).map(|id| span(trace_id(2), id, 0, "a")));

    assert_eq!(held(&store), [2]);
    assert_eq!(
        (store.stats().dropped_traces, store.stats().dropped_spans),
        (1, 3)
    );
}

#[test]
fn age_counts_from_the_first_span() {
    let (store, intake) = store(Limits {
        max_traces: 2,
        ..NONE
    });

    for number in [1, 2, 1, 3] {
        send(&intake, [span(trace_id(number), 1, 0, "a")]);
    }

    assert_eq!(held(&store), [2, 3]);
}

#[test]
fn a_trace_that_is_too_large_alone_keeps_its_first_spans() {
    let (store, intake) = store(Limits {
        max_spans: 4,
        ..NONE
    });

    send(&intake, (1..=6).map(|id| span(trace_id(1), id, 0, "a")));

    assert_eq!(store.trace(trace_id(1)).expect("kept").spans.len(), 4);
    assert_eq!(
        (store.stats().dropped_traces, store.stats().dropped_spans),
        (0, 2)
    );
}

#[test]
fn a_span_that_is_too_large_alone_is_not_kept() {
    let (store, intake) = store(Limits {
        max_bytes: 10_000,
        ..NONE
    });
    let large = with(
        span(trace_id(1), 1, 0, "a"),
        "page",
        text(&"x".repeat(20_000)),
    );

    send(&intake, [large]);
    send(&intake, [span(trace_id(2), 1, 0, "a")]);

    assert_eq!(held(&store), [2]);
    assert_eq!(store.stats().dropped_spans, 1);
}

#[test]
fn bytes_are_bounded_too() {
    let (store, intake) = store(Limits {
        max_bytes: 100_000,
        ..NONE
    });

    for number in 1..=10 {
        send(
            &intake,
            [with(
                span(trace_id(number), 1, 0, "a"),
                "page",
                text(&"x".repeat(30_000)),
            )],
        );
    }

    assert_eq!(held(&store), [8, 9, 10]);
    let bytes = store.stats().bytes;
    assert!((90_000..=100_000).contains(&bytes), "{bytes}");
}

#[test]
fn attributes_that_are_small_in_a_request_are_charged_for_their_size_in_memory() {
    let (store, intake) = store(Limits {
        max_bytes: 1 << 20,
        ..NONE
    });
    let mut hollow = span(trace_id(1), 1, 0, "a");
    hollow.attributes = vec![Default::default(); 50_000];
    assert!(hollow.encoded_len() < 200_000);

    send(&intake, [hollow]);

    assert_eq!(store.stats().spans, 0);
}

#[test]
fn a_resource_is_kept_once_however_many_scopes_share_it() {
    let (store, intake) = store(NONE);
    let mut shared = batch("shop", []);
    let description = attribute("description", text(&"x".repeat(1 << 20)));
    shared
        .resource
        .as_mut()
        .expect("set")
        .attributes
        .push(description);
    shared.scope_spans = (1..=10_000)
        .map(|id| ScopeSpans {
            spans: vec![span(trace_id(1), id, 0, "a")],
            ..ScopeSpans::default()
        })
        .collect();

    let export = request([shared]).encode_to_vec();
    intake
        .accept(Signal::Traces, export.into())
        .expect("a request");

    let stats = store.stats();
    assert_eq!(stats.spans, 10_000);
    assert!(stats.bytes < 16 << 20, "{}", stats.bytes);
}

#[test]
fn clearing_forgets_the_traces_and_keeps_the_counts() {
    let (store, intake) = store(NONE);
    send(&intake, [span(trace_id(1), 1, 0, "a")]);

    store.clear();

    let stats = store.stats();
    assert_eq!((stats.spans, stats.traces, stats.bytes), (0, 0, 0));
    assert_eq!(stats.received_spans, 1);
    assert!(store.services().is_empty());
}
