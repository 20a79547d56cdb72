//! The bounded memory for what arrived.
//!
//! Spans and log records are kept as they were decoded, and become the model when someone asks. When a bound is reached, the
//! trace that began to arrive first goes, whole; the counts in [`Stats`] say so.

mod footprint;
mod held;
mod logs;
mod search;
mod summary;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span as OtlpSpan;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde::{Deserialize, Serialize};

use crate::jaeger;
use crate::model::{LogRecord, Trace};
use held::Held;
use logs::Logs;

pub(crate) use logs::{FirstRecords, ReceivedRecord};
pub use search::{Operation, Search};
pub(crate) use summary::{Found, Summary};

/// How much the store may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest number of spans.
    pub max_spans: usize,
    /// The largest number of traces.
    pub max_traces: usize,
    /// The largest number of bytes, estimated from the decoded spans: a few spans can be very large.
    pub max_bytes: usize,
    /// The largest number of log records. They leave with their trace, or when newer ones need the room: first those of
    /// traces without spans, where they have more than a quarter of it.
    pub max_log_records: usize,
    /// The largest number of bytes of log records, estimated likewise.
    pub max_log_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_spans: 200_000,
            max_traces: 20_000,
            max_bytes: 512 << 20,
            max_log_records: 200_000,
            max_log_bytes: 128 << 20,
        }
    }
}

/// A span as it arrived, with valid ids.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) trace_id: TraceId,
    pub(crate) span: OtlpSpan,
    /// Shared by the spans that arrived in one batch.
    pub(crate) resource: Arc<Resource>,
    /// Shared likewise.
    pub(crate) scope: Arc<InstrumentationScope>,
}

/// Counts since the start, and what is held now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Spans held now.
    pub spans: u64,
    /// Traces held now.
    pub traces: u64,
    /// Estimated bytes held now.
    pub bytes: u64,
    /// Valid spans that arrived.
    pub received_spans: u64,
    /// Spans that left because newer ones needed the room, or found none themselves.
    pub dropped_spans: u64,
    /// Traces that left because newer ones needed the room.
    pub dropped_traces: u64,
    /// Spans that were refused for invalid ids.
    pub rejected_spans: u64,
    /// Log records that arrived. Those without a trace are counted, not kept.
    pub log_records: u64,
    /// Log records held now.
    #[serde(default)]
    pub held_log_records: u64,
    /// Log records that left with their trace or for newer ones, or found no room themselves.
    #[serde(default)]
    pub dropped_log_records: u64,
    /// Metric data points that arrived. They are counted, not kept.
    pub metric_points: u64,
    /// Requests that were no OTLP, too large, or of an unknown type, and datagrams that were no Thrift.
    pub refused_requests: u64,
    /// Datagrams that came faster than they could be read.
    pub dropped_datagrams: u64,
}

/// The store. All methods may be called from any thread.
#[derive(Debug)]
pub struct Store {
    limits: Limits,
    held: RwLock<Held>,
    logs: Logs,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    received: AtomicU64,
    dropped_spans: AtomicU64,
    dropped_traces: AtomicU64,
    rejected: AtomicU64,
    log_records: AtomicU64,
    dropped_log_records: AtomicU64,
    metric_points: AtomicU64,
    refused: AtomicU64,
    dropped_datagrams: AtomicU64,
}

// === impl Store ===

