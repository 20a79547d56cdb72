#![doc = include_str!("../README.md")]

pub use crate::error::{Error, ErrorKind};
pub use crate::tracer::Tracer;

pub mod carrier;
pub mod convert;
pub mod log;
pub mod otel;
pub mod sampler;
pub mod span;
pub mod tag;

mod error;
mod order;
mod tracer;

/// A `Result` whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
