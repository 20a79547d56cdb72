//! Describes a span before it starts.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::{Duration, SystemTime};

use smallvec::SmallVec;

use super::{Reference, ReferenceType, Referent, Span, TagValue, Tracer};
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
    pub fn follows_from(self, to: impl Referent) -> Self {
        self.reference(ReferenceType::FollowsFrom, to)
    }

    /// Adds a reference. `None`, and the context of the no-op tracer, make none.
    pub fn reference(mut self, kind: ReferenceType, to: impl Referent) -> Self {
        if let Some(start) = &mut self.start
            && let Some(context) = to.referent().filter(|context| !context.is_noop())
        {
            start.0.references.push(Reference { kind, context });
        }
        self
    }

    /// Adds a tag. Tags given here, unlike later ones, are seen by samplers.
    pub fn tag(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<TagValue>) -> Self {
        if let Some(start) = &mut self.start {
            start.0.tags.push((key.into(), value.into()));
        }
        self
    }

    /// Sets the start time; without it the span starts when [`start`](Self::start) is called.
    pub fn start_time(mut self, time: SystemTime) -> Self {
        if let Some(start) = &mut self.start {
            start.0.start_time = Some(time);
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
    pub fn ignore_active_span(mut self) -> Self {
        if let Some(start) = &mut self.start {
            start.0.ignore_active_span = true;
        }
        self
    }

    /// Starts the span.
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
pub struct SpanStart(pub(crate) Box<SpanParts>);

/// Boxed as a whole, because each call of the builder moves it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanParts {
    pub(crate) operation_name: Cow<'static, str>,
    pub(crate) references: SmallVec<[Reference; 1]>,
    pub(crate) tags: SmallVec<[(Cow<'static, str>, TagValue); 4]>,
    pub(crate) start_time: Option<SystemTime>,
    pub(crate) ignore_active_span: bool,
}

thread_local! {
    /// A box that the next span can use, for a span should not cost an allocation more than by hand.
    static SPARE: Cell<Option<Box<SpanParts>>> = const { Cell::new(None) };
}

impl SpanParts {
    fn clear(&mut self) {
        self.operation_name = Cow::Borrowed("");
        self.references.clear();
        self.tags.clear();
        self.start_time = None;
        self.ignore_active_span = false;
    }
}

impl SpanStart {
    fn new(operation_name: Cow<'static, str>) -> Self {
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        // `default` builds in the box, `new` would build beside it and move.
        let mut parts = spare.unwrap_or_default();
        parts.operation_name = operation_name;
        Self(parts)
    }

    /// Leaves the box to the next span of this thread.
    pub(crate) fn recycle(self) {
        let mut parts = self.0;
        // What has grown would hold its memory for as long as the thread lives.
        if !parts.tags.spilled() && !parts.references.spilled() {
            parts.clear();
            // Without the slot, at the end of the thread, the box is freed.
            let _ = SPARE.try_with(|spare| spare.set(Some(parts)));
        }
    }

    /// The operation name.
    pub fn operation_name(&self) -> &str {
        &self.0.operation_name
    }

    /// The references in the order of the calls.
    pub fn references(&self) -> &[Reference] {
        &self.0.references
    }

    /// The tags in the order of the calls; a key may be there twice, the last one counts.
    pub fn tags(&self) -> &[(Cow<'static, str>, TagValue)] {
        &self.0.tags
    }

    /// The explicit start time.
    pub fn start_time(&self) -> Option<SystemTime> {
        self.0.start_time
    }

    /// Whether the active span is not to become the parent.
    pub fn ignores_active_span(&self) -> bool {
        self.0.ignore_active_span
    }

    /// The reference that decides the parent: the first `ChildOf` of the whole list, else the first of all.
    pub fn parent(&self) -> Option<&Reference> {
        let references = self.references();
        let child_of = |reference: &&Reference| reference.kind == ReferenceType::ChildOf;
        references.iter().find(child_of).or(references.first())
    }
}
