//! From the model to the JSON.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use opentelemetry::trace::TraceId;
use serde_json::Value as Json;

use super::{
    LogJson, ProcessJson, RefTypeJson, ReferenceJson, SpanJson, TagJson, TraceJson, ValueType,
};
use crate::jaeger::text;
use crate::model::{Log, Process, RefType, Reference, Tags, Trace, Value};

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

pub(super) fn tags_json(tags: &Tags) -> Vec<TagJson> {
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
