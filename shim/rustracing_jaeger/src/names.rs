//! Names on the wire.

/// The header, or key, of a span's ids and flags.
pub(crate) const TRACE_CONTEXT: &str = "uber-trace-id";

/// The header, or key, that asks for a trace under a name that a person has chosen. The tag has the same name.
pub(crate) const DEBUG_ID: &str = "jaeger-debug-id";
