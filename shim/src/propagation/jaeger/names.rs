//! The names of the headers.

/// The names of the headers, which Jaeger's clients let one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JaegerNames {
    /// Ids and flags; `uber-trace-id` by default.
    pub trace_id: String,
    /// What precedes the key of each baggage item; `uberctx-` by default.
    pub baggage_prefix: String,
    /// Baggage written by hand; `jaeger-baggage` by default.
    pub baggage: String,
    /// The request for a trace; `jaeger-debug-id` by default.
    pub debug_id: String,
}

impl Default for JaegerNames {
    fn default() -> Self {
        Self {
            trace_id: "uber-trace-id".to_owned(),
            baggage_prefix: "uberctx-".to_owned(),
            baggage: "jaeger-baggage".to_owned(),
            debug_id: "jaeger-debug-id".to_owned(),
        }
    }
}
