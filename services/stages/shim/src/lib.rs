//! The three services with OpenTracing calls, bridged to OpenTelemetry.
