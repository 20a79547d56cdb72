//! One span, and what it is made of.

use std::fmt;
use std::sync::Arc;

use super::{SpanId, TraceId, Value};

/// A span, as near to OpenTelemetry's model as its format allows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent: Option<SpanId>,
    /// What OpenTracing calls the relation to the parent.
    pub(crate) parent_type: RefType,
    pub(crate) service: Arc<str>,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) status_message: Option<String>,
    pub(crate) attributes: Vec<(String, Value)>,
    pub(crate) events: Vec<Event>,
    pub(crate) links: Vec<Link>,
    /// Nanoseconds since 1970. They order spans and are compared with nothing.
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) dialect: Dialect,
    /// An id was written without its leading zeros.
    pub(crate) has_cut_id: bool,
}

/// An event, or a log of OpenTracing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, Value)>,
    pub(crate) time: u64,
}

/// A link, or a reference of OpenTracing that is not the parent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Link {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) ref_type: RefType,
    /// It is told to be a reference of OpenTracing. Jaeger's format calls every link one.
    pub(crate) is_reference: bool,
    /// Jaeger's format has no place for them.
    pub(crate) attributes: Option<Vec<(String, Value)>>,
}

/// The two types of references in OpenTracing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RefType {
    ChildOf,
    FollowsFrom,
}

/// OpenTelemetry's kinds. A span without one is internal to its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// OpenTelemetry's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    Unset,
    Ok,
    Error,
}

/// Who made the span, which decides what its tags `error` and `span.kind` are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    /// A client that knows tags only: they *are* status and kind.
    OpenTracing,
    /// An SDK with fields for both: attributes of these names are left over.
    OpenTelemetry,
}

/// The name of a service, which is that of all its spans. Of one that is longer than any real one, the beginning counts: it is
/// told with every span, so that captures of a megabyte would make reports of gigabytes.
pub(crate) fn service(name: &str) -> Arc<str> {
    const MOST: usize = 1_000;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}

impl Span {
    pub(crate) fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes
            .iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }
}

impl Kind {
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "internal" => Self::Internal,
            "server" => Self::Server,
            "client" => Self::Client,
            "producer" => Self::Producer,
            "consumer" => Self::Consumer,
            _ => return None,
        })
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }

    /// Whether the other end of the edge is meant to be in another process.
    pub(crate) fn calls_out(self) -> bool {
        matches!(self, Self::Client | Self::Producer)
    }

    /// Whether the parent is meant to be in another process.
    pub(crate) fn is_called(self) -> bool {
        matches!(self, Self::Server | Self::Consumer)
    }
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }
}

impl RefType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ChildOf => "child_of",
            Self::FollowsFrom => "follows_from",
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
        f.write_str(self.as_str())
    }
}
