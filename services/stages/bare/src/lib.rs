//! The three services without instrumentation.
