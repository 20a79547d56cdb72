//! The traces that are held, and the sums by which they are bounded.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use opentelemetry::trace::TraceId;

use super::{Limits, Received, footprint};

#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) traces: HashMap<TraceId, Entry>,
    /// The traces in the order of their first span. As long as `traces`.
    pub(super) order: VecDeque<TraceId>,
    pub(super) spans: usize,
    pub(super) bytes: usize,
}

#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) spans: Vec<Arc<Received>>,
    bytes: usize,
}

impl Held {
    /// Returns what was charged for the span.
    pub(super) fn add(&mut self, span: Arc<Received>, mut bytes: usize) -> usize {
        let id = span.trace_id;
        let entry = self.traces.entry(id).or_insert_with(|| {
            self.order.push_back(id);
            Entry::default()
        });
        // What spans share is charged where it first appears in a run of spans. That other traces may share it too makes
        // the estimate err on the safe side.
        let last = entry.spans.last();
        if last.is_none_or(|last| !Arc::ptr_eq(&last.resource, &span.resource)) {
            bytes += footprint::of_resource(&span.resource);
        }
        if last.is_none_or(|last| !Arc::ptr_eq(&last.scope, &span.scope)) {
            bytes += footprint::of_scope(&span.scope);
        }
        entry.spans.push(span);
        entry.bytes += bytes;
        self.spans += 1;
        self.bytes += bytes;
        bytes
    }

    /// Takes back the span that was added last.
    pub(super) fn remove_last(&mut self, id: TraceId, charged: usize) {
        let Some(entry) = self.traces.get_mut(&id) else {
            return;
        };
        entry.spans.pop();
        entry.bytes -= charged;
        self.spans -= 1;
        self.bytes -= charged;
        if entry.spans.is_empty() {
            self.traces.remove(&id);
            self.order.pop_back();
        }
    }

    pub(super) fn exceeds(&self, limits: &Limits) -> bool {
        self.spans > limits.max_spans
            || self.traces.len() > limits.max_traces
            || self.bytes > limits.max_bytes
    }

    pub(super) fn remove_oldest(&mut self) -> Option<Entry> {
        let id = self.order.pop_front()?;
        let entry = self.traces.remove(&id)?;
        self.spans -= entry.spans.len();
        self.bytes -= entry.bytes;
        Some(entry)
    }

    pub(super) fn all_spans(&self) -> impl Iterator<Item = &Received> {
        self.traces
            .values()
            .flat_map(|entry| entry.spans.iter().map(Arc::as_ref))
    }
}
