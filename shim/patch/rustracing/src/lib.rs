//! [`opentracing_shim_rustracing`] under the name of the package that it stands in for.

pub use opentracing_shim_rustracing::*;
