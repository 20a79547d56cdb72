//! [`opentracing_shim_rustracing_jaeger`] under the name of the package that it stands in for.

pub use opentracing_shim_rustracing_jaeger::*;
