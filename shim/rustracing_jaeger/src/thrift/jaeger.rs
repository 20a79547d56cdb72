//! Spans and what belongs to them, as Jaeger's `jaeger.thrift` has them.

/// The type of a tag's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TagKind {
    String = 0,
    Double = 1,
    Bool = 2,
    Long = 3,
    Binary = 4,
}

/// A key and a value.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Tag {
    String { key: String, value: String },
    Double { key: String, value: f64 },
    Bool { key: String, value: bool },
    Long { key: String, value: i64 },
    Binary { key: String, value: Vec<u8> },
}

impl Tag {
    /// The key.
    pub fn key(&self) -> &str {
        match self {
            Self::String { key, .. }
            | Self::Double { key, .. }
            | Self::Bool { key, .. }
            | Self::Long { key, .. }
            | Self::Binary { key, .. } => key,
        }
    }

    /// The type of the value.
    pub fn kind(&self) -> TagKind {
        match self {
            Self::String { .. } => TagKind::String,
            Self::Double { .. } => TagKind::Double,
            Self::Bool { .. } => TagKind::Bool,
            Self::Long { .. } => TagKind::Long,
            Self::Binary { .. } => TagKind::Binary,
        }
    }
}

/// A moment in a span.
#[derive(Debug, Clone)]
pub struct Log {
    /// Microseconds since the epoch.
    pub timestamp: i64,
    /// What was logged.
    pub fields: Vec<Tag>,
}

/// Why a span refers to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum SpanRefKind {
    ChildOf = 0,
    FollowsFrom = 1,
}

/// A reference to another span.
#[derive(Debug, Clone)]
pub struct SpanRef {
    /// Why.
    pub kind: SpanRefKind,
    /// The lower half of its trace's id.
    pub trace_id_low: i64,
    /// The higher half of its trace's id.
    pub trace_id_high: i64,
    /// Its id.
    pub span_id: i64,
}

/// A span.
#[derive(Debug, Clone)]
pub struct Span {
    /// The lower half of the trace's id.
    pub trace_id_low: i64,
    /// The higher half of the trace's id, zero in traces of 64 bits.
    pub trace_id_high: i64,
    /// The span's id.
    pub span_id: i64,
    /// The id of the first span that it refers to and that is sampled, or zero.
    pub parent_span_id: i64,
    /// The name.
    pub operation_name: String,
    /// The spans that it refers to and that are sampled.
    pub references: Vec<SpanRef>,
    /// 1 is sampled, 2 is debug.
    pub flags: i32,
    /// Microseconds since the epoch.
    pub start_time: i64,
    /// Microseconds.
    pub duration: i64,
    /// The tags.
    pub tags: Vec<Tag>,
    /// What was logged.
    pub logs: Vec<Log>,
}

/// Where spans come from.
#[derive(Debug, Clone)]
pub struct Process {
    /// The name of the service.
    pub service_name: String,
    /// What else there is to say of it.
    pub tags: Vec<Tag>,
}

/// Spans of one process.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Where they come from.
    pub process: Process,
    /// The spans.
    pub spans: Vec<Span>,
}
