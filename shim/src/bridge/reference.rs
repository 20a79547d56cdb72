//! References: what decides the parent, and what becomes links.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::trace::{Link, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use super::baggage;
use super::scope;
use super::span_context::{BridgeContext, blank, without_span};
use crate::api::{Baggage, Reference, ReferenceType, SpanStart};

/// The attribute of a link that says what the reference was.
const REF_TYPE: &str = "opentracing.ref_type";

/// Where a new span comes from.
pub(super) struct Origin<'a> {
    /// The parent for OpenTelemetry, with the baggage in it for samplers and processors to see.
    pub(super) context: Cow<'a, Context>,
    /// The baggage that the span starts with.
    pub(super) baggage: Baggage,
    pub(super) debug_id: Option<&'a Arc<str>>,
}

impl<'a> Origin<'a> {
    /// Without a reference to go by, the parent is the active span.
    #[inline]
    pub(super) fn of(
        start: &SpanStart,
        parent: Option<&'a BridgeContext>,
        current: &Context,
    ) -> Self {
        let Some(parent) = parent else {
            return if start.ignores_active_span() {
                Self::root(current)
            } else {
                Self::ambient(current)
            };
        };

        let others = start.references().len() > 1;
        if others && let Some(baggage) = union(parent, start.references()) {
            return Self {
                context: Cow::Owned(parent.write_to(&blank(current), &baggage)),
                baggage,
                debug_id: parent.debug_id.as_ref(),
            };
        }
        Self {
            context: parent.parent_context(current),
            baggage: parent.baggage.clone(),
            debug_id: parent.debug_id.as_ref(),
        }
    }

    /// A new trace that inherits nothing, baggage neither.
    fn root(current: &Context) -> Self {
        let context = baggage::replace(without_span(current), &Baggage::new());
        Self {
            context: Cow::Owned(context),
            baggage: Baggage::new(),
            debug_id: None,
        }
    }

    /// The active span, if there is one, and the current baggage.
    fn ambient(current: &Context) -> Self {
        let baggage = scope::ambient_baggage(current);
        let span = current.span();
        let parent = span.span_context();
        // A span slot that holds no span would make the default sampler drop the new one.
        let context = if parent.is_valid() || parent.is_sampled() {
            current.clone()
        } else {
            without_span(current)
        };
        Self {
            context: Cow::Owned(baggage::replace(context, &baggage)),
            baggage,
            debug_id: None,
        }
    }
}

/// The baggage of all, if it is more than the parent's. On a repeated key the parent's value wins, then the order of the
/// list.
fn union(parent: &BridgeContext, references: &[Reference]) -> Option<Baggage> {
    let mut baggage = parent.baggage.clone();
    for (_, context) in references.iter().filter_map(bridge_context) {
        baggage.union(&context.baggage);
    }
    (!baggage.same_as(&parent.baggage)).then_some(baggage)
}

/// What the references come to.
pub(super) struct Referred<'a> {
    /// The first `ChildOf` of the whole list, else the first of all.
    pub(super) parent: Option<&'a BridgeContext>,
    /// All references, the parent too. One to an invalid context cannot be a link. What came in beside a context and
    /// names another trace is a link as well.
    pub(super) links: Vec<Link>,
}

impl<'a> Referred<'a> {
    #[inline]
    pub(super) fn of(references: &'a [Reference]) -> Self {
        let mut links = Vec::with_capacity(references.len());
        let (mut first, mut child_of) = (None, None);
        for (kind, context) in references.iter().filter_map(bridge_context) {
            if context.otel.is_valid() {
                let attributes = vec![KeyValue::new(REF_TYPE, kind.as_str())];
                links.push(Link::new(context.otel.clone(), attributes, 0));
            }
            if let Some(conflict) = &context.conflict {
                links.push(conflict.link());
            }
            if context.is_link {
                continue;
            }
            if kind == ReferenceType::ChildOf {
                child_of.get_or_insert(context);
            }
            first.get_or_insert(context);
        }
        Self {
            parent: child_of.or(first),
            links,
        }
    }
}

/// References to contexts of other tracers mean nothing here.
fn bridge_context(reference: &Reference) -> Option<(ReferenceType, &BridgeContext)> {
    Some((reference.kind, reference.context.backend()?))
}
