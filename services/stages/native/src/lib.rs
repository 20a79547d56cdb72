//! The three services with tracing and OpenTelemetry.
