//! A log record as JSON. Jaeger has none; tags are written as it writes them.

use serde::Serialize;

use super::TagJson;
use super::write::tags_json;
use crate::model::LogRecord;

/// A log record of a trace.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordJson {
    /// As text: the numbers of JavaScript have fewer digits.
    time_unix_nano: String,
    severity_number: i32,
    severity_text: String,
    event_name: String,
    body: String,
    service_name: String,
    scope_name: String,
    #[serde(rename = "spanID")]
    span_id: Option<String>,
    attributes: Vec<TagJson>,
}

impl RecordJson {
    pub(crate) fn from_model(record: &LogRecord) -> Self {
        Self {
            time_unix_nano: record.unix_nanos.to_string(),
            severity_number: record.severity_number,
            severity_text: record.severity_text.clone(),
            event_name: record.event_name.clone(),
            body: record.body.clone(),
            service_name: record.service.clone(),
            scope_name: record.scope.clone(),
            span_id: record.span_id.map(|id| id.to_string()),
            attributes: tags_json(&record.tags),
        }
    }
}
