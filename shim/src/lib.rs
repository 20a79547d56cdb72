//! OpenTracing 1.1 for Rust, bridged to the OpenTelemetry API.
