//! OTLP in JSON: protobuf's mapping, with the exceptions that the protocol makes. Ids are hexadecimal, enums are numbers, and
//! unknown keys are ignored.
//!
//! - `traces` and `logs`: the messages as JSON names them, and what they are in protobuf;
//! - `common`: what these have in common;
//! - `counted`: of metrics, only how many;
//! - `scalars`: numbers, ids and bytes, which JSON has in more than one form.
//!
//! The serde feature of `opentelemetry-proto` is not used: it refuses `null` and empty arrays of attribute values, which
//! the mapping allows, and takes ids with `0x`, which it does not.

mod common;
mod counted;
mod logs;
mod scalars;
mod traces;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
use serde_json::json;

pub(super) use counted::metric_points;
pub(super) use logs::log_request;
pub(super) use traces::request;

/// The response to traces.
pub(super) fn response(partial_success: Option<ExportTracePartialSuccess>) -> String {
    match partial_success {
        None => json!({}),
        Some(partial) => json!({
            "partialSuccess": {
                "rejectedSpans": partial.rejected_spans.to_string(),
                "errorMessage": partial.error_message,
            }
        }),
    }
    .to_string()
}
