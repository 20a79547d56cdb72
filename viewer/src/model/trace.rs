//! A trace and the questions about its structure.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::{SpanId, TraceId};

use super::Span;

/// The spans of one trace, ordered by start time, then by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The trace's id.
    pub id: TraceId,
    /// Its spans.
    pub spans: Vec<Span>,
    /// What the backend thought was wrong with the trace.
    pub warnings: Vec<String>,
}

/// From a parent to its child, by name: what a test asserts about the shape of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// The parent's service.
    pub parent_service: String,
    /// The parent's operation.
    pub parent: String,
    /// The child's service.
    pub child_service: String,
    /// The child's operation.
    pub child: String,
}

impl Edge {
    /// An edge from `(service, operation)` to `(service, operation)`.
    pub fn new(parent: (&str, &str), child: (&str, &str)) -> Self {
        Self {
            parent_service: parent.0.to_owned(),
            parent: parent.1.to_owned(),
            child_service: child.0.to_owned(),
            child: child.1.to_owned(),
        }
    }
}

impl Trace {
    /// A trace of these spans, put in order.
    pub fn new(id: TraceId, mut spans: Vec<Span>) -> Self {
        // The ids come last: they make the order total, but differ from run to run.
        spans.sort_by(|a, b| {
            a.start_unix_nanos
                .cmp(&b.start_unix_nanos)
                .then_with(|| a.operation.cmp(&b.operation))
                .then_with(|| a.service().cmp(b.service()))
                .then_with(|| a.span_id.to_bytes().cmp(&b.span_id.to_bytes()))
        });
        Self {
            id,
            spans,
            warnings: Vec::new(),
        }
    }

    /// The span of that id. Where an id was used twice, the first by start time.
    pub fn span(&self, id: SpanId) -> Option<&Span> {
        self.spans.iter().find(|span| span.span_id == id)
    }

    /// The first span of that operation.
    pub fn find(&self, service: &str, operation: &str) -> Option<&Span> {
        self.spans
            .iter()
            .find(|span| span.service() == service && span.operation == operation)
    }

    /// The spans without a parent.
    pub fn roots(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| span.parent().is_none())
    }

    /// The spans whose parent is not here: it was lost, is yet to come, or never existed.
    pub fn orphans(&self) -> Vec<&Span> {
        let known: HashSet<SpanId> = self.spans.iter().map(|span| span.span_id).collect();
        self.spans
            .iter()
            .filter(|span| span.parent().is_some_and(|parent| !known.contains(&parent)))
            .collect()
    }

    /// The spans whose parent is `span`.
    pub fn children(&self, span: &Span) -> impl Iterator<Item = &Span> {
        let id = span.span_id;
        self.spans
            .iter()
            .filter(move |child| child.parent() == Some(id))
    }

    /// All edges, one for each span whose parent is here, in the order of the children.
    pub fn edges(&self) -> Vec<Edge> {
        let parents = self.spans.iter().rev().map(|span| (span.span_id, span));
        let by_id: HashMap<SpanId, &Span> = parents.collect();
        self.spans
            .iter()
            .filter_map(|child| {
                let parent = by_id.get(&child.parent()?)?;
                Some(Edge::new(
                    (parent.service(), &parent.operation),
                    (child.service(), &child.operation),
                ))
            })
            .collect()
    }

    /// The names of the services, sorted.
    pub fn services(&self) -> Vec<&str> {
        let mut services: Vec<&str> = self.spans.iter().map(Span::service).collect();
        services.sort_unstable();
        services.dedup();
        services
    }
}
