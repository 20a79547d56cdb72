//! Where spans begin.

use std::borrow::Cow;
use std::fmt;

use rustracing::otel::on_finish;
use rustracing::sampler::{BoxSampler, Sampler};

use crate::record;
use crate::span::{SpanContextState, SpanReceiver, SpanSender, StartSpanOptions};

/// Starts spans, and owns a sender of the channel that they finish into.
#[derive(Clone)]
pub struct Tracer {
    inner: rustracing::Tracer<BoxSampler<SpanContextState>, SpanContextState>,
}

impl Tracer {
    /// Makes a tracer with a channel that takes any number of spans.
    ///
    /// Nothing bounds that number if nobody receives them; [`with_sender`](Self::with_sender) takes a bounded channel.
    pub fn new<S>(sampler: S) -> (Self, SpanReceiver)
    where
        S: Sampler<SpanContextState> + Send + Sync + 'static,
    {
        let (inner, span_rx) = rustracing::Tracer::new(sampler.boxed());
        (Self::around(inner), span_rx)
    }

    /// Makes a tracer whose spans finish into `span_tx`. A span that finds it full is lost.
    pub fn with_sender<S>(sampler: S, span_tx: SpanSender) -> Self
    where
        S: Sampler<SpanContextState> + Send + Sync + 'static,
    {
        Self::around(rustracing::Tracer::with_sender(sampler.boxed(), span_tx))
    }

    fn around(inner: rustracing::Tracer<BoxSampler<SpanContextState>, SpanContextState>) -> Self {
        Self {
            inner: on_finish(inner, record::replay_finished),
        }
    }

    /// A tracer into the same channel with another sampler.
    pub fn clone_with_sampler<T>(&self, sampler: T) -> Self
    where
        T: Sampler<SpanContextState> + Send + Sync + 'static,
    {
        Self {
            inner: self.inner.clone_with_sampler(sampler.boxed()),
        }
    }

    /// Begins to describe a span.
    pub fn span<N>(&self, operation_name: N) -> StartSpanOptions<'_>
    where
        N: Into<Cow<'static, str>>,
    {
        self.inner.span(operation_name)
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracer { .. }")
    }
}
