//! The JSON of Jaeger's HTTP API: the envelope of every answer, and traces with their spans.
//!
//! [`TraceJson::from_model`] writes it, [`TraceJson::into_model`] reads it, whoever wrote it: fields that a client does not
//! need may be missing, lists may be `null`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use opentelemetry::trace::{SpanId, TraceId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use super::text;
use crate::model::{
    Log, Process, RefType, Reference, Span, Tags, Trace, Value, parse_span_id, parse_trace_id,
};

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

/// Why an answer is not a trace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// An id is not hexadecimal or too long.
    #[error("{0:?} is no id")]
    Id(String),
    /// A span names a process that is not listed.
    #[error("span {span} belongs to the process {process:?}, which is not listed")]
    Process {
        /// The span's id.
        span: String,
        /// The name of the process.
        process: String,
    },
    /// A value does not have the type that it declares.
    #[error("the value of {key:?} is not of the type {value_type} that it declares")]
    Tag {
        /// The tag's key.
        key: String,
        /// The declared type.
        value_type: String,
    },
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

// === impl TraceJson: writing ===

impl TraceJson {
    /// The trace as Jaeger writes it.
    pub fn from_model(trace: &Trace) -> Self {
        let mut processes = Processes::default();
        let spans = trace
            .spans
            .iter()
            .map(|span| SpanJson {
                trace_id: trace_id_text(span.trace_id),
                span_id: span.span_id.to_string(),
                operation_name: span.operation.clone(),
                references: span.references.iter().map(reference_json).collect(),
                start_time: micros(span.start_unix_nanos),
                duration: u64::try_from(span.duration.as_micros()).unwrap_or(u64::MAX),
                tags: tags_json(&span.tags),
                logs: span.logs.iter().map(log_json).collect(),
                process_id: processes.key(&span.process),
                warnings: Some(span.warnings.clone()).filter(|warnings| !warnings.is_empty()),
            })
            .collect();
        Self {
            trace_id: trace_id_text(trace.id),
            spans,
            processes: processes.into_json(),
            warnings: Some(trace.warnings.clone()).filter(|warnings| !warnings.is_empty()),
        }
    }
}

/// The distinct processes of a trace, named `p1`, `p2` … in the order of their first span.
#[derive(Default)]
struct Processes {
    distinct: Vec<Arc<Process>>,
    by_service: HashMap<String, Vec<usize>>,
}

impl Processes {
    fn key(&mut self, process: &Arc<Process>) -> String {
        let same_name = self.by_service.entry(process.service.clone()).or_default();
        let known = same_name
            .iter()
            .copied()
            .find(|at| self.distinct[*at] == *process);
        let at = known.unwrap_or_else(|| {
            self.distinct.push(Arc::clone(process));
            same_name.push(self.distinct.len() - 1);
            self.distinct.len() - 1
        });
        format!("p{}", at + 1)
    }

    fn into_json(self) -> BTreeMap<String, ProcessJson> {
        let json = |process: Arc<Process>| ProcessJson {
            service_name: process.service.clone(),
            tags: tags_json(&process.tags),
        };
        self.distinct
            .into_iter()
            .enumerate()
            .map(|(at, process)| (format!("p{}", at + 1), json(process)))
            .collect()
    }
}

/// Jaeger writes an id whose upper half is zero with 16 digits only.
pub(crate) fn trace_id_text(id: TraceId) -> String {
    let digits = id.to_string();
    match digits.strip_prefix("0000000000000000") {
        Some(low) => low.to_owned(),
        None => digits,
    }
}

fn reference_json(reference: &Reference) -> ReferenceJson {
    ReferenceJson {
        ref_type: match reference.ref_type {
            RefType::ChildOf => RefTypeJson::ChildOf,
            RefType::FollowsFrom => RefTypeJson::FollowsFrom,
        },
        trace_id: trace_id_text(reference.trace_id),
        span_id: reference.span_id.to_string(),
    }
}

fn log_json(log: &Log) -> LogJson {
    LogJson {
        timestamp: micros(log.unix_nanos),
        fields: tags_json(&log.fields),
    }
}

/// Times before 1970 wrap around, as in Jaeger.
fn micros(unix_nanos: i64) -> u64 {
    (unix_nanos / 1_000).cast_unsigned()
}

fn tags_json(tags: &Tags) -> Vec<TagJson> {
    tags.iter()
        .map(|(key, value)| tag_json(key, value))
        .collect()
}

