//! References: what decides the parent, and what becomes links.

use std::sync::Arc;

use opentelemetry::trace::{Link, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use super::baggage;
use super::scope;
use super::span_context::{BridgeContext, without_span};
use crate::api::{Baggage, Reference, ReferenceType, SpanStart};

/// The attribute of a link that says what the reference was.
const REF_TYPE: &str = "opentracing.ref_type";

/// Where a new span comes from.
pub(super) struct Origin {
    /// The parent for OpenTelemetry, with the baggage in it for samplers and processors to see.
    pub(super) context: Context,
    /// The baggage that the span starts with.
    pub(super) baggage: Baggage,
    pub(super) debug_id: Option<Arc<str>>,
}

impl Origin {
    /// The parent is the first `ChildOf` of the whole list, else the first reference, else the active span.
    #[inline]
    pub(super) fn of(start: &SpanStart, current: &Context) -> Self {
        let Some(parent) = parent(start.references()) else {
            return if start.ignores_active_span() {
                Self::root(current)
            } else {
                Self::ambient(current)
            };
        };

        // On a repeated key the parent's value wins, then the order of the list.
        let mut baggage = parent.baggage.clone();
        if start.references().len() > 1 {
            for (_, context) in start.references().iter().filter_map(bridge_context) {
                baggage.union(&context.baggage);
            }
        }
        Self {
            context: parent.parent_context(current, &baggage),
            baggage,
            debug_id: parent.debug_id.clone(),
        }
    }

    /// A new trace that inherits nothing, baggage neither.
    fn root(current: &Context) -> Self {
        let context = baggage::replace(without_span(current), &Baggage::new());
        Self {
            context,
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
            context: baggage::replace(context, &baggage),
            baggage,
            debug_id: None,
        }
    }
}

/// The first `ChildOf` of the whole list, else the first of all.
#[inline]
fn parent(references: &[Reference]) -> Option<&BridgeContext> {
    let mut first = None;
    for (kind, context) in references.iter().filter_map(bridge_context) {
        if context.is_link {
            continue;
        }
        if kind == ReferenceType::ChildOf {
            return Some(context);
        }
        first.get_or_insert(context);
    }
    first
}

/// All references, the parent too, as links. One to an invalid context cannot be a link. What came in beside a context
/// and names another trace is a link as well.
#[inline]
pub(super) fn links(references: &[Reference]) -> Vec<Link> {
    let mut links = Vec::with_capacity(references.len());
    for (kind, context) in references.iter().filter_map(bridge_context) {
        if context.otel.is_valid() {
            let attributes = vec![KeyValue::new(REF_TYPE, kind.as_str())];
            links.push(Link::new(context.otel.clone(), attributes, 0));
        }
        if let Some(conflict) = &context.conflict {
            links.push(conflict.link());
        }
    }
    links
}

/// References to contexts of other tracers mean nothing here.
fn bridge_context(reference: &Reference) -> Option<(ReferenceType, &BridgeContext)> {
    Some((reference.kind, reference.context.backend()?))
}
