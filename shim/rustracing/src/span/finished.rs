//! A span that has ended.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use super::{Exit, SpanContext, SpanInner, SpanReference};
use crate::log::Log;
use crate::tag::Tag;

/// A span that has ended, as it comes out of the channel.
pub struct FinishedSpan<T> {
    operation_name: Cow<'static, str>,
    start_time: SystemTime,
    finish_time: SystemTime,
    references: Vec<SpanReference<T>>,
    tags: Vec<Tag>,
    logs: Vec<Log>,
    context: SpanContext<T>,
    /// A hook has taken care of it.
    is_taken: bool,
}

impl<T> FinishedSpan<T> {
    pub(super) fn new(span: SpanInner<T>, finish_time: SystemTime) -> (Self, Exit<T>) {
        let finished = Self {
            operation_name: span.operation_name,
            start_time: span.start_time,
            finish_time,
            references: span.references,
            tags: span.tags,
            logs: span.logs,
            context: span.context,
            is_taken: false,
        };
        (finished, span.span_tx)
    }

    pub(super) fn take(&mut self) {
        self.is_taken = true;
    }

    pub(crate) fn is_taken(&self) -> bool {
        self.is_taken
    }

    /// The name.
    pub fn operation_name(&self) -> &str {
        &self.operation_name
    }

    /// When it began.
    pub fn start_time(&self) -> SystemTime {
        self.start_time
    }

    /// When it ended. Nothing keeps that from being before its start.
    pub fn finish_time(&self) -> SystemTime {
        self.finish_time
    }

    /// What was logged, in the order of the calls.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The tags: those of its start sorted by name, then those set later, by time.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The spans that it refers to.
    pub fn references(&self) -> &[SpanReference<T>] {
        &self.references
    }

    /// The context.
    pub fn context(&self) -> &SpanContext<T> {
        &self.context
    }
}

/// With the fields of the original.
impl<T: fmt::Debug> fmt::Debug for FinishedSpan<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinishedSpan")
            .field("operation_name", &self.operation_name)
            .field("start_time", &self.start_time)
            .field("finish_time", &self.finish_time)
            .field("references", &self.references)
            .field("tags", &self.tags)
            .field("logs", &self.logs)
            .field("context", &self.context)
            .finish()
    }
}
