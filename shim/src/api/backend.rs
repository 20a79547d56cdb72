//! The traits behind the handles, for those who write a tracer.
//!
//! [`Tracer`](super::Tracer), [`Span`] and [`SpanContext`] are handles to one of these
//! or to nothing, which makes the no-op tracer free. [`mock`](super::mock) is a complete example.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::{
    Baggage, CloseError, ExtractCarrier, ExtractError, FinishOptions, Format, InjectCarrier,
    InjectError, Span, SpanContext, SpanStart, TagValue, fields,
};
pub use crate::attributes::LoggedFields;

/// What a tracer does.
pub trait TracerBackend: fmt::Debug + Send + Sync + 'static {
    /// Starts a span.
    fn start(&self, start: SpanStart) -> Span;

    /// The span that is active on this thread.
    fn active_span(&self) -> Option<Span>;

    /// Makes it so that no span is active until the guard is closed.
    fn activate_none(&self) -> Box<dyn ScopeGuard>;

    /// Writes a context into a carrier.
    ///
    /// # Errors
    /// See [`InjectError`].
    fn inject(
        &self,
        context: &SpanContext,
        format: Format<'_>,
        carrier: &mut dyn InjectCarrier,
    ) -> Result<(), InjectError>;

    /// Reads a context from a carrier; `None` when it holds nothing of ours.
    ///
    /// # Errors
    /// See [`ExtractError`].
    fn extract(
        &self,
        format: Format<'_>,
        carrier: &dyn ExtractCarrier,
    ) -> Result<Option<SpanContext>, ExtractError>;

    /// Flushes and stops; spans that start later do nothing.
    ///
    /// # Errors
    /// See [`CloseError`].
    fn close(&self) -> Result<(), CloseError>;
}

/// What a span does. Nothing but [`context`](Self::context) and [`baggage_item`](Self::baggage_item) has an effect once
/// the span is finished.
pub trait SpanBackend: Any + fmt::Debug + Send + Sync {
    /// The context at this moment.
    fn context(&self) -> SpanContext;

    /// Replaces the operation name.
    fn set_operation_name(&self, name: Cow<'static, str>);

    /// Sets a tag; the last value of a key wins.
    fn set_tag(&self, key: Cow<'static, str>, value: TagValue);

    /// Whether tags and log records are kept. Where they are not, the fields of a record are not even read.
    fn is_recording(&self) -> bool {
        true
    }

    /// Adds a log record, at this moment unless a time is given.
    fn log(&self, time: Option<SystemTime>, fields: LoggedFields);

    /// Adds a log record of a name alone, at this moment. A record of the field `event`, unless the tracer has something
    /// that comes closer.
    fn log_event(&self, event: Cow<'static, str>) {
        self.log(None, [(fields::EVENT, event)].into_iter().collect());
    }

    /// Sets a baggage item, which gives the span a new context.
    fn set_baggage_item(&self, key: Arc<str>, value: Arc<str>);

    /// The value of a baggage item.
    fn baggage_item(&self, key: &str) -> Option<String>;

    /// Ends the span. Only the first call counts.
    fn finish(&self, options: FinishOptions);

    /// Makes this span the active one until the guard is closed.
    fn activate(self: Arc<Self>) -> Box<dyn ScopeGuard>;

    /// Prepares to make this span active again and again, on whichever thread.
    fn attachment(self: Arc<Self>) -> Box<dyn Attachment>;
}

/// What the context of a span knows.
pub trait SpanContextBackend: Any + fmt::Debug + Send + Sync {
    /// The trace id as text, empty when invalid.
    fn trace_id(&self) -> String;

    /// The span id as text, empty when invalid.
    fn span_id(&self) -> String;

    /// Whether the trace is sampled.
    fn is_sampled(&self) -> bool;

    /// The baggage.
    fn baggage(&self) -> &Baggage;

    /// See [`SpanContext::to_link`]. `None` where there is nothing to point at, or no way to do so.
    fn to_link(&self) -> Option<SpanContext> {
        None
    }
}

/// An activation on one thread.
pub trait ScopeGuard {
    /// Ends the activation. True if it was the active one; otherwise the one on top of it stays active.
    fn close(self: Box<Self>) -> bool;
}

/// A span that is made active for the length of a call, as a future needs it at each poll.
pub trait Attachment: Send + Sync {
    /// Runs `work` with the span active.
    fn run(&mut self, work: &mut dyn FnMut());
}
