//! Spans with Jaeger's ids.
//!
//! The types are those of [`rustracing::span`] with [`SpanContextState`] as the state, and are the same types whether a
//! program writes the short name or the long one.
//!
//! # Injection and extraction
//!
//! ```
//! # use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
//! use std::collections::HashMap;
//!
//! use rustracing_jaeger::span::SpanContext;
//!
//! let request = HashMap::from([(
//!     String::from("uber-trace-id"),
//!     String::from("6309ab92c95468edea0dc1a9772ae2dc:409423a204bc17a8:0:1"),
//! )]);
//! let context = SpanContext::extract_from_text_map(&request)?.expect("there is one");
//! assert_eq!(context.state().trace_id().to_string(), "6309ab92c95468edea0dc1a9772ae2dc");
//!
//! let mut call = HashMap::new();
//! context.inject_to_text_map(&mut call)?;
//! assert_eq!(call, request);
//! # Ok::<(), rustracing_jaeger::Error>(())
//! ```
//!
//! The header `uber-trace-id` is what is written and read by default, byte for byte as the original does. Others come in by
//! a [setting](crate::otel#headers).

mod binary;
mod headers;
mod state;
mod state_builder;
mod trace_id;

use rustracing::sampler::BoxSampler;

pub use state::SpanContextState;
pub use state_builder::SpanContextStateBuilder;
pub use trace_id::TraceId;

/// A span, which finishes when it is dropped.
pub type Span = rustracing::span::Span<SpanContextState>;

/// A handle of a span.
pub type SpanHandle = rustracing::span::SpanHandle<SpanContextState>;

/// A span that has ended.
pub type FinishedSpan = rustracing::span::FinishedSpan<SpanContextState>;

/// Receives finished spans.
pub type SpanReceiver = rustracing::span::SpanReceiver<SpanContextState>;

/// Sends finished spans.
pub type SpanSender = rustracing::span::SpanSender<SpanContextState>;

/// Describes a span, and starts it.
pub type StartSpanOptions<'a> =
    rustracing::span::StartSpanOptions<'a, BoxSampler<SpanContextState>, SpanContextState>;

/// A span that may come to be.
pub type CandidateSpan<'a> = rustracing::span::CandidateSpan<'a, SpanContextState>;

/// What others may know of a span.
pub type SpanContext = rustracing::span::SpanContext<SpanContextState>;

/// How a span refers to another one.
pub type SpanReference = rustracing::span::SpanReference<SpanContextState>;
