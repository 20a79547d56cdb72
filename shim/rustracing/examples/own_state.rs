//! A program with a state of its own: spans are counted, and printed as they come out of the channel.
//!
//! ```text
//! cargo run -p opentracing-shim-rustracing --example own_state
//! ```

// In a program whose manifest has the two lines, this one is not needed.
use opentracing_shim_rustracing as rustracing;

use std::sync::atomic::{AtomicU64, Ordering};

use rustracing::Tracer;
use rustracing::sampler::{PassiveSampler, Sampler};
use rustracing::span::CandidateSpan;
use rustracing::tag::{StdTag, Tag};

/// The number of a span, and of the one that it belongs to.
#[derive(Clone, Debug)]
struct Number {
    own: u64,
    parent: Option<u64>,
}

impl From<CandidateSpan<'_, Self>> for Number {
    fn from(span: CandidateSpan<'_, Self>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            own: NEXT.fetch_add(1, Ordering::Relaxed),
            parent: span.references().first().map(|parent| parent.span().own),
        }
    }
}

/// Records what somebody has paid for.
struct Paid;

impl<T> Sampler<T> for Paid {
    fn is_sampled(&self, span: &CandidateSpan<'_, T>) -> bool {
        span.tags().iter().any(|tag| tag.name() == "price")
    }
}

fn main() {
    let (span_tx, span_rx) = crossbeam_channel::bounded(16);
    let sampler = Sampler::<Number>::or(Paid, PassiveSampler);
    let tracer = Tracer::<_, Number>::with_sender(sampler, span_tx);

    let order = tracer.span("order").tag(Tag::new("price", 9.5)).start();
    drop(order.child("payment", |options| {
        options.tag(StdTag::span_kind("client")).start()
    }));
    drop(order);
    drop(tracer.span("look around").start());
    drop(tracer);

    for span in span_rx {
        let Number { own, parent } = span.context().state();
        match parent {
            Some(parent) => println!("{own} {}, part of {parent}", span.operation_name()),
            None => println!("{own} {}", span.operation_name()),
        }
    }
}
