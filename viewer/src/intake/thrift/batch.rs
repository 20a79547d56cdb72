//! What a client reports: the structs of Jaeger's `jaeger.thrift`, as far as they are of use.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;

/// Spans of one process. Its `seqNo` and `stats` are not read.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) process: Process,
    pub(super) spans: Vec<Span>,
}

#[derive(Debug)]
pub(super) struct Process {
    pub(super) service: String,
    pub(super) tags: Vec<Tag>,
}

/// Numbers are signed here because Thrift has no others; times are microseconds.
#[derive(Debug)]
pub(super) struct Span {
    /// High is zero for clients with ids of 64 bits.
    pub(super) trace_id: TraceId,
    pub(super) span_id: i64,
    /// Zero when there is none, or when only `references` says so.
    pub(super) parent_span_id: i64,
    pub(super) operation: String,
    pub(super) references: Vec<Reference>,
    /// 1 is sampled, 2 is debug.
    pub(super) flags: i32,
    pub(super) start: i64,
    pub(super) duration: i64,
    pub(super) tags: Vec<Tag>,
    pub(super) logs: Vec<Log>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TraceId {
    pub(super) high: i64,
    pub(super) low: i64,
}

#[derive(Debug)]
pub(super) struct Reference {
    pub(super) child_of: bool,
    pub(super) trace_id: TraceId,
    pub(super) span_id: i64,
}

#[derive(Debug)]
pub(super) struct Log {
    pub(super) time: i64,
    pub(super) fields: Vec<Tag>,
}

/// The value is one of OTLP's: Thrift's five types are among them.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: Any,
}
