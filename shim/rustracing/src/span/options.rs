//! The description of a span that has not started.

use std::borrow::Cow;
use std::time::SystemTime;

use super::{BaggageItem, Exit, Span, SpanContext, SpanInner, SpanReference};
use crate::convert::MaybeAsRef;
use crate::order;
use crate::sampler::Sampler;
use crate::tag::{StdTag, Tag, TagValue};

/// Describes a span, and starts it.
#[derive(Debug)]
pub struct StartSpanOptions<'a, S: 'a, T: 'a> {
    operation_name: Cow<'static, str>,
    start_time: Option<SystemTime>,
    tags: Vec<Tag>,
    references: Vec<SpanReference<T>>,
    baggage_items: Vec<BaggageItem>,
    span_tx: &'a Exit<T>,
    sampler: &'a S,
}

impl<'a, S: 'a, T: 'a> StartSpanOptions<'a, S, T>
where
    S: Sampler<T>,
{
    pub(crate) fn new(
        operation_name: Cow<'static, str>,
        span_tx: &'a Exit<T>,
        sampler: &'a S,
    ) -> Self {
        Self {
            operation_name,
            start_time: None,
            tags: Vec::new(),
            references: Vec::new(),
            baggage_items: Vec::new(),
            span_tx,
            sampler,
        }
    }

    /// Sets when it begins, which is when it is started by default.
    pub fn start_time(mut self, time: SystemTime) -> Self {
        self.start_time = Some(time);
        self
    }

    /// Adds a tag. Of several with one name, the last counts.
    ///
    /// An integer `sampling.priority` decides about recording in the place of the sampler.
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tags.push(tag);
        self
    }

    /// Makes it a child of the span with that context, whose baggage it inherits.
    ///
    /// Nothing happens if there is no context.
    pub fn child_of<C>(self, context: &C) -> Self
    where
        C: MaybeAsRef<SpanContext<T>>,
        T: Clone,
    {
        self.refer(context, SpanReference::ChildOf)
    }

    /// Makes it follow from the span with that context, whose baggage it inherits.
    ///
    /// Nothing happens if there is no context.
    pub fn follows_from<C>(self, context: &C) -> Self
    where
        C: MaybeAsRef<SpanContext<T>>,
        T: Clone,
    {
        self.refer(context, SpanReference::FollowsFrom)
    }

    fn refer<C>(mut self, context: &C, kind: fn(T) -> SpanReference<T>) -> Self
    where
        C: MaybeAsRef<SpanContext<T>>,
        T: Clone,
    {
        if let Some(context) = context.maybe_as_ref() {
            self.references.push(kind(context.state().clone()));
            self.baggage_items
                .extend_from_slice(context.baggage_items());
        }
        self
    }

    /// Starts the span with a state that is made from its description.
    pub fn start(self) -> Span<T>
    where
        T: for<'b> From<CandidateSpan<'b, T>>,
    {
        self.start_with(|candidate| T::from(candidate))
    }

    /// Starts the span with this state.
    pub fn start_with_state(self, state: T) -> Span<T> {
        self.start_with(|_| state)
    }

    fn start_with(mut self, state: impl FnOnce(CandidateSpan<'_, T>) -> T) -> Span<T> {
        order::by_name(&mut self.tags, Tag::name);
        order::by_name(&mut self.baggage_items, BaggageItem::name);
        if !self.is_sampled() {
            return Span::inactive();
        }
        let state = state(self.candidate());
        Span(Some(SpanInner {
            operation_name: self.operation_name,
            start_time: self.start_time.unwrap_or_else(SystemTime::now),
            finish_time: None,
            references: self.references,
            tags: self.tags,
            logs: Vec::new(),
            context: SpanContext::sorted(state, self.baggage_items),
            span_tx: self.span_tx.clone(),
        }))
    }

    fn is_sampled(&self) -> bool {
        let priority = self.tags.iter().find(|tag| tag.name() == StdTag::PRIORITY);
        match priority.map(Tag::value) {
            Some(TagValue::Integer(priority)) => *priority > 0,
            _ => self.sampler.is_sampled(&self.candidate()),
        }
    }

    fn candidate(&self) -> CandidateSpan<'_, T> {
        CandidateSpan {
            tags: &self.tags,
            references: &self.references,
            baggage_items: &self.baggage_items,
        }
    }
}

/// A span that may come to be: what a sampler sees, and what a state is made from.
#[derive(Debug)]
pub struct CandidateSpan<'a, T: 'a> {
    tags: &'a [Tag],
    references: &'a [SpanReference<T>],
    baggage_items: &'a [BaggageItem],
}

impl<'a, T: 'a> CandidateSpan<'a, T> {
    /// Its tags, sorted by name.
    pub fn tags(&self) -> &[Tag] {
        self.tags
    }

    /// The spans that it refers to.
    pub fn references(&self) -> &[SpanReference<T>] {
        self.references
    }

    /// The baggage that it inherits.
    pub fn baggage_items(&self) -> &[BaggageItem] {
        self.baggage_items
    }
}