impl Store {
    /// An empty store.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            held: RwLock::default(),
            logs: Logs::default(),
            counts: Counts::default(),
        }
    }

    /// The trace of that id, with what Jaeger would repair and warn about.
    pub fn trace(&self, id: TraceId) -> Option<Trace> {
        self.trace_with(id, true)
    }

    /// As [`Store::trace`]; without `adjusted`, spans are shown as they were sent, duplicates included.
    pub fn trace_with(&self, id: TraceId, adjusted: bool) -> Option<Trace> {
        let spans = self.read().traces.get(&id)?.spans.clone();
        Some(to_model(id, &spans, adjusted))
    }

    /// The traces of which one span meets all conditions, the one that began to arrive last first.
    pub fn find(&self, search: &Search) -> Vec<Trace> {
        let found: Vec<(TraceId, Vec<Arc<Received>>)> = {
            let held = self.read();
            let newest_first = held
                .order
                .iter()
                .rev()
                .filter_map(|id| held.traces.get_key_value(id));
            newest_first
                .filter(|(_, entry)| entry.spans.iter().any(|span| search.matches(span)))
                .take(search.limit)
                .map(|(id, entry)| (*id, entry.spans.clone()))
                .collect()
        };
        found
            .into_iter()
            .map(|(id, spans)| to_model(id, &spans, search.adjusted))
            .collect()
    }

    /// As [`Store::find`], told in short: how many there are, and those after the first `skip`, up to the limit.
    pub(crate) fn summaries(&self, search: &Search, skip: usize) -> Found {
        let mut total = 0;
        let mut wanted = Vec::new();
        {
            let held = self.read();
            let newest_first = held.order.iter().rev();
            for (id, entry) in newest_first.filter_map(|id| held.traces.get_key_value(id)) {
                if entry.spans.iter().any(|span| search.matches(span)) {
                    if (skip..skip.saturating_add(search.limit)).contains(&total) {
                        wanted.push((*id, entry.spans.clone()));
                    }
                    total += 1;
                }
            }
        }
        let summaries = wanted.iter().map(|(id, spans)| Summary::of(*id, spans));
        Found {
            total,
            summaries: summaries.collect(),
        }
    }

    /// The log records of that trace, by their time.
    pub fn logs(&self, id: TraceId) -> Vec<LogRecord> {
        self.first_logs(id, None, usize::MAX).first
    }

    /// The first so many log records of that trace by their time, or those of one of its spans, and how many there are.
    pub(crate) fn first_logs(
        &self,
        id: TraceId,
        span: Option<SpanId>,
        limit: usize,
    ) -> FirstRecords {
        let mut records = self.logs.of(id, span);
        let total = records.len();
        if limit == 0 {
            records.clear();
        }
        records.sort_by_key(|received| jaeger::record_time(&received.record));
        let first = records.iter().take(limit);
        FirstRecords {
            total,
            first: first.map(|it| jaeger::record_from_otlp(it)).collect(),
        }
    }

    /// How many log records of that trace are held.
    pub(crate) fn log_count(&self, id: TraceId) -> usize {
        self.logs.count_of(id)
    }

    /// The spans of that trace as they arrived.
    pub(crate) fn received(&self, id: TraceId) -> Vec<Arc<Received>> {
        let held = self.read();
        held.traces
            .get(&id)
            .map_or_else(Vec::new, |entry| entry.spans.clone())
    }

    /// How many spans of that trace are held.
    pub(crate) fn span_count(&self, id: TraceId) -> usize {
        self.read()
            .traces
            .get(&id)
            .map_or(0, |entry| entry.spans.len())
    }

    /// The names of the services, sorted.
    pub fn services(&self) -> Vec<String> {
        let held = self.read();
        let mut names: Vec<&str> = held.all_spans().map(|span| span.service()).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(str::to_owned).collect()
    }

    /// The operations of a service, sorted.
    pub fn operations(&self, service: &str) -> Vec<Operation> {
        let held = self.read();
        let of_service = held.all_spans().filter(|span| span.service() == service);
        let mut operations: Vec<(&str, _)> = of_service
            .map(|span| (span.span.name.as_str(), span.span.kind()))
            .collect();
        operations.sort_unstable_by_key(|(name, kind)| (*name, *kind as i32));
        operations.dedup();
        operations
            .into_iter()
            .map(|(name, kind)| Operation::new(name, kind))
            .collect()
    }

    /// The counts.
    pub fn stats(&self) -> Stats {
        let (spans, traces, bytes) = {
            let held = self.read();
            (
                held.spans as u64,
                held.traces.len() as u64,
                held.bytes as u64,
            )
        };
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            spans,
            traces,
            bytes,
            received_spans: count(&self.counts.received),
            dropped_spans: count(&self.counts.dropped_spans),
            dropped_traces: count(&self.counts.dropped_traces),
            rejected_spans: count(&self.counts.rejected),
            log_records: count(&self.counts.log_records),
            held_log_records: self.logs.count() as u64,
            dropped_log_records: count(&self.counts.dropped_log_records),
            metric_points: count(&self.counts.metric_points),
            refused_requests: count(&self.counts.refused),
            dropped_datagrams: count(&self.counts.dropped_datagrams),
        }
    }

    /// Forgets all traces; the counts stay.
    pub fn clear(&self) {
        let forgotten = std::mem::take(&mut *self.write());
        drop(forgotten);
        self.logs.clear();
    }

    /// Adds the spans of one request, then makes room.
    pub(crate) fn insert(&self, spans: Vec<Received>) {
        self.counts
            .received
            .fetch_add(spans.len() as u64, Ordering::Relaxed);
        let measured: Vec<(Arc<Received>, usize)> = spans
            .into_iter()
            .map(|span| {
                let bytes = footprint::of(&span.span);
                (Arc::new(span), bytes)
            })
            .collect();

        let mut dropped = Vec::new();
        let mut refused = 0;
        let mut held = self.write();
        for (span, bytes) in measured {
            let id = span.trace_id;
            let charged = held.add(span, bytes);
            while held.exceeds(&self.limits) {
                if held.traces.len() == 1 {
                    // The newest trace alone is too large: it keeps its first spans.
                    held.remove_last(id, charged);
                    refused += 1;
                    break;
                }
                dropped.extend(held.remove_oldest());
            }
        }
        drop(held);

        // Counted and freed outside the lock: a large trace takes its time.
        let dropped_spans = refused + dropped.iter().map(|entry| entry.spans.len()).sum::<usize>();
        self.counts
            .dropped_spans
            .fetch_add(dropped_spans as u64, Ordering::Relaxed);
        self.counts
            .dropped_traces
            .fetch_add(dropped.len() as u64, Ordering::Relaxed);
        let ids = dropped.iter().filter_map(|entry| entry.spans.first());
        let records = self.logs.forget(ids.map(|span| span.trace_id));
        self.counts
            .dropped_log_records
            .fetch_add(records as u64, Ordering::Relaxed);
    }

    /// Adds the log records of one request, of which so many arrived, then makes room.
    pub(crate) fn insert_records(&self, arrived: usize, records: Vec<ReceivedRecord>) {
        self.counts
            .log_records
            .fetch_add(arrived as u64, Ordering::Relaxed);
        // The lock of the spans is never held by whoever asks for that of the logs.
        let has_spans = |id| self.read().traces.contains_key(&id);
        let dropped = self.logs.insert(records, &self.limits, has_spans);
        self.counts
            .dropped_log_records
            .fetch_add(dropped as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_rejected_spans(&self, spans: usize) {
        self.counts
            .rejected
            .fetch_add(spans as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_metric_points(&self, points: usize) {
        self.counts
            .metric_points
            .fetch_add(points as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_refused_request(&self) {
        self.counts.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_dropped_datagrams(&self, datagrams: u64) {
        self.counts
            .dropped_datagrams
            .fetch_add(datagrams, Ordering::Relaxed);
    }

    // No code panics while it holds the lock, and a poisoned one would still guard whole traces.
    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Received ===

impl Received {
    pub(crate) fn service(&self) -> &str {
        jaeger::service_name(&self.resource)
    }

    /// As [`crate::model::Span::status`] says it of the model.
    pub(crate) fn failed(&self) -> bool {
        let status = self.span.status.as_ref();
        match status.map_or(StatusCode::Unset, |status| status.code()) {
            StatusCode::Error => true,
            StatusCode::Ok => false,
            StatusCode::Unset => self.span.attributes.iter().any(|attribute| {
                let value = attribute.value.as_ref();
                attribute.key == "error"
                    && value.and_then(|value| value.value.as_ref()) == Some(&Any::BoolValue(true))
            }),
        }
    }
}

fn to_model(id: TraceId, spans: &[Arc<Received>], adjusted: bool) -> Trace {
    let mut spans = spans
        .iter()
        .map(|received| jaeger::span_from_otlp(&received.span, &received.scope, &received.resource))
        .collect();
    if adjusted {
        jaeger::adjust(&mut spans);
    }
    Trace::new(id, spans)
}
