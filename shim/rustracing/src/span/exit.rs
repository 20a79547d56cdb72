//! The way out of a finished span.

use std::borrow::Cow;
use std::fmt;

use super::{FinishedSpan, SpanSender, StartSpanOptions};
use crate::otel::OnFinish;
use crate::sampler::AllSampler;

/// The channel, and the hook if there is one.
///
/// Tracers, spans and handles own one each and nothing else does: `for span in span_rx` ends when they are gone.
pub(crate) struct Exit<T> {
    span_tx: SpanSender<T>,
    on_finish: Option<OnFinish<T>>,
}

impl<T> Exit<T> {
    pub(crate) fn new(span_tx: SpanSender<T>) -> Self {
        Self {
            span_tx,
            on_finish: None,
        }
    }

    pub(crate) fn on_finish(&mut self, hook: OnFinish<T>) {
        self.on_finish = Some(hook);
    }

    /// Begins a span that is recorded without asking a sampler.
    pub(super) fn span<N>(&self, operation_name: N) -> StartSpanOptions<'_, AllSampler, T>
    where
        N: Into<Cow<'static, str>>,
    {
        StartSpanOptions::new(operation_name.into(), self, &AllSampler)
    }

    /// Never waits: a span that finds the channel full, or nobody at its end, is lost.
    pub(super) fn send(&self, mut span: FinishedSpan<T>) {
        if let Some(hook) = self.on_finish
            && hook(&span)
        {
            span.take();
        }
        let _ = self.span_tx.try_send(span);
    }
}

impl<T> Clone for Exit<T> {
    fn clone(&self) -> Self {
        Self {
            span_tx: self.span_tx.clone(),
            on_finish: self.on_finish,
        }
    }
}

/// As the sender alone, so that what holds it reads as it does in the original.
impl<T> fmt::Debug for Exit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.span_tx.fmt(f)
    }
}
