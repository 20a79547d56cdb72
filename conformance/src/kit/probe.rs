//! What a kit asks about a tracer that the OpenTracing API itself does not tell.

use std::collections::BTreeMap;
use std::time::SystemTime;

use opentracing_shim::{ReferenceType, Span, SpanContext, TagValue};

/// Looks behind the API of one tracer. Every answer may be `None`: cannot tell.
///
/// With [`finished_spans`](Self::finished_spans) alone the rest follows, as long as contexts have ids.
pub trait Probe: Send + Sync {
    /// Whether two spans are in one trace.
    fn same_trace(&self, left: &Span, right: &Span) -> Option<bool> {
        let [left, right] = [left, right].map(|span| span.context().to_trace_id());
        let known = !left.is_empty() && !right.is_empty();
        known.then(|| left == right)
    }

    /// Whether a context is that of the span.
    fn same_span_context(&self, span: &Span, context: &SpanContext) -> Option<bool> {
        let own = span.context();
        let known = !own.to_span_id().is_empty();
        known.then(|| {
            own.to_trace_id() == context.to_trace_id() && own.to_span_id() == context.to_span_id()
        })
    }

    /// Whether one span is the parent of another. Asked when both are finished.
    fn is_parent(&self, parent: &Span, child: &Span) -> Option<bool> {
        let (parent, child) = (parent.context().to_span_id(), child.context().to_span_id());
        let finished = self.finished_spans()?;
        let child = finished.iter().find(|span| span.span_id == child)?;
        Some(child.parent_id.as_ref() == Some(&parent))
    }

    /// The spans that this tracer has finished so far, in the order of finishing.
    fn finished_spans(&self) -> Option<Vec<FinishedSpan>> {
        None
    }
}

/// Answers what ids tell, and nothing more.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByIds;

impl Probe for ByIds {}

/// A finished span, as far as its tracer can tell.
///
/// ```
/// use conformance::kit::FinishedSpan;
///
/// let span = FinishedSpan::new("get", "7", "8").parent_id("7").tags([("http.method", "GET")]);
/// assert_eq!(span.operation_name(), "get");
/// ```
#[derive(Clone, Debug)]
pub struct FinishedSpan {
    pub(super) operation_name: String,
    pub(super) trace_id: String,
    pub(super) span_id: String,
    pub(super) parent_id: Option<String>,
    pub(super) references: Option<Vec<(ReferenceType, String)>>,
    pub(super) tags: Option<BTreeMap<String, TagValue>>,
    pub(super) is_error: Option<bool>,
    pub(super) logs: Option<usize>,
    pub(super) finish_time: Option<SystemTime>,
}

impl FinishedSpan {
    /// A root span of which no more is known. The ids are in the form in which
    /// [`SpanContext::to_trace_id`] and [`SpanContext::to_span_id`] give them.
    pub fn new(
        operation_name: impl Into<String>,
        trace_id: impl Into<String>,
        span_id: impl Into<String>,
    ) -> Self {
        Self {
            operation_name: operation_name.into(),
            trace_id: trace_id.into(),
            span_id: span_id.into(),
            parent_id: None,
            references: None,
            tags: None,
            is_error: None,
            logs: None,
            finish_time: None,
        }
    }

    /// It has a parent.
    #[must_use]
    pub fn parent_id(mut self, id: impl Into<String>) -> Self {
        self.parent_id = Some(id.into());
        self
    }

    /// Its references: type and span id, in the order of the calls.
    #[must_use]
    pub fn references<I: Into<String>>(
        mut self,
        references: impl IntoIterator<Item = (ReferenceType, I)>,
    ) -> Self {
        let references = references.into_iter().map(|(kind, id)| (kind, id.into()));
        self.references = Some(references.collect());
        self
    }

    /// Its tags at the end, without `error` if the tracer has another place for that.
    #[must_use]
    pub fn tags<K: Into<String>, V: Into<TagValue>>(
        mut self,
        tags: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let tags = tags
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()));
        self.tags = Some(tags.collect());
        self
    }

    /// Whether the tag `error` was true at the end.
    #[must_use]
    pub fn is_error(mut self, is_error: bool) -> Self {
        self.is_error = Some(is_error);
        self
    }

    /// How many log records it has.
    #[must_use]
    pub fn logs(mut self, count: usize) -> Self {
        self.logs = Some(count);
        self
    }

    /// When it ended.
    #[must_use]
    pub fn finish_time(mut self, time: SystemTime) -> Self {
        self.finish_time = Some(time);
        self
    }

    /// The operation name.
    pub fn operation_name(&self) -> &str {
        &self.operation_name
    }
}
