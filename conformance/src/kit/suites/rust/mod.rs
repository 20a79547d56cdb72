//! What only Rust can get wrong, or has to get right in its own way.
//!
//! Two cases are about programs that must not compile, each beside its twin that does. A scope held across an `.await`
//! cannot be spawned, while a future with a span attached can:
//!
//! ```compile_fail
//! # fn spawn(_task: impl Future + Send) {}
//! # let tracer = opentracing_shim::Tracer::noop();
//! spawn(async move {
//!     let _scope = tracer.build_span("a").start_active();
//!     std::future::ready(()).await;
//! });
//! ```
//!
//! ```
//! # fn spawn(_task: impl Future + Send) {}
//! # let tracer = opentracing_shim::Tracer::noop();
//! use opentracing_shim::SpanFuture;
//!
//! let span = tracer.build_span("a").start();
//! spawn(async move { std::future::ready(()).await }.in_span(&span));
//! ```
//!
//! What is no carrier is refused as well. Go's `TestInvalidInject` and `TestInvalidExtract` find that out when they run:
//!
//! ```compile_fail
//! # let tracer = opentracing_shim::Tracer::noop();
//! let mut no_carrier = 1;
//! # let span = tracer.build_span("a").start();
//! let _ = tracer.inject(&span, opentracing_shim::Format::TextMap, &mut no_carrier);
//! ```
//!
//! ```compile_fail
//! # let tracer = opentracing_shim::Tracer::noop();
//! let no_carrier = 1;
//! let _ = tracer.extract(opentracing_shim::Format::TextMap, &no_carrier);
//! ```
//!
//! ```
//! # let tracer = opentracing_shim::Tracer::noop();
//! let mut carrier = vec![(String::new(), String::new())];
//! # let span = tracer.build_span("a").start();
//! let _ = tracer.inject(&span, opentracing_shim::Format::TextMap, &mut carrier);
//! let _ = tracer.extract(opentracing_shim::Format::TextMap, &carrier);
//! ```

mod carriers;
mod scopes;
mod tasks;
mod values;

use crate::kit::{Capability, Case, Subject, Suite};

pub(in crate::kit) const SUITE: &[&[Case]] =
    &[values::CASES, carriers::CASES, scopes::CASES, tasks::CASES];

const SCOPES: &[Capability] = &[Capability::Scopes];

const fn case(id: &'static str, needs: &'static [Capability], run: fn(&Subject)) -> Case {
    Case::new(Suite::Rust, id, "", needs, run)
}
