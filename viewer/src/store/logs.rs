//! The log records of traces. They are held beside the spans, under limits of their own, since they may come before them;
//! and they leave with their trace.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::LogRecord as OtlpRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::{Limits, footprint};

/// A log record as it arrived, of a trace.
#[derive(Debug)]
pub(crate) struct ReceivedRecord {
    pub(crate) trace_id: TraceId,
    /// The span during which it was written, if it was during one.
    pub(crate) span_id: Option<SpanId>,
    pub(crate) record: OtlpRecord,
    /// Shared by the records that arrived in one batch.
    pub(crate) resource: Arc<Resource>,
    /// Shared likewise.
    pub(crate) scope: Arc<InstrumentationScope>,
}

/// The records of all traces.
#[derive(Debug, Default)]
pub(super) struct Logs(RwLock<Held>);

#[derive(Debug, Default)]
struct Held {
    traces: HashMap<TraceId, Entry>,
    /// The traces in the order of their first record, each with the number of its entry. A number that its trace does not
    /// have any more means an entry that has left.
    order: VecDeque<(TraceId, u64)>,
    entries: u64,
    records: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    records: Vec<Arc<ReceivedRecord>>,
    bytes: usize,
}

// === impl Logs ===

impl Logs {
    /// Adds the records of one request, then makes room. Returns how many left for it, or found none themselves.
    pub(super) fn insert(&self, records: Vec<ReceivedRecord>, limits: &Limits) -> usize {
        let mut removed = Vec::new();
        let mut refused = 0;
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            let bytes = footprint::of_record(&record.record);
            let id = record.trace_id;
            let charged = held.add(Arc::new(record), bytes);
            while held.exceeds(limits) {
                if held.traces.len() == 1 {
                    // The newest trace alone has too many: it keeps its first ones.
                    held.remove_last(id, charged);
                    refused += 1;
                    break;
                }
                removed.extend(held.remove_oldest());
            }
        }
        drop(held);
        // Freed outside the lock.
        refused
            + removed
                .iter()
                .map(|entry| entry.records.len())
                .sum::<usize>()
    }

    /// Those of a trace, in the order of their arrival.
    pub(super) fn of(&self, id: TraceId) -> Vec<Arc<ReceivedRecord>> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.traces
            .get(&id)
            .map_or_else(Vec::new, |entry| entry.records.clone())
    }

    pub(super) fn count_of(&self, id: TraceId) -> usize {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.traces.get(&id).map_or(0, |entry| entry.records.len())
    }

    /// How many records are held, and their bytes.
    pub(super) fn sums(&self) -> (usize, usize) {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        (held.records, held.bytes)
    }

    /// Lets those of these traces go, and returns how many they were.
    pub(super) fn forget(&self, ids: impl Iterator<Item = TraceId>) -> usize {
        let mut ids = ids.peekable();
        if ids.peek().is_none() {
            return 0;
        }
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let removed: Vec<Entry> = ids.filter_map(|id| held.remove(id)).collect();
        held.tidy();
        drop(held);
        removed.iter().map(|entry| entry.records.len()).sum()
    }

    pub(super) fn clear(&self) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let forgotten = std::mem::take(&mut *held);
        drop(held);
        drop(forgotten);
    }
}

// === impl Held ===

impl Held {
    /// Returns what was charged for the record.
    fn add(&mut self, record: Arc<ReceivedRecord>, mut bytes: usize) -> usize {
        let id = record.trace_id;
        let entry = self.traces.entry(id).or_insert_with(|| {
            self.entries += 1;
            self.order.push_back((id, self.entries));
            Entry {
                number: self.entries,
                records: Vec::new(),
                bytes: 0,
            }
        });
        // As with spans: what is shared is charged where it first appears in a run.
        let last = entry.records.last();
        if last.is_none_or(|last| !Arc::ptr_eq(&last.resource, &record.resource)) {
            bytes += footprint::of_resource(&record.resource);
        }
        if last.is_none_or(|last| !Arc::ptr_eq(&last.scope, &record.scope)) {
            bytes += footprint::of_scope(&record.scope);
        }
        entry.records.push(record);
        entry.bytes += bytes;
        self.records += 1;
        self.bytes += bytes;
        bytes
    }

    fn exceeds(&self, limits: &Limits) -> bool {
        self.records > limits.max_log_records || self.bytes > limits.max_log_bytes
    }

    /// Takes back the record that was added last.
    fn remove_last(&mut self, id: TraceId, charged: usize) {
        let Some(entry) = self.traces.get_mut(&id) else {
            return;
        };
        entry.records.pop();
        entry.bytes -= charged;
        self.records -= 1;
        self.bytes -= charged;
        if entry.records.is_empty() {
            self.remove(id);
        }
    }

    fn remove(&mut self, id: TraceId) -> Option<Entry> {
        let entry = self.traces.remove(&id)?;
        self.records -= entry.records.len();
        self.bytes -= entry.bytes;
        Some(entry)
    }

    fn remove_oldest(&mut self) -> Option<Entry> {
        while let Some((id, number)) = self.order.pop_front() {
            if self.is_current(id, number) {
                return self.remove(id);
            }
        }
        None
    }

    fn is_current(&self, id: TraceId, number: u64) -> bool {
        self.traces
            .get(&id)
            .is_some_and(|entry| entry.number == number)
    }

    /// What has left is dropped from the order as soon as it is most of it.
    fn tidy(&mut self) {
        if self.order.len() > 2 * self.traces.len() + 64 {
            let mut order = std::mem::take(&mut self.order);
            order.retain(|(id, number)| self.is_current(*id, *number));
            self.order = order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(trace: u64) -> ReceivedRecord {
        ReceivedRecord {
            trace_id: TraceId::from(u128::from(trace)),
            span_id: None,
            record: OtlpRecord::default(),
            resource: Arc::default(),
            scope: Arc::default(),
        }
    }

    #[test]
    fn the_order_does_not_grow_with_traces_that_have_left() {
        let logs = Logs::default();

        for trace in 1..=10_000 {
            logs.insert(vec![record(trace)], &Limits::default());
            assert_eq!(
                logs.forget([TraceId::from(u128::from(trace))].into_iter()),
                1
            );
        }

        let held = logs.0.read().expect("no panic before");
        assert!(held.order.len() < 100, "{}", held.order.len());
        assert_eq!((held.records, held.bytes), (0, 0));
    }

    #[test]
    fn a_trace_that_comes_again_is_as_new_as_any() {
        let limits = Limits {
            max_log_records: 2,
            ..Limits::default()
        };
        let logs = Logs::default();
        let of = |trace: u64| logs.count_of(TraceId::from(u128::from(trace)));
        logs.insert(vec![record(1)], &limits);
        logs.forget([TraceId::from(1)].into_iter());

        let dropped = logs.insert(vec![record(2), record(1), record(3)], &limits);

        assert_eq!(dropped, 1);
        assert_eq!((of(1), of(2), of(3)), (1, 0, 1));
    }
}
