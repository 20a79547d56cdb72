//! The steps of a program.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Scalar, TextMap};

/// One call of a program. `as` in a file is `name` here: what the thing that the step makes is called from then on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Step {
    /// Starts an OpenTracing span.
    Start {
        /// Names the span.
        #[serde(rename = "as")]
        name: String,
        /// The operation name; the span's name when absent.
        op: Option<String>,
        /// What the span refers to, in order.
        #[serde(default)]
        refs: Vec<Reference>,
        /// The tags that it is started with.
        #[serde(default)]
        tags: BTreeMap<String, Scalar>,
        /// Whether the active span is no parent.
        #[serde(default)]
        ignore_active: bool,
        /// The start, in microseconds since the epoch; the moment of the call when absent.
        at_us: Option<u64>,
    },
    /// Sets a tag.
    Tag {
        /// The span.
        span: String,
        /// The tag's key.
        key: String,
        /// The tag's value.
        value: Scalar,
    },
    /// Replaces the operation name.
    Rename {
        /// The span.
        span: String,
        /// The new name.
        op: String,
    },
    /// Logs fields.
    Log {
        /// The span.
        span: String,
        /// The fields.
        fields: BTreeMap<String, Scalar>,
        /// The moment, in microseconds since the epoch; that of the call when absent.
        at_us: Option<u64>,
    },
    /// Logs an event that has a name and no fields.
    Event {
        /// The span.
        span: String,
        /// The event's name.
        name: String,
    },
    /// Sets a baggage item.
    SetBaggage {
        /// The span.
        span: String,
        /// The item's key.
        key: String,
        /// The item's value.
        value: String,
    },
    /// Reads a baggage item.
    GetBaggage {
        /// The span, or a context.
        span: String,
        /// The item's key.
        key: String,
    },
    /// Takes a span's context as it is now.
    Context {
        /// The span.
        span: String,
        /// Names the context.
        #[serde(rename = "as")]
        name: String,
    },
    /// Reads all baggage items.
    BaggageItems {
        /// A span or a context.
        of: String,
    },
    /// Makes a span active, or none.
    Activate {
        /// The span; null for none.
        span: Option<String>,
        /// Names the scope.
        #[serde(rename = "as")]
        name: String,
    },
    /// Closes a scope, of whichever kind. Closing one twice does nothing.
    Close {
        /// The scope.
        scope: String,
    },
    /// Reads which span is active.
    Active {},
    /// Names the active span.
    ActiveAs {
        /// The name.
        #[serde(rename = "as")]
        name: String,
    },
    /// Injects a context into a fresh carrier, and reads that.
    Inject {
        /// The format.
        format: Format,
        /// A span or a context.
        from: String,
        /// Names the carrier.
        #[serde(rename = "as")]
        name: String,
    },
    /// Makes a carrier, as if it had been received.
    Carrier {
        /// What is in it. `<trace-of-a>` and `<a>` stand for the ids of `a`.
        entries: TextMap,
        /// Names the carrier.
        #[serde(rename = "as")]
        name: String,
    },
    /// Extracts a context from a carrier, and reads that.
    Extract {
        /// The carrier.
        carrier: String,
        /// The format.
        format: Format,
        /// Names the context. When there is none, the name stands for none: a reference to it is no reference.
        #[serde(rename = "as")]
        name: String,
    },
    /// Finishes an OpenTracing span.
    Finish {
        /// The span.
        span: String,
        /// The end, in microseconds since the epoch; the moment of the call when absent.
        at_us: Option<u64>,
    },
    /// Starts a span with the native API, as a child of what is current.
    OtelStart {
        /// Names the span.
        #[serde(rename = "as")]
        name: String,
        /// The span's name for the exporter; the span's own name when absent.
        op: Option<String>,
        /// The start, in microseconds since the epoch; the moment of the call when absent.
        at_us: Option<u64>,
    },
    /// Makes a native span current.
    OtelActivate {
        /// The span.
        span: String,
        /// Names the scope.
        #[serde(rename = "as")]
        name: String,
    },
    /// Ends a native span.
    OtelFinish {
        /// The span.
        span: String,
        /// The end, in microseconds since the epoch; the moment of the call when absent.
        at_us: Option<u64>,
    },
    /// Makes baggage current with the native API, in place of what was current.
    OtelBaggage(NativeBaggage),
    /// Reads the current baggage with the native API.
    OtelCurrentBaggage {},
}

impl Step {
    /// The step's name in a file.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::Tag { .. } => "tag",
            Self::Rename { .. } => "rename",
            Self::Log { .. } => "log",
            Self::Event { .. } => "event",
            Self::SetBaggage { .. } => "set_baggage",
            Self::GetBaggage { .. } => "get_baggage",
            Self::Context { .. } => "context",
            Self::BaggageItems { .. } => "baggage_items",
            Self::Activate { .. } => "activate",
            Self::Close { .. } => "close",
            Self::Active {} => "active",
            Self::ActiveAs { .. } => "active_as",
            Self::Inject { .. } => "inject",
            Self::Carrier { .. } => "carrier",
            Self::Extract { .. } => "extract",
            Self::Finish { .. } => "finish",
            Self::OtelStart { .. } => "otel_start",
            Self::OtelActivate { .. } => "otel_activate",
            Self::OtelFinish { .. } => "otel_finish",
            Self::OtelBaggage(_) => "otel_baggage",
            Self::OtelCurrentBaggage {} => "otel_current_baggage",
        }
    }
}

/// Baggage to be made current with the native API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawNativeBaggage")]
pub struct NativeBaggage {
    /// The items: `items` (or `entries`) in a file, or `key` and `value` for a single one.
    pub items: TextMap,
    /// Names the scope.
    pub name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNativeBaggage {
    #[serde(alias = "entries", alias = "baggage")]
    items: Option<TextMap>,
    key: Option<String>,
    value: Option<String>,
    #[serde(rename = "as")]
    name: String,
}

impl TryFrom<RawNativeBaggage> for NativeBaggage {
    type Error = &'static str;

    fn try_from(raw: RawNativeBaggage) -> Result<Self, Self::Error> {
        let items = match (raw.items, raw.key, raw.value) {
            (Some(items), None, None) => items,
            (None, Some(key), Some(value)) => TextMap::from([(key, value)]),
            _ => return Err("baggage is either `items`, or `key` and `value`"),
        };
        Ok(Self {
            items,
            name: raw.name,
        })
    }
}

/// A reference of a span to another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ReferenceKind,
    /// A span or a context.
    pub to: String,
}

/// The types of reference that OpenTracing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    /// The other waits for this one.
    ChildOf,
    /// The other does not.
    FollowsFrom,
}

/// The formats of a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// HTTP headers: keys have no case.
    Http,
    /// Any text by text.
    Text,
}
