#![doc = include_str!("../README.md")]

// The name that users have for it, so that paths read here as they do there.
extern crate opentracing_shim_rustracing as rustracing;

pub use rustracing::{Error, ErrorKind, Result};

pub use crate::span::Span;
pub use crate::tracer::Tracer;

pub mod otel;
pub mod reporter;
pub mod span;
#[cfg(feature = "thrift")]
pub mod thrift;

mod error;
mod names;
mod record;
mod tracer;
