//! Conformance vectors and facts of the SDK, run against any OpenTracing tracer.
