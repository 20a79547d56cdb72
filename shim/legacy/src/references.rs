//! References: which one is the parent, and which are links.

use opentelemetry::KeyValue;
use opentelemetry::trace::{Link, SpanId, TraceId};

use crate::ids::Ids;

/// The attribute of a link that says what the reference was.
const REF_TYPE: &str = "opentracing.ref_type";

/// What a span is to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// The other one waits for it.
    ChildOf,
    /// The other one caused it and does not wait.
    FollowsFrom,
}

impl ReferenceKind {
    /// The value of `opentracing.ref_type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChildOf => "child_of",
            Self::FollowsFrom => "follows_from",
        }
    }
}

/// A reference of a span to another one.
///
/// The parent is the first `ChildOf`, or else the first `FollowsFrom`, which is a link too, since OpenTelemetry's parent
/// does not say which of the two it was. All others are links. A parent has to be in the span's own trace; the legacy crates
/// let one be of another trace, which then is a link.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// What the span is to the other one.
    pub kind: ReferenceKind,
    /// The other one. Ids that are zero refer to nothing.
    pub ids: Ids,
    /// Whether its context came in from outside.
    pub is_remote: bool,
    /// The debug id that its context carries.
    pub debug_id: Option<&'a str>,
}

/// The parent as far as the references told.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    child_of: Option<Parent>,
    follows_from: Option<Parent>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Parent {
    pub(crate) span_id: SpanId,
    pub(crate) is_remote: bool,
}

impl Origin {
    pub(crate) fn add(
        &mut self,
        reference: &Reference<'_>,
        trace_id: TraceId,
        links: &mut Vec<Link>,
    ) {
        if !reference.ids.is_valid() {
            return;
        }
        let slot = match reference.kind {
            ReferenceKind::ChildOf => &mut self.child_of,
            ReferenceKind::FollowsFrom => &mut self.follows_from,
        };
        let is_parent = slot.is_none() && reference.ids.trace_id() == trace_id;
        if is_parent {
            *slot = Some(Parent {
                span_id: reference.ids.span_id(),
                is_remote: reference.is_remote,
            });
        }
        if !(is_parent && reference.kind == ReferenceKind::ChildOf) {
            links.push(link(reference));
        }
    }

    pub(crate) fn parent(&self) -> Option<Parent> {
        self.child_of.or(self.follows_from)
    }
}

fn link(reference: &Reference<'_>) -> Link {
    let attributes = vec![KeyValue::new(REF_TYPE, reference.kind.as_str())];
    Link::new(
        reference.ids.span_context(reference.is_remote),
        attributes,
        0,
    )
}
