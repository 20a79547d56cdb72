//! The JSON of Jaeger's HTTP API: the envelope of every answer, and traces with their spans.
//!
//! [`TraceJson::from_model`] writes it, [`TraceJson::into_model`] reads it, whoever wrote it: fields that a client does not
//! need may be missing, lists may be `null`.

mod read;
mod record;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

pub use read::ReadError;
pub(crate) use record::RecordJson;
pub(crate) use write::trace_id_text;

/// What surrounds every answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// The answer. Jaeger writes an empty list as `null` where Go has a nil slice.
    pub data: Option<T>,
    /// How many there are, for lists of names.
    #[serde(default)]
    pub total: usize,
    /// Always 0.
    #[serde(default)]
    pub limit: usize,
    /// Always 0.
    #[serde(default)]
    pub offset: usize,
    /// What went wrong.
    #[serde(default)]
    pub errors: Option<Vec<ErrorJson>>,
}

/// An error within an [`Envelope`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorJson {
    /// The HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// What happened.
    pub msg: String,
    /// The trace that it is about.
    #[serde(default, rename = "traceID", skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// A name and a kind, as `/api/operations` lists them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationJson {
    /// The operation's name.
    pub name: String,
    /// Its kind, in lower case; empty when unspecified.
    pub span_kind: String,
}

/// A trace.
#[derive(Debug, Serialize, Deserialize)]
pub struct TraceJson {
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(deserialize_with = "null_is_empty")]
    spans: Vec<SpanJson>,
    #[serde(default, deserialize_with = "null_is_empty")]
    processes: BTreeMap<String, ProcessJson>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpanJson {
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(rename = "spanID")]
    span_id: String,
    operation_name: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    references: Vec<ReferenceJson>,
    start_time: u64,
    duration: u64,
    #[serde(default, deserialize_with = "null_is_empty")]
    tags: Vec<TagJson>,
    #[serde(default, deserialize_with = "null_is_empty")]
    logs: Vec<LogJson>,
    #[serde(rename = "processID")]
    process_id: String,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReferenceJson {
    #[serde(rename = "refType")]
    ref_type: RefTypeJson,
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(rename = "spanID")]
    span_id: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RefTypeJson {
    ChildOf,
    FollowsFrom,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProcessJson {
    service_name: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    tags: Vec<TagJson>,
}

#[derive(Debug, Serialize, Deserialize)]
struct LogJson {
    timestamp: u64,
    #[serde(default, deserialize_with = "null_is_empty")]
    fields: Vec<TagJson>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TagJson {
    key: String,
    #[serde(rename = "type")]
    value_type: ValueType,
    value: Json,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ValueType {
    String,
    Bool,
    Int64,
    Float64,
    Binary,
}

impl<T> Envelope<T> {
    /// An answer without a total.
    pub fn data(data: T) -> Self {
        Self {
            data: Some(data),
            total: 0,
            limit: 0,
            offset: 0,
            errors: None,
        }
    }

    /// Nothing but an error.
    pub fn error(code: u16, msg: String) -> Self {
        let error = ErrorJson {
            code: Some(code),
            msg,
            trace_id: None,
        };
        Self {
            data: None,
            total: 0,
            limit: 0,
            offset: 0,
            errors: Some(vec![error]),
        }
    }
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
