//! Spans in Jaeger's Thrift, for programs that encode them themselves. The reporters do not use it.

pub mod agent;
pub mod jaeger;

mod convert;
mod encode;
