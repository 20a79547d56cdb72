//! The log records of traces. They are held beside the spans, under limits of their own, since they may come before them.
//! They leave with their trace, or when newer ones need the room.
//!
//! Services write the id of a trace into their logs also where it is not sampled, and no span of it ever comes. So that such
//! records do not drive out those of traces that are held, they have a quarter of the room at most, once it is needed.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::LogRecord as OtlpRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::{Limits, footprint};
use crate::model::LogRecord;

/// What a trace with its records takes beside them: its entry and its places in the order, with their room to grow.
const OF_A_TRACE: usize = 256;

/// The first log records of a trace or a span, by their time.
#[derive(Debug)]
pub(crate) struct FirstRecords {
    pub(crate) first: Vec<LogRecord>,
    /// How many there are.
    pub(crate) total: usize,
}

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
    /// Those of which no span was held when it was last looked, in the same order.
    waiting: VecDeque<(TraceId, u64)>,
    entries: u64,
    all: Sums,
    /// What the waiting ones have of it.
    of_waiting: Sums,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    records: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    records: Vec<Arc<ReceivedRecord>>,
    bytes: usize,
    waits: bool,
}

// === impl Logs ===

impl Logs {
    /// Adds the records of one request, then makes room. Returns how many left for it, or found none themselves.
    pub(super) fn insert(
        &self,
        records: Vec<ReceivedRecord>,
        limits: &Limits,
        has_spans: impl Fn(TraceId) -> bool,
    ) -> usize {
        let mut removed = Vec::new();
        let mut refused = 0;
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            let bytes = footprint::of_record(&record.record);
            let id = record.trace_id;
            let charged = held.add(Arc::new(record), bytes, &has_spans);
            while held.all.exceed(limits) {
                if held.traces.len() == 1 {
                    // The newest trace alone has too many: it keeps its first ones.
                    held.remove_last(id, charged);
                    refused += 1;
                    break;
                }
                removed.extend(held.make_room(limits, &has_spans));
            }
        }
        held.tidy();
        drop(held);
        // Freed outside the lock.
        refused
            + removed
                .iter()
                .map(|entry| entry.records.len())
                .sum::<usize>()
    }

    /// Those of a trace, or of one of its spans, in the order of their arrival.
    pub(super) fn of(&self, id: TraceId, span: Option<SpanId>) -> Vec<Arc<ReceivedRecord>> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let records = held.traces.get(&id).into_iter().flat_map(|it| &it.records);
        records
            .filter(|record| span.is_none() || record.span_id == span)
            .cloned()
            .collect()
    }

    pub(super) fn count_of(&self, id: TraceId) -> usize {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.traces.get(&id).map_or(0, |entry| entry.records.len())
    }

    /// How many records are held.
    pub(super) fn count(&self) -> usize {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.all.records
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

// === impl Sums ===

impl Sums {
    fn exceed(self, limits: &Limits) -> bool {
        self.records > limits.max_log_records || self.bytes > limits.max_log_bytes
    }

    /// Whether it is more than a quarter of the room.
    fn exceed_a_quarter(self, limits: &Limits) -> bool {
        self.records > limits.max_log_records / 4 || self.bytes > limits.max_log_bytes / 4
    }

    fn add(&mut self, records: usize, bytes: usize) {
        self.records += records;
        self.bytes += bytes;
    }

    fn subtract(&mut self, records: usize, bytes: usize) {
        self.records -= records;
        self.bytes -= bytes;
    }
}

// === impl Held ===

impl Held {
    /// Returns what was charged for the record.
    fn add(
        &mut self,
        record: Arc<ReceivedRecord>,
        mut bytes: usize,
        has_spans: impl Fn(TraceId) -> bool,
    ) -> usize {
        let id = record.trace_id;
        let entry = self.traces.entry(id).or_insert_with(|| {
            self.entries += 1;
            self.order.push_back((id, self.entries));
            let waits = !has_spans(id);
            if waits {
                self.waiting.push_back((id, self.entries));
            }
            bytes += OF_A_TRACE;
            Entry {
                number: self.entries,
                records: Vec::new(),
                bytes: 0,
                waits,
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
        self.all.add(1, bytes);
        if entry.waits {
            self.of_waiting.add(1, bytes);
        }
        bytes
    }

    /// Takes back the record that was added last.
    fn remove_last(&mut self, id: TraceId, charged: usize) {
        let Some(entry) = self.traces.get_mut(&id) else {
            return;
        };
        entry.records.pop();
        entry.bytes -= charged;
        self.all.subtract(1, charged);
        if entry.waits {
            self.of_waiting.subtract(1, charged);
        }
        if entry.records.is_empty() {
            self.remove(id);
        }
    }

    fn remove(&mut self, id: TraceId) -> Option<Entry> {
        let entry = self.traces.remove(&id)?;
        self.all.subtract(entry.records.len(), entry.bytes);
        if entry.waits {
            self.of_waiting.subtract(entry.records.len(), entry.bytes);
        }
        Some(entry)
    }

    /// Removes the oldest trace, or the oldest without spans when those have more than their share.
    fn make_room(&mut self, limits: &Limits, has_spans: impl Fn(TraceId) -> bool) -> Option<Entry> {
        while let Some((id, number)) = self.waiting.front().copied() {
            if self.is_current(id, number) {
                if !has_spans(id) {
                    break;
                }
                self.wait_no_more(id);
            }
            self.waiting.pop_front();
        }
        if self.of_waiting.exceed_a_quarter(limits)
            && let Some((id, _)) = self.waiting.pop_front()
        {
            return self.remove(id);
        }
        while let Some((id, number)) = self.order.pop_front() {
            if self.is_current(id, number) {
                return self.remove(id);
            }
        }
        None
    }

    /// Its spans have come.
    fn wait_no_more(&mut self, id: TraceId) {
        if let Some(entry) = self.traces.get_mut(&id)
            && std::mem::take(&mut entry.waits)
        {
            self.of_waiting.subtract(entry.records.len(), entry.bytes);
        }
    }

    fn is_current(&self, id: TraceId, number: u64) -> bool {
        self.traces
            .get(&id)
            .is_some_and(|entry| entry.number == number)
    }

    /// What has left is dropped from the orders as soon as it is most of them.
    fn tidy(&mut self) {
        let most = 2 * self.traces.len() + 64;
        if self.order.len() > most {
            let mut order = std::mem::take(&mut self.order);
            order.retain(|(id, number)| self.is_current(*id, *number));
            self.order = order;
        }
        if self.waiting.len() > most {
            let mut waiting = std::mem::take(&mut self.waiting);
            waiting.retain(|(id, number)| self.is_current(*id, *number));
            self.waiting = waiting;
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

    fn insert(logs: &Logs, traces: &[u64], limits: &Limits, sampled: &[u64]) -> usize {
        let records = traces.iter().map(|trace| record(*trace)).collect();
        let has_spans = |id| {
            sampled
                .iter()
                .any(|trace| TraceId::from(u128::from(*trace)) == id)
        };
        logs.insert(records, limits, has_spans)
    }

    fn held(logs: &Logs, traces: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let is_held = |trace: &u64| logs.count_of(TraceId::from(u128::from(*trace))) > 0;
        traces.into_iter().filter(is_held).collect()
    }

    #[test]
    fn the_orders_do_not_grow_with_traces_that_have_left() {
        let logs = Logs::default();

        for trace in 1..=10_000 {
            insert(&logs, &[trace], &Limits::default(), &[]);
            assert_eq!(
                logs.forget([TraceId::from(u128::from(trace))].into_iter()),
                1
            );
        }

        let held = logs.0.read().expect("no panic before");
        assert!(held.order.len() < 100, "{}", held.order.len());
        assert!(held.waiting.len() < 100, "{}", held.waiting.len());
        assert_eq!((held.all, held.of_waiting), Default::default());
    }

    #[test]
    fn the_orders_do_not_grow_with_records_that_found_no_room() {
        let limits = Limits {
            max_log_bytes: 16,
            ..Limits::default()
        };
        let logs = Logs::default();

        for trace in 1..=10_000 {
            assert_eq!(insert(&logs, &[trace], &limits, &[]), 1);
        }

        let held = logs.0.read().expect("no panic before");
        assert!(held.order.len() < 100, "{}", held.order.len());
        assert!(held.waiting.len() < 100, "{}", held.waiting.len());
        assert_eq!((held.all, held.of_waiting), Default::default());
    }

    #[test]
    fn a_trace_that_comes_again_is_as_new_as_any() {
        let limits = Limits {
            max_log_records: 2,
            ..Limits::default()
        };
        let logs = Logs::default();
        insert(&logs, &[1], &limits, &[1, 2, 3]);
        logs.forget([TraceId::from(1)].into_iter());

        let dropped = insert(&logs, &[2, 1, 3], &limits, &[1, 2, 3]);

        assert_eq!(dropped, 1);
        assert_eq!(held(&logs, 1..=3), [1, 3]);
    }

    #[test]
    fn traces_without_spans_do_not_drive_out_the_records_of_those_that_have_some() {
        let limits = Limits {
            max_log_records: 8,
            ..Limits::default()
        };
        let logs = Logs::default();
        let sampled = [1, 2, 3, 4, 5, 6];
        insert(&logs, &sampled, &limits, &sampled);

        for trace in 101..=150 {
            insert(&logs, &[trace], &limits, &sampled);
        }

        // A quarter of the room is theirs, and the newest of them have it.
        assert_eq!(held(&logs, 1..=200), [1, 2, 3, 4, 5, 6, 149, 150]);
    }

    #[test]
    fn records_that_come_before_their_spans_leave_by_their_age_as_all_do() {
        let limits = Limits {
            max_log_records: 8,
            ..Limits::default()
        };
        let logs = Logs::default();

        for trace in 1..=50 {
            // The spans of a trace come while the records of the next one do.
            let sampled: Vec<u64> = (1..trace).collect();
            insert(&logs, &[trace], &limits, &sampled);
        }

        assert_eq!(held(&logs, 1..=50), [43, 44, 45, 46, 47, 48, 49, 50]);
        let held = logs.0.read().expect("no panic before");
        assert!(held.of_waiting.records <= 8);
    }
}
