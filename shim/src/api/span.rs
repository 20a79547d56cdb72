//! The handle to a span.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use super::backend::{Attachment, ScopeGuard, SpanBackend};
use super::{FieldValue, FinishOptions, SpanContext, TagValue};
use crate::scope::Scope;

/// A span: a named operation with a start and an end. Clones are handles to the same span.
///
/// After [`finish`](Self::finish) only the context may be asked for; everything else is ignored. When the last handle of
/// an unfinished span is dropped, the span ends at that moment, so that forgotten work is seen rather than lost.
///
/// ```
/// use opentracing_shim::{tags, Tracer};
///
/// let span = Tracer::noop().build_span("fetch").start();
/// span.set_tag(tags::HTTP_STATUS_CODE, 200).set_tag("cache", false).log_event("first byte");
/// span.finish();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Span(Option<Arc<dyn SpanBackend>>);

impl Span {
    /// A span that does nothing.
    pub const fn noop() -> Self {
        Self(None)
    }

    /// The handle to a tracer's own kind of span.
    pub fn from_backend(backend: Arc<dyn SpanBackend>) -> Self {
        Self(Some(backend))
    }

    /// The span's context at this moment.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let span = tracer.build_span("job").start();
    /// let before = span.context();
    /// span.set_baggage_item("tenant", "t1");
    ///
    /// assert_eq!(before.baggage_item("tenant"), None);
    /// assert_eq!(span.context().baggage_item("tenant"), Some("t1"));
    /// ```
    pub fn context(&self) -> SpanContext {
        self.0
            .as_ref()
            .map(|backend| backend.context())
            .unwrap_or_default()
    }

    /// Replaces the operation name.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// tracer.build_span("GET").start().set_operation_name("GET /users/{id}").finish();
    /// assert_eq!(mock.finished_spans()[0].operation_name(), "GET /users/{id}");
    /// ```
    pub fn set_operation_name(&self, name: impl Into<Cow<'static, str>>) -> &Self {
        if let Some(backend) = &self.0 {
            backend.set_operation_name(name.into());
        }
        self
    }

    /// Sets a tag; the last value of a key wins.
    ///
    /// ```
    /// use opentracing_shim::{api::mock::MockTracer, TagValue};
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let span = tracer.build_span("fetch").start();
    /// span.set_tag("attempt", 1).set_tag("attempt", 2).set_tag("cached", false);
    /// span.finish();
    /// assert_eq!(mock.finished_spans()[0].tag("attempt"), Some(&TagValue::I64(2)));
    /// ```
    pub fn set_tag(&self, key: impl Into<Cow<'static, str>>, value: impl Into<TagValue>) -> &Self {
        if let Some(backend) = &self.0 {
            backend.set_tag(key.into(), value.into());
        }
        self
    }

    /// Adds a log record at this moment. See [`Fields`](super::Fields) for values of several types. A span that does not
    /// record does not read them: what a lazy iterator would compute is saved.
    ///
    /// ```
    /// use opentracing_shim::{api::mock::MockTracer, Fields};
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let span = tracer.build_span("fetch").start();
    /// span.log([("event", "cache miss"), ("key", "u1")]);
    /// span.log(Fields::new().with("event", "retry").with("attempt", 2));
    /// span.finish();
    /// assert_eq!(mock.finished_spans()[0].logs().len(), 2);
    /// ```
    #[inline]
    pub fn log<K, V>(&self, fields: impl IntoIterator<Item = (K, V)>) -> &Self
    where
        K: Into<Cow<'static, str>>,
        V: Into<FieldValue>,
    {
        self.log_record(None, fields)
    }

    /// Adds a log record at the given time.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let span = tracer.build_span("import").start();
    /// span.log_at(SystemTime::UNIX_EPOCH, [("event", "read")]);
    /// span.finish();
    /// assert_eq!(mock.finished_spans()[0].logs()[0].time(), SystemTime::UNIX_EPOCH);
    /// ```
    pub fn log_at<K, V>(&self, time: SystemTime, fields: impl IntoIterator<Item = (K, V)>) -> &Self
    where
        K: Into<Cow<'static, str>>,
        V: Into<FieldValue>,
    {
        self.log_record(Some(time), fields)
    }

