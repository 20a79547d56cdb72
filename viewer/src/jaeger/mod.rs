//! Jaeger's view of a trace: the JSON of its HTTP API, as Jaeger 2.13 writes it.
//!
//! - [`wire`]: the JSON itself, and its conversion from and to [`crate::model`];
//! - `convert`: from OTLP to the model, with what Jaeger repairs on arrival;
//! - `adjust`: what Jaeger changes and warns about when it is asked for a trace;
//! - `text`: Go's text forms of values, durations and times, which end up in tags and warnings.
//!
//! Where Jaeger's own answer depends on the order of a Go map (the order of spans, which of two duplicates is warned
//! about), ours is by start time and arrival.

mod adjust;
mod convert;
mod text;
pub mod wire;

pub(crate) use adjust::adjust;
pub(crate) use convert::{
    kind, record as record_from_otlp, record_time, service_name, span as span_from_otlp,
};
pub(crate) use text::{parse_duration, time as time_text, value as value_text};
