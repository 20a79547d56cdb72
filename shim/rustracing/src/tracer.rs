//! Where spans begin.

use std::borrow::Cow;
use std::sync::Arc;

use crate::sampler::Sampler;
use crate::span::{Exit, SpanReceiver, SpanSender, StartSpanOptions};

/// Starts spans, and owns a sender of the channel that they finish into.
///
/// ```
/// # use opentracing_shim_rustracing as rustracing;
/// use rustracing::Tracer;
/// use rustracing::sampler::AllSampler;
///
/// let (span_tx, span_rx) = crossbeam_channel::bounded(10);
/// let tracer = Tracer::with_sender(AllSampler, span_tx);
///
/// drop(tracer.span("login").start_with_state(()));
///
/// assert_eq!(span_rx.recv()?.operation_name(), "login");
/// # Ok::<(), crossbeam_channel::RecvError>(())
/// ```
#[derive(Debug)]
pub struct Tracer<S, T> {
    sampler: Arc<S>,
    span_tx: Exit<T>,
}

impl<S: Sampler<T>, T> Tracer<S, T> {
    /// Makes a tracer with a channel that takes any number of spans.
    ///
    /// Nothing bounds that number if nobody receives them; [`with_sender`](Self::with_sender) takes a bounded channel.
    pub fn new(sampler: S) -> (Self, SpanReceiver<T>) {
        let (span_tx, span_rx) = crossbeam_channel::unbounded();
        (Self::with_sender(sampler, span_tx), span_rx)
    }

    /// Makes a tracer whose spans finish into `span_tx`. A span that finds it full is lost.
    pub fn with_sender(sampler: S, span_tx: SpanSender<T>) -> Self {
        Self {
            sampler: Arc::new(sampler),
            span_tx: Exit::new(span_tx),
        }
    }

    /// Begins to describe a span.
    pub fn span<N>(&self, operation_name: N) -> StartSpanOptions<'_, S, T>
    where
        N: Into<Cow<'static, str>>,
    {
        StartSpanOptions::new(operation_name.into(), &self.span_tx, &self.sampler)
    }
}

impl<S, T> Tracer<S, T> {
    /// A tracer into the same channel with another sampler.
    pub fn clone_with_sampler<U: Sampler<T>>(&self, sampler: U) -> Tracer<U, T> {
        Tracer {
            sampler: Arc::new(sampler),
            span_tx: self.span_tx.clone(),
        }
    }

    pub(crate) fn exit_mut(&mut self) -> &mut Exit<T> {
        &mut self.span_tx
    }
}

// Not derived, which would ask for a sampler and a state that can be cloned.
impl<S, T> Clone for Tracer<S, T> {
    fn clone(&self) -> Self {
        Self {
            sampler: Arc::clone(&self.sampler),
            span_tx: self.span_tx.clone(),
        }
    }
}
