//! From the JSON to the model.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use opentelemetry::trace::{SpanId, TraceId};
use serde_json::Value as Json;

use super::{LogJson, RefTypeJson, ReferenceJson, SpanJson, TagJson, TraceJson, ValueType};
use crate::model::{
    Log, Process, RefType, Reference, Span, Tags, Trace, Value, parse_span_id, parse_trace_id,
};

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
