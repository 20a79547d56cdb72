//! One span, and what it is made of.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, TraceId};

use super::{Tags, Value};

/// A span as Jaeger shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// The operation name; OpenTelemetry calls it the span's name.
    pub operation: String,
    /// Its parent and its links; the parent comes first.
    pub references: Vec<Reference>,
    /// When it started, in nanoseconds since 1970. Over HTTP the precision is a microsecond.
    pub start_unix_nanos: i64,
    /// How long it took. Over HTTP the precision is a microsecond.
    pub duration: Duration,
    /// Attributes, and what Jaeger writes as tags: kind, status, scope.
    pub tags: Tags,
    /// Events.
    pub logs: Vec<Log>,
    /// The service that made the span. Shared by the spans of one process.
    pub process: Arc<Process>,
    /// What the backend thought was wrong with the span.
    pub warnings: Vec<String>,
}

/// The process that a span ran in: OpenTelemetry's resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// The service's name.
    pub service: String,
    /// The other resource attributes.
    pub tags: Tags,
}

/// A dated list of fields; the field `event` is the name of an OpenTelemetry event.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// When, in nanoseconds since 1970.
    pub unix_nanos: i64,
    /// Name and attributes.
    pub fields: Tags,
}

/// A span's reference to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What the other span is to this one.
    pub ref_type: RefType,
    /// The other span's trace.
    pub trace_id: TraceId,
    /// The other span.
    pub span_id: SpanId,
}

/// The two reference types of OpenTracing. A link is shown as `FOLLOWS_FROM`, unless its attribute
/// `opentracing.ref_type` says `child_of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefType {
    /// The other span waits for this one.
    ChildOf,
    /// The other span does not wait.
    FollowsFrom,
}

/// OpenTelemetry's span kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// No kind was given.
    #[default]
    Unspecified,
    /// Work inside a service.
    Internal,
    /// The answering side of a call.
    Server,
    /// The asking side of a call.
    Client,
    /// The sending side of a queue.
    Producer,
    /// The receiving side of a queue.
    Consumer,
}

/// OpenTelemetry's status of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Nothing was said.
    #[default]
    Unset,
    /// Declared good.
    Ok,
    /// Failed.
    Error,
}

// === impl Span ===

impl Span {
    /// The service that made the span.
    pub fn service(&self) -> &str {
        &self.process.service
    }

    /// The kind, from the tag `span.kind`.
    ///
    /// An attribute of that name stands beside the tag that shows the span's own kind, and nothing tells the two apart.
    /// Where they disagree and one is `internal`, that one is the span's own: it is what a shim that follows the
    /// specification leaves behind.
    pub fn kind(&self) -> Kind {
        let mut kinds = self
            .tags
            .all("span.kind")
            .filter_map(Value::as_str)
            .map(Kind::from_text);
        let Some(first) = kinds.next() else {
            return Kind::Unspecified;
        };
        kinds.find(|kind| *kind == Kind::Internal).unwrap_or(first)
    }

    /// The status, from the tags `otel.status_code` and `error`; the latter is all that OpenTracing had.
    pub fn status(&self) -> Status {
        match self.tags.str("otel.status_code") {
            Some("ERROR") => Status::Error,
            Some("OK") => Status::Ok,
            _ if self
                .tags
                .all("error")
                .any(|value| *value == Value::Bool(true)) =>
            {
                Status::Error
            }
            _ => Status::Unset,
        }
    }

    /// The description of an error status.
    pub fn status_message(&self) -> Option<&str> {
        self.tags.str("otel.status_description")
    }

    /// The parent: the first `CHILD_OF` reference within the trace, else the first `FOLLOWS_FROM` one.
    pub fn parent(&self) -> Option<SpanId> {
        let within = || {
            self.references
                .iter()
                .filter(|reference| reference.trace_id == self.trace_id)
        };
        within()
            .find(|reference| reference.ref_type == RefType::ChildOf)
            .or_else(|| within().next())
            .map(|reference| reference.span_id)
            .filter(|id| *id != SpanId::INVALID)
    }

    /// When it started.
    pub fn start(&self) -> SystemTime {
        let offset = Duration::from_nanos(self.start_unix_nanos.unsigned_abs());
        if self.start_unix_nanos < 0 {
            SystemTime::UNIX_EPOCH - offset
        } else {
            SystemTime::UNIX_EPOCH + offset
        }
    }

    /// When it ended, in nanoseconds since 1970.
    pub fn end_unix_nanos(&self) -> i64 {
        let nanos = i64::try_from(self.duration.as_nanos()).unwrap_or(i64::MAX);
        self.start_unix_nanos.saturating_add(nanos)
    }

    /// The events of that name.
    pub fn events<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Log> {
        self.logs
            .iter()
            .filter(move |log| log.event() == Some(name))
    }
}

impl Log {
    /// The event's name.
    pub fn event(&self) -> Option<&str> {
        self.fields.str("event")
    }
}

// === impl Kind, Status, RefType ===

impl Kind {
    /// The word that Jaeger writes; empty when unspecified.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }

    fn from_text(text: &str) -> Self {
        match text {
            "internal" => Self::Internal,
            "server" => Self::Server,
            "client" => Self::Client,
            "producer" => Self::Producer,
            "consumer" => Self::Consumer,
            _ => Self::Unspecified,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error => "error",
        })
    }
}

impl RefType {
    /// The word that Jaeger writes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChildOf => "CHILD_OF",
            Self::FollowsFrom => "FOLLOWS_FROM",
        }
    }
}
