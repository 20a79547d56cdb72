//! Wire formats as OpenTelemetry propagators, one file each. Native code can use them as well as the bridge.
//!
//! | name | type | headers |
//! |---|---|---|
//! | `tracecontext` | [`TraceContextPropagator`] | `traceparent`, `tracestate` |
//! | `baggage` | [`BaggagePropagator`] | `baggage` |
//! | `jaeger` | [`JaegerPropagator`] | `uber-trace-id`, `uberctx-*`, `jaeger-baggage`, `jaeger-debug-id` |
//! | `b3` | [`B3Propagator`] | `b3`; reads `X-B3-*` too |
//! | `b3multi` | [`B3Propagator`] | `X-B3-*`; reads `b3` too |
//!
//! They are strict: what a specification refuses is refused, and a refused header counts as absent. None ever takes away
//! what another one found: a span context is replaced by a valid one alone, and baggage is united.
//!
//! ```
//! use std::collections::HashMap;
//! use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
//! use opentracing_shim::propagation;
//!
//! let propagator = propagation::from_names("tracecontext,baggage,jaeger")?;
//! let headers = HashMap::from([("uber-trace-id".to_owned(), "af7651916cd43dd8:b7ad6b7169203331:0:1".to_owned())]);
//!
//! let cx = propagator.extract_with_context(&Context::new(), &headers);
//! assert_eq!(cx.span().span_context().trace_id().to_string(), "0000000000000000af7651916cd43dd8");
//! # Ok::<(), propagation::UnknownPropagator>(())
//! ```
//!
//! The `ot-tracer-*` headers are left out on purpose: they cut a trace id in half, and are deprecated themselves.

mod b3;
mod baggage;
mod composite;
mod hex;
mod jaeger;
mod names;
mod outcome;
mod w3c;

pub use b3::{B3Encoding, B3Propagator};
pub use baggage::BaggagePropagator;
pub use composite::Composite;
pub use jaeger::{JaegerNames, JaegerPropagator};
pub use names::{UnknownPropagator, from_names};
pub(crate) use outcome::{DebugId, Outcome};
pub use w3c::TraceContextPropagator;
