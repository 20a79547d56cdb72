//! What a program leaves behind: finished spans, and what its reading steps gave.
//!
//! The types serve for what is expected, with names in place of ids, and for what a run gave, with hexadecimal ids.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::TextMap;

/// What a program leaves behind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expect {
    /// The finished, sampled spans in the order of finishing.
    pub spans: Vec<SpanRecord>,
    /// What the reading steps gave, in order.
    pub reads: Vec<Read>,
}

/// A finished span.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SpanRecord {
    /// Which span it is: the name that a step gave it, or its id.
    pub span: String,
    /// The name that was exported.
    pub name: String,
    /// The trace: `trace-of-` and the trace's first span, or its id.
    pub trace: String,
    /// The parent; null for a root.
    #[serde(deserialize_with = "Option::deserialize")]
    pub parent: Option<String>,
    /// The kind.
    pub kind: Kind,
    /// The status; a description is not compared.
    pub status: Status,
    /// The name of the instrumentation scope.
    pub scope: String,
    /// The attributes.
    pub attributes: BTreeMap<String, Value>,
    /// The links, in order.
    pub links: Vec<LinkRecord>,
    /// The events, in order.
    pub events: Vec<EventRecord>,
    /// The start in microseconds since the epoch, where the program gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_us: Option<u64>,
    /// The end in microseconds since the epoch, where the program gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_us: Option<u64>,
}

/// A link of a span.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRecord {
    /// The span that it leads to.
    pub to: String,
    /// The link's attributes.
    pub attributes: BTreeMap<String, Value>,
}

/// An event of a span.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EventRecord {
    /// The event's name.
    pub name: String,
    /// The event's attributes.
    pub attributes: BTreeMap<String, Value>,
    /// The moment in microseconds since the epoch, where the program gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_us: Option<u64>,
}

/// The kinds of span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are OpenTelemetry's own")]
pub enum Kind {
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// The states of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are OpenTelemetry's own")]
pub enum Status {
    Unset,
    Ok,
    Error,
}

/// What a reading step gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Read {
    /// Which span is active.
    Active(ActiveRead),
    /// One baggage item.
    Baggage(BaggageRead),
    /// All baggage items.
    Items(ItemsRead),
    /// A carrier after an inject.
    Injected(InjectedRead),
    /// A context after an extract.
    Extracted(ExtractedRead),
    /// The native API's current baggage.
    CurrentBaggage(CurrentBaggageRead),
}

/// Which span is active.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ActiveRead {
    /// The span; null for none.
    #[serde(deserialize_with = "Option::deserialize")]
    pub active: Option<String>,
}

/// One baggage item.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BaggageRead {
    /// The span, as the step calls it.
    pub baggage_of: String,
    /// The item's key.
    pub key: String,
    /// The item's value; null when there is no such item.
    #[serde(deserialize_with = "Option::deserialize")]
    pub value: Option<String>,
}

/// All baggage items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ItemsRead {
    /// The span or context, as the step calls it.
    pub items_of: String,
    /// The items.
    pub items: TextMap,
}

/// A carrier after an inject.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InjectedRead {
    /// The carrier's name.
    pub injected: String,
    /// What is in it.
    pub carrier: TextMap,
}

/// A context after an extract.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractedRead {
    /// The context's name.
    pub extracted: String,
    /// The context; null when nothing was found.
    #[serde(deserialize_with = "Option::deserialize")]
    pub context: Option<ContextRecord>,
}

/// The native API's current baggage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrentBaggageRead {
    /// The items. Recorders do not agree on this field's name: any will do when it is the only one and holds a map.
    pub otel_baggage: TextMap,
}

/// A context that was extracted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContextRecord {
    /// The trace, as in a span; all zeros when there is none.
    pub trace: String,
    /// The span; null when there is none.
    #[serde(deserialize_with = "Option::deserialize")]
    pub span: Option<String>,
    /// The baggage.
    pub baggage: TextMap,
}

impl Read {
    /// Reads one from a file. The shape is told by the one field that only it has, so that an error can name what is
    /// wrong within that shape.
    pub(super) fn from_json(value: Value) -> Result<Self, serde_json::Error> {
        let has = |field: &str| value.get(field).is_some();
        if has("active") {
            serde_json::from_value(value).map(Self::Active)
        } else if has("baggage_of") {
            serde_json::from_value(value).map(Self::Baggage)
        } else if has("items_of") {
            serde_json::from_value(value).map(Self::Items)
        } else if has("injected") {
            serde_json::from_value(value).map(Self::Injected)
        } else if has("extracted") {
            serde_json::from_value(value).map(Self::Extracted)
        } else if let Some(items) = only_field(&value).filter(|items| items.is_object()) {
            let otel_baggage = TextMap::deserialize(items)?;
            Ok(Self::CurrentBaggage(CurrentBaggageRead { otel_baggage }))
        } else {
            Err(serde_json::Error::custom(
                "unknown read, expected one with `active`, `baggage_of`, `items_of`, `injected`, `extracted` or \
                 `otel_baggage`",
            ))
        }
    }

    /// The read as it is written in a file.
    pub fn to_json(&self) -> Value {
        json!(self)
    }
}

fn only_field(value: &Value) -> Option<&Value> {
    let fields = value.as_object()?;
    let mut values = fields.values();
    values.next().filter(|_| fields.len() == 1)
}
