//! The tracer that does nothing.
//!
//! OpenTracing requires one. Here it is no type of its own: every handle may be empty, and an empty one does nothing and
//! allocates nothing. A library can therefore take a [`Tracer`](super::Tracer) in its constructor and default it.
//!
//! ```
//! use opentracing_shim::Tracer;
//!
//! let tracer = Tracer::noop();
//! let span = tracer.build_span("nothing").tag("k", "v").start();
//! assert!(tracer.active_span().is_none());
//! assert_eq!(span.context().to_trace_id(), "");
//! ```