    /// Adds a log record of a name alone, without any field; through the bridge an event of that name.
    pub fn log_event(&self, event: impl Into<Cow<'static, str>>) -> &Self {
        if let Some(backend) = &self.0 {
            backend.log_event(event.into());
        }
        self
    }

    /// Sets a baggage item. Contexts taken before do not change.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let parent = tracer.build_span("request").start();
    /// parent.set_baggage_item("tenant", "t1");
    /// let child = tracer.build_span("query").child_of(&parent).start();
    /// assert_eq!(child.baggage_item("tenant").as_deref(), Some("t1"));
    /// ```
    pub fn set_baggage_item(&self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> &Self {
        if let Some(backend) = &self.0 {
            backend.set_baggage_item(key.into(), value.into());
        }
        self
    }

    /// The value of a baggage item.
    pub fn baggage_item(&self, key: &str) -> Option<String> {
        self.0.as_ref()?.baggage_item(key)
    }

    /// Ends the span at this moment. Only the first call counts.
    pub fn finish(&self) {
        self.finish_with(FinishOptions::default());
    }

    /// Ends the span at the given time.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// tracer.build_span("import").start().finish_at(SystemTime::UNIX_EPOCH);
    /// assert_eq!(mock.finished_spans()[0].finish_time(), SystemTime::UNIX_EPOCH);
    /// ```
    pub fn finish_at(&self, time: SystemTime) {
        self.finish_with(FinishOptions::new().at(time));
    }

    /// Ends the span, with a time or log records in bulk.
    pub fn finish_with(&self, options: FinishOptions) {
        if let Some(backend) = &self.0 {
            backend.finish(options);
        }
    }

    /// Makes this span the active one of this thread until the scope is closed. The span is not finished then, unless
    /// [`Scope::finish_on_close`] says so.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let span = tracer.build_span("request").start();
    /// {
    ///     let _scope = span.activate();
    ///     tracer.build_span("query").start().finish(); // a child of "request"
    /// }
    /// assert!(tracer.active_span().is_none());
    /// span.finish();
    /// # assert_eq!(mock.finished_spans()[0].parent_id(), Some(mock.span_id(&span)));
    /// ```
    pub fn activate(&self) -> Scope {
        Scope::new(self.clone(), self.activate_backend())
    }

    /// Runs `work` with this span active.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let span = tracer.build_span("outer").start();
    /// span.in_scope(|| tracer.build_span("inner").start().finish());
    /// span.finish();
    ///
    /// let spans = mock.finished_spans();
    /// assert_eq!(spans[0].parent_id(), Some(spans[1].span_id()));
    /// ```
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        let _scope = self.activate();
        work()
    }

    /// Whether both are handles to the very same span. No-op spans are never the same.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let span = tracer.build_span("request").start();
    /// let _scope = span.activate();
    /// assert!(tracer.active_span().is_some_and(|active| active.same_as(&span)));
    /// ```
    pub fn same_as(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(left), Some(right)) => Arc::ptr_eq(left, right),
            _ => false,
        }
    }

    /// The tracer's own kind of span, if it is a `T`.
    pub fn backend<T: SpanBackend>(&self) -> Option<&T> {
        let backend: &dyn Any = self.0.as_deref()?;
        backend.downcast_ref()
    }

    pub(crate) fn is_noop(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn attachment(&self) -> Option<Box<dyn Attachment>> {
        self.0.clone().map(SpanBackend::attachment)
    }

    fn activate_backend(&self) -> Option<Box<dyn ScopeGuard>> {
        self.0.clone().map(SpanBackend::activate)
    }

    #[inline]
    fn log_record<K, V>(
        &self,
        time: Option<SystemTime>,
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> &Self
    where
        K: Into<Cow<'static, str>>,
        V: Into<FieldValue>,
    {
        if let Some(backend) = &self.0
            && backend.is_recording()
        {
            // What runs of the caller runs here, before the tracer is asked for anything.
            backend.log(time, fields.into_iter().collect());
        }
        self
    }
}
