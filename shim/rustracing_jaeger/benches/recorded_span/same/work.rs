//! Spans as a program makes them.

use super::rustracing::sampler::AllSampler;
use super::rustracing::tag::{StdTag, Tag};
use super::rustracing_jaeger::Tracer;
use super::rustracing_jaeger::span::{FinishedSpan, Span, SpanReceiver};

pub(crate) struct Spans {
    parent: Span,
    span_rx: SpanReceiver,
}

impl Spans {
    pub(crate) fn new() -> Self {
        let (span_tx, span_rx) = crossbeam_channel::bounded(16);
        let tracer = Tracer::with_sender(AllSampler, span_tx);
        Self {
            parent: tracer.span("order").start(),
            span_rx,
        }
    }

    /// A child with three tags and a log, as it comes out of the channel.
    pub(crate) fn one(&self) -> FinishedSpan {
        let mut span = self.parent.child("query", |options| {
            options
                .tag(StdTag::span_kind("client"))
                .tag(Tag::new("db.statement", "select 1"))
                .start()
        });
        span.set_tag(|| Tag::new("rows", 7));
        span.log(|log| {
            log.std().event("answer").message("it was quick");
        });
        drop(span);
        self.span_rx.try_recv().expect("it has just finished")
    }
}
