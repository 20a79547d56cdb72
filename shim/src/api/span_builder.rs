//! Describes a span before it starts.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use smallvec::SmallVec;

use super::{Reference, ReferenceType, Referent, Span, TagValue, Tracer};
use crate::attributes::Attributes;
use crate::scope::Scope;

/// Describes a span before it starts. Obtained from [`Tracer::build_span`].
///
/// The parent is the first `ChildOf` in the list of references, or the first reference if there is none. Without any
/// reference it is the active span, unless [`ignore_active_span`](Self::ignore_active_span) says no.
///
/// ```
/// use opentracing_shim::{tags, Tracer};
///
/// let tracer = Tracer::noop();
/// let request = tracer.build_span("request").tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER).start();
/// let query = tracer.build_span("query").child_of(&request).start();
/// query.finish();
/// request.finish();
/// ```
#[derive(Debug)]
#[must_use = "a span builder does nothing until it starts the span"]
pub struct SpanBuilder<'t> {
    tracer: &'t Tracer,
    /// Nothing where the tracer does nothing.
    start: Option<SpanStart>,
}

impl<'t> SpanBuilder<'t> {
    #[inline]
    pub(super) fn new(tracer: &'t Tracer, operation_name: impl Into<Cow<'static, str>>) -> Self {
        let start = (!tracer.is_noop()).then(|| SpanStart::new(operation_name.into()));
        Self { tracer, start }
    }

    /// Refers to a span or context on which the new span depends. `None` is no reference.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let request = tracer.build_span("request").start();
    /// let query = tracer.build_span("query").child_of(&request).start();
    /// query.finish();
    /// assert_eq!(mock.finished_spans()[0].parent_id(), Some(mock.span_id(&request)));
    /// ```
    #[inline(always)]
    pub fn child_of(self, to: impl Referent) -> Self {
        self.reference(ReferenceType::ChildOf, to)
    }

    /// Refers to a span or context that caused the new span without waiting for it. `None` is no reference.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let publish = tracer.build_span("publish").start();
    /// publish.finish();
    /// tracer.build_span("consume").follows_from(&publish).start().finish();
    /// assert_eq!(mock.finished_spans()[1].parent_id(), Some(mock.span_id(&publish)));
    /// ```
    #[inline]
    pub fn follows_from(self, to: impl Referent) -> Self {
        self.reference(ReferenceType::FollowsFrom, to)
    }

    /// Adds a reference. `None`, and the context of the no-op tracer, make none.
    #[inline(always)]
    pub fn reference(mut self, kind: ReferenceType, to: impl Referent) -> Self {
        if let Some(start) = &mut self.start
            && let Some(context) = to.referent().filter(|context| !context.is_noop())
        {
            start.references.push(Reference { kind, context });
        }
        self
    }

    /// Adds a tag. Tags given here, unlike later ones, are seen by samplers.
    #[inline(always)]
    pub fn tag(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<TagValue>) -> Self {
        if let Some(start) = &mut self.start {
            start.tags.push(key.into(), value.into());
        }
        self
    }

    /// Sets the start time; without it the span starts when [`start`](Self::start) is called.
    #[inline]
    pub fn start_time(mut self, time: SystemTime) -> Self {
        if let Some(start) = &mut self.start {
            start.start_time = Some(time);
        }
        self
    }

    /// Sets the start time in microseconds since the Unix epoch, the unit of other languages' tracers.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// tracer.build_span("import").start_time_micros(1_500_000).start().finish();
    /// let start = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
    /// assert_eq!(mock.finished_spans()[0].start_time(), start);
    /// ```
    pub fn start_time_micros(self, micros: u64) -> Self {
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(micros));
        match time {
            Some(time) => self.start_time(time),
            None => self,
        }
    }

    /// Does not make the active span the parent. References are not affected.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let _scope = tracer.build_span("request").start_active();
    /// tracer.build_span("housekeeping").ignore_active_span().start().finish();
    /// assert_eq!(mock.finished_spans()[0].parent_id(), None);
    /// ```
    #[inline]
    pub fn ignore_active_span(mut self) -> Self {
        if let Some(start) = &mut self.start {
            start.ignore_active_span = true;
        }
        self
    }

    /// Starts the span.
    #[inline(always)]
    pub fn start(self) -> Span {
        match self.start {
            Some(start) => self.tracer.start(start),
            None => Span::noop(),
        }
    }

    /// Starts the span and makes it the active one. The span is finished when the scope is closed, unless
    /// [`Scope::finish_on_close`] says otherwise.
    ///
    /// ```
    /// use opentracing_shim::api::mock::MockTracer;
    ///
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let scope = tracer.build_span("request").start_active();
    /// scope.span().set_tag("size", 3);
    /// scope.close();
    /// assert_eq!(mock.finished_spans().len(), 1);
    /// ```
    pub fn start_active(self) -> Scope {
        self.start().activate().finish_on_close(true)
    }
}

/// What a [`SpanBuilder`] collected, as a [`TracerBackend`](super::backend::TracerBackend) receives it.
#[derive(Clone, Debug)]
pub struct SpanStart {
    pub(crate) operation_name: Cow<'static, str>,
    pub(crate) references: SmallVec<[Reference; 1]>,
    pub(crate) tags: Attributes,
    pub(crate) start_time: Option<SystemTime>,
    pub(crate) ignore_active_span: bool,
}

impl SpanStart {
    #[inline]
    fn new(operation_name: Cow<'static, str>) -> Self {
        Self {
            operation_name,
            references: SmallVec::new(),
            tags: Attributes::default(),
            start_time: None,
            ignore_active_span: false,
        }
    }

    /// The operation name.
    pub fn operation_name(&self) -> &str {
        &self.operation_name
    }

    /// The references in the order of the calls.
    #[inline]
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// The tags in the order of the calls; a key may be there twice, the last one counts.
    pub fn tags(&self) -> impl Iterator<Item = (&str, TagValue)> {
        self.tags.iter()
    }

    /// The explicit start time.
    pub fn start_time(&self) -> Option<SystemTime> {
        self.start_time
    }

    /// Whether the active span is not to become the parent.
    pub fn ignores_active_span(&self) -> bool {
        self.ignore_active_span
    }

    /// The reference that decides the parent: the first `ChildOf` of the whole list, else the first of all.
    pub fn parent(&self) -> Option<&Reference> {
        let references = self.references();
        let child_of = |reference: &&Reference| reference.kind == ReferenceType::ChildOf;
        references.iter().find(child_of).or(references.first())
    }
}
