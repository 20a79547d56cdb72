//! A handle of a span.

use std::borrow::Cow;

use super::{BaggageItem, Exit, Span, SpanContext, StartSpanOptions};
use crate::sampler::AllSampler;

/// What a span was when the handle was taken: its context, and the means to start children.
///
/// It may outlive the span.
#[derive(Debug, Clone)]
pub struct SpanHandle<T>(Option<(SpanContext<T>, Exit<T>)>);

impl<T> SpanHandle<T> {
    pub(super) fn new(inner: Option<(SpanContext<T>, Exit<T>)>) -> Self {
        Self(inner)
    }

    /// Whether the span is recorded.
    pub fn is_sampled(&self) -> bool {
        self.0.is_some()
    }

    /// The span's context, if it is recorded.
    pub fn context(&self) -> Option<&SpanContext<T>> {
        self.0.as_ref().map(|(context, _)| context)
    }

    /// The baggage item of that name.
    pub fn get_baggage_item(&self, name: &str) -> Option<&BaggageItem> {
        self.context()?.baggage_item(name)
    }

    /// Starts a child, which is recorded if the span is.
    ///
    /// `f` completes the description and starts it.
    pub fn child<N, F>(&self, operation_name: N, f: F) -> Span<T>
    where
        N: Into<Cow<'static, str>>,
        T: Clone,
        F: FnOnce(StartSpanOptions<'_, AllSampler, T>) -> Span<T>,
    {
        match &self.0 {
            Some((context, exit)) => f(exit.span(operation_name).child_of(context)),
            None => Span::inactive(),
        }
    }

    /// Starts a span that follows from this one, and is recorded if it is.
    ///
    /// `f` completes the description and starts it.
    pub fn follower<N, F>(&self, operation_name: N, f: F) -> Span<T>
    where
        N: Into<Cow<'static, str>>,
        T: Clone,
        F: FnOnce(StartSpanOptions<'_, AllSampler, T>) -> Span<T>,
    {
        match &self.0 {
            Some((context, exit)) => f(exit.span(operation_name).follows_from(context)),
            None => Span::inactive(),
        }
    }
}