fn tag_json(key: &str, value: &Value) -> TagJson {
    /// Beyond this, JavaScript's numbers lose digits; Jaeger sends such integers as text.
    const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
    let (value_type, value) = match value {
        Value::String(text) => (ValueType::String, Json::from(text.as_str())),
        Value::Bool(value) => (ValueType::Bool, Json::from(*value)),
        Value::Int64(value) if value.unsigned_abs() > MAX_SAFE_INTEGER => {
            (ValueType::Int64, Json::from(value.to_string()))
        }
        Value::Int64(value) => (ValueType::Int64, Json::from(*value)),
        Value::Float64(value) => (ValueType::Float64, float_json(*value)),
        Value::Binary(bytes) => (ValueType::Binary, Json::from(BASE64.encode(bytes))),
    };
    TagJson {
        key: key.to_owned(),
        value_type,
        value,
    }
}

/// Whole doubles are written without a fraction, as Go does. What JSON cannot express becomes text; Jaeger answers the
/// whole trace with status 500 then.
fn float_json(value: f64) -> Json {
    let whole =
        value.fract() == 0.0 && value.abs() < 1e15 && (value != 0.0 || value.is_sign_positive());
    if whole {
        Json::from(value as i64)
    } else if value.is_finite() {
        Json::from(value)
    } else {
        Json::from(text::not_a_number(value))
    }
}

// === impl TraceJson: reading ===

impl TraceJson {
    /// The trace in the model.
    ///
    /// # Errors
    /// Ids, processes or values that contradict the rest of the document.
    pub fn into_model(self) -> Result<Trace, ReadError> {
        let mut processes = HashMap::new();
        for (key, process) in self.processes {
            let process = Process {
                service: process.service_name,
                tags: read_tags(process.tags)?,
            };
            processes.insert(key, Arc::new(process));
        }
        let spans: Result<_, _> = self
            .spans
            .into_iter()
            .map(|span| read_span(span, &processes))
            .collect();
        let mut trace = Trace::new(read_trace_id(&self.trace_id)?, spans?);
        trace.warnings = self.warnings.unwrap_or_default();
        Ok(trace)
    }
}

fn read_span(span: SpanJson, processes: &HashMap<String, Arc<Process>>) -> Result<Span, ReadError> {
    let Some(process) = processes.get(&span.process_id) else {
        return Err(ReadError::Process {
            span: span.span_id,
            process: span.process_id,
        });
    };
    let reference = |reference: ReferenceJson| {
        Ok(Reference {
            ref_type: match reference.ref_type {
                RefTypeJson::ChildOf => RefType::ChildOf,
                RefTypeJson::FollowsFrom => RefType::FollowsFrom,
            },
            trace_id: read_trace_id(&reference.trace_id)?,
            span_id: read_span_id(&reference.span_id)?,
        })
    };
    let log = |log: LogJson| {
        Ok(Log {
            unix_nanos: read_micros(log.timestamp),
            fields: read_tags(log.fields)?,
        })
    };
    Ok(Span {
        trace_id: read_trace_id(&span.trace_id)?,
        span_id: read_span_id(&span.span_id)?,
        operation: span.operation_name,
        references: span
            .references
            .into_iter()
            .map(reference)
            .collect::<Result<_, _>>()?,
        start_unix_nanos: read_micros(span.start_time),
        duration: Duration::from_micros(span.duration),
        tags: read_tags(span.tags)?,
        logs: span.logs.into_iter().map(log).collect::<Result<_, _>>()?,
        process: Arc::clone(process),
        warnings: span.warnings.unwrap_or_default(),
    })
}

fn read_micros(micros: u64) -> i64 {
    micros.cast_signed().saturating_mul(1_000)
}

fn read_trace_id(text: &str) -> Result<TraceId, ReadError> {
    parse_trace_id(text).ok_or_else(|| ReadError::Id(text.to_owned()))
}

fn read_span_id(text: &str) -> Result<SpanId, ReadError> {
    parse_span_id(text).ok_or_else(|| ReadError::Id(text.to_owned()))
}

fn read_tags(tags: Vec<TagJson>) -> Result<Tags, ReadError> {
    tags.into_iter()
        .map(|tag| match read_value(tag.value_type, &tag.value) {
            Some(value) => Ok((tag.key, value)),
            None => Err(ReadError::Tag {
                key: tag.key,
                value_type: format!("{:?}", tag.value_type).to_lowercase(),
            }),
        })
        .collect()
}

fn read_value(value_type: ValueType, value: &Json) -> Option<Value> {
    Some(match value_type {
        ValueType::String => Value::String(value.as_str()?.to_owned()),
        ValueType::Bool => Value::Bool(value.as_bool()?),
        ValueType::Int64 => Value::Int64(match value {
            Json::String(digits) => digits.parse().ok()?,
            number => number.as_i64()?,
        }),
        ValueType::Float64 => Value::Float64(match value {
            Json::String(word) => word.parse().ok()?,
            number => number.as_f64()?,
        }),
        ValueType::Binary => Value::Binary(BASE64.decode(value.as_str()?).ok()?),
    })
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
