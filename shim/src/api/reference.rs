//! References from a new span to the spans that caused it.

use super::{Span, SpanContext};

/// How a new span relates to the one it refers to. OpenTracing 1.1 knows these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceType {
    /// The span referred to depends on the new one in some way, as a caller on its callee.
    ChildOf,
    /// The span referred to does not depend on the result of the new one.
    FollowsFrom,
}

impl ReferenceType {
    /// The name of the type on the wire and in links: `child_of` or `follows_from`.
    ///
    /// ```
    /// use opentracing_shim::ReferenceType;
    ///
    /// assert_eq!(ReferenceType::FollowsFrom.as_str(), "follows_from");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChildOf => "child_of",
            Self::FollowsFrom => "follows_from",
        }
    }
}

/// One reference of a span that is about to start.
#[derive(Clone, Debug)]
pub struct Reference {
    pub(crate) kind: ReferenceType,
    pub(crate) context: SpanContext,
}

impl Reference {
    /// The type of the reference.
    pub fn kind(&self) -> ReferenceType {
        self.kind
    }

    /// The context referred to.
    pub fn context(&self) -> &SpanContext {
        &self.context
    }
}

/// What a reference can be made to: a span, a context, or an optional one of them, where `None` makes no reference.
///
/// ```
/// use opentracing_shim::{api::mock::MockTracer, Format};
///
/// let mock = MockTracer::new();
/// let tracer = mock.tracer();
/// let sent: [(&str, &str); 0] = [];
///
/// // Nothing was sent, so there is no reference and the span is a root.
/// let caller = tracer.extract(Format::HttpHeaders, &sent)?;
/// tracer.build_span("request").child_of(caller).start().finish();
/// assert_eq!(mock.finished_spans()[0].parent_id(), None);
/// # Ok::<(), opentracing_shim::ExtractError>(())
/// ```
pub trait Referent {
    /// The context to refer to.
    fn referent(self) -> Option<SpanContext>;
}

impl Referent for SpanContext {
    fn referent(self) -> Option<SpanContext> {
        Some(self)
    }
}

impl Referent for &SpanContext {
    fn referent(self) -> Option<SpanContext> {
        Some(self.clone())
    }
}

impl Referent for Span {
    fn referent(self) -> Option<SpanContext> {
        Some(self.context())
    }
}

impl Referent for &Span {
    fn referent(self) -> Option<SpanContext> {
        Some(self.context())
    }
}

impl<T: Referent> Referent for Option<T> {
    fn referent(self) -> Option<SpanContext> {
        self.and_then(Referent::referent)
    }
}

impl<'a, T> Referent for &'a Option<T>
where
    &'a T: Referent,
{
    fn referent(self) -> Option<SpanContext> {
        self.as_ref().and_then(Referent::referent)
    }
}
