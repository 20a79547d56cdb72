//! Baggage that several threads set on one span.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentracing_shim::Format;

use super::case;
use crate::kit::setting::{go, join};
use crate::kit::{Capability, Case, Subject};

pub(super) const CASES: &[Case] = &[case(
    "otel.baggagehandling.multithreaded",
    "BaggageHandlingTest.test_multithreaded",
    &[Capability::Baggage],
    multithreaded,
)];

const THREADS: usize = 8;
const ITEMS: usize = 50;

/// None is lost, and whoever reads meanwhile is not disturbed.
fn multithreaded(subject: &Subject) {
    let span = subject.root("a");
    let stop = Arc::new(AtomicBool::new(false));
    let reader = {
        let (span, stop) = (span.clone(), stop.clone());
        go(subject, move |subject| {
            while !stop.load(Ordering::Acquire) {
                let context = span.context();
                assert_eq!(
                    context.baggage_items().count(),
                    context.baggage_items().count()
                );
                // More than a carrier may hold, so that an error is as good as none.
                let _ = subject
                    .tracer
                    .inject(&context, Format::TextMap, &mut HashMap::new());
            }
        })
    };
    let writers = [(); THREADS].map(|()| span.clone());
    let writers: Vec<_> = writers
        .into_iter()
        .enumerate()
        .map(|(thread, span)| {
            go(subject, move |_| {
                for item in 0..ITEMS {
                    let key = format!("{thread}.{item}");
                    span.set_baggage_item(key.as_str(), key.as_str());
                    assert_eq!(span.baggage_item(&key), Some(key));
                }
            })
        })
        .collect();
    writers.into_iter().for_each(join);
    stop.store(true, Ordering::Release);
    join(reader);

    let context = span.context();
    assert_eq!(context.baggage_items().count(), THREADS * ITEMS);
    assert!(context.baggage_items().all(|(key, value)| key == value));
    span.finish();
}
