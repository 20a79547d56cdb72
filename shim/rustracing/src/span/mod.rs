//! Spans: [`Span`] while it runs, [`FinishedSpan`] when it has ended, [`SpanContext`] for everybody else.

mod context;
mod exit;
mod finished;
mod handle;
mod options;
mod reference;

use std::borrow::Cow;
use std::time::SystemTime;

pub use context::{BaggageItem, SpanContext};
pub(crate) use exit::Exit;
pub use finished::FinishedSpan;
pub use handle::SpanHandle;
pub use options::{CandidateSpan, StartSpanOptions};
pub use reference::SpanReference;

use crate::convert::MaybeAsRef;
use crate::log::{Log, LogBuilder, StdErrorLogFieldsBuilder};
use crate::order;
use crate::sampler::AllSampler;
use crate::tag::{StdTag, Tag};

/// Receives finished spans.
pub type SpanReceiver<T> = crossbeam_channel::Receiver<FinishedSpan<T>>;

/// Sends finished spans.
pub type SpanSender<T> = crossbeam_channel::Sender<FinishedSpan<T>>;

/// A span, which finishes when it is dropped, and is then sent to the [`SpanReceiver`].
///
/// A span that is not recorded has neither context nor ids: setters do nothing, and do not call what they are given.
#[derive(Debug)]
pub struct Span<T>(Option<SpanInner<T>>);

#[derive(Debug)]
struct SpanInner<T> {
    operation_name: Cow<'static, str>,
    start_time: SystemTime,
    finish_time: Option<SystemTime>,
    references: Vec<SpanReference<T>>,
    tags: Vec<Tag>,
    logs: Vec<Log>,
    context: SpanContext<T>,
    span_tx: Exit<T>,
}

impl<T> Span<T> {
    /// A span that records nothing.
    ///
    /// ```
    /// # use opentracing_shim_rustracing as rustracing;
    /// use rustracing::span::Span;
    ///
    /// assert!(!Span::<()>::inactive().is_sampled());
    /// ```
    pub fn inactive() -> Self {
        Self(None)
    }

    /// A handle, which can start children but not change the span.
    pub fn handle(&self) -> SpanHandle<T>
    where
        T: Clone,
    {
        SpanHandle::new(
            self.0
                .as_ref()
                .map(|inner| (inner.context.clone(), inner.span_tx.clone())),
        )
    }

    /// Whether it is recorded.
    pub fn is_sampled(&self) -> bool {
        self.0.is_some()
    }

    /// Its context, if it is recorded.
    pub fn context(&self) -> Option<&SpanContext<T>> {
        self.0.as_ref().map(|inner| &inner.context)
    }

    /// Gives it another name.
    pub fn set_operation_name<F, N>(&mut self, f: F)
    where
        F: FnOnce() -> N,
        N: Into<Cow<'static, str>>,
    {
        if let Some(inner) = &mut self.0 {
            inner.operation_name = f().into();
        }
    }

    /// Sets when it began.
    pub fn set_start_time<F>(&mut self, f: F)
    where
        F: FnOnce() -> SystemTime,
    {
        if let Some(inner) = &mut self.0 {
            inner.start_time = f();
        }
    }

    /// Sets when it ended. By default that is when it is dropped.
    pub fn set_finish_time<F>(&mut self, f: F)
    where
        F: FnOnce() -> SystemTime,
    {
        if let Some(inner) = &mut self.0 {
            inner.finish_time = Some(f());
        }
    }

    /// Sets a tag, in place of one with the same name.
    pub fn set_tag<F>(&mut self, f: F)
    where
        F: FnOnce() -> Tag,
    {
        if let Some(inner) = &mut self.0 {
            order::replace(&mut inner.tags, f(), Tag::name);
        }
    }

    /// Sets tags, in place of those with the same names.
    pub fn set_tags<F, I>(&mut self, f: F)
    where
        F: FnOnce() -> I,
        I: IntoIterator<Item = Tag>,
    {
        if let Some(inner) = &mut self.0 {
            for tag in f() {
                order::replace(&mut inner.tags, tag, Tag::name);
            }
        }
    }

    /// Sets a baggage item, in place of one with the same name.
    ///
    /// Children that start from now on inherit it; a [`SpanHandle`] taken before does not see it.
    pub fn set_baggage_item<F>(&mut self, f: F)
    where
        F: FnOnce() -> BaggageItem,
    {
        if let Some(inner) = &mut self.0 {
            inner.context.set_baggage_item(f());
        }
    }

    /// The baggage item of that name.
    pub fn get_baggage_item(&self, name: &str) -> Option<&BaggageItem> {
        self.context()?.baggage_item(name)
    }

    /// Logs what `f` adds. Without a field there is no log.
    pub fn log<F>(&mut self, f: F)
    where
        F: FnOnce(&mut LogBuilder),
    {
        if let Some(inner) = &mut self.0 {
            let mut builder = LogBuilder::new();
            f(&mut builder);
            inner.logs.extend(builder.finish());
        }
    }

    /// Logs an error, and marks the span with the tag `error` unless it has one.
    pub fn error_log<F>(&mut self, f: F)
    where
        F: FnOnce(&mut StdErrorLogFieldsBuilder<'_>),
    {
        if let Some(inner) = &mut self.0 {
            let mut builder = LogBuilder::new();
            f(&mut builder.error());
            inner.logs.extend(builder.finish());
            if !inner.tags.iter().any(|tag| tag.name() == StdTag::ERROR) {
                inner.tags.push(StdTag::error());
            }
        }
    }

    /// Starts a child, which is recorded if this span is.
    ///
    /// `f` completes the description and starts it.
    pub fn child<N, F>(&self, operation_name: N, f: F) -> Self
    where
        N: Into<Cow<'static, str>>,
        T: Clone,
        F: FnOnce(StartSpanOptions<'_, AllSampler, T>) -> Self,
    {
        match &self.0 {
            Some(inner) => f(inner.span_tx.span(operation_name).child_of(&inner.context)),
            None => Self::inactive(),
        }
    }

    /// Starts a span that follows from this one, and is recorded if this span is.
    ///
    /// `f` completes the description and starts it.
    pub fn follower<N, F>(&self, operation_name: N, f: F) -> Self
    where
        N: Into<Cow<'static, str>>,
        T: Clone,
        F: FnOnce(StartSpanOptions<'_, AllSampler, T>) -> Self,
    {
        match &self.0 {
            Some(inner) => f(inner
                .span_tx
                .span(operation_name)
                .follows_from(&inner.context)),
            None => Self::inactive(),
        }
    }
}

impl<T> Drop for Span<T> {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            let end = inner.finish_time.unwrap_or_else(SystemTime::now);
            let (span, exit) = FinishedSpan::new(inner, end);
            exit.send(span);
        }
    }
}

impl<T> MaybeAsRef<SpanContext<T>> for Span<T> {
    fn maybe_as_ref(&self) -> Option<&SpanContext<T>> {
        self.context()
    }
}
