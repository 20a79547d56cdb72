//! OpenTracing 1.1 for Rust, bridged to the OpenTelemetry API.
//!
//! Code that was written against OpenTracing goes on as it is, while its spans are recorded, sampled and exported by
//! OpenTelemetry. Both kinds of code may share a process, a thread and a trace, so a service can move call by call and a
//! fleet service by service.
//!
//! ```
//! use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
//! use opentracing_shim::{tags, TracerShim};
//!
//! // OpenTelemetry, set up as for any other program.
//! let exporter = InMemorySpanExporter::default();
//! let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
//!
//! // OpenTracing on top of it.
//! let tracer = TracerShim::builder(provider.clone()).on_close(move || provider.force_flush()).build();
//!
//! let request = tracer.build_span("request").tag(tags::HTTP_METHOD, "POST").start();
//! request.set_baggage_item("tenant", "t1");
//!
//! let query = tracer.build_span("query").child_of(&request).start();
//! assert_eq!(query.baggage_item("tenant").as_deref(), Some("t1"));
//! query.log_event("first row");
//! query.finish();
//!
//! request.set_tag(tags::HTTP_STATUS_CODE, 200);
//! request.finish();
//! tracer.close()?;
//!
//! let [query, request] = &exporter.get_finished_spans()?[..] else { panic!("two spans were finished") };
//! assert_eq!(query.parent_span_id, request.span_context.span_id());
//! assert_eq!(query.events.events[0].name, "first row");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! - [`api`]: OpenTracing itself, without a word of OpenTelemetry. The types a user meets are handles: [`Tracer`],
//!   [`SpanBuilder`], [`Span`], [`SpanContext`]. They clone cheaply, cross threads, and may be empty, which makes
//!   [`Tracer::noop`] free. [`api::mock`] remembers spans for tests, [`api::backend`] is for those who write a tracer.
//! - [`bridge`]: the tracer over OpenTelemetry, made by [`TracerShim`].
//! - [`scope`]: which span is active. [`Scope`] is a guard for the code of one thread, [`SpanFuture::in_span`] gives a
//!   span to a future.
//! - [`propagation`]: the wire formats of both worlds as propagators, for this crate and for native code.
//! - [`docs`]: a page each on scopes, baggage, mixing with native code, errors, and the names of other languages.
//! - `sdk`, a feature: a span processor and two samplers for OpenTelemetry's SDK.
//! - `tower`, a feature: layers that give the requests of HTTP servers and clients a span each.
//!
//! # Active spans
//!
//! A span started without a reference is the child of the active span. On a thread a [`Scope`] makes a span active; for
//! async code, which leaves its thread at every `.await`, the span goes with the future:
//!
//! ```
//! use opentracing_shim::{api::mock::MockTracer, SpanFuture};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let mock = MockTracer::new();
//! let tracer = mock.tracer();
//!
//! // Threads: active until the scope ends.
//! let scope = tracer.build_span("outer").start_active();
//! tracer.build_span("inner").start().finish();
//! scope.close(); // finishes "outer" too
//!
//! // Tasks: active whenever the future runs.
//! let span = tracer.build_span("job").start();
//! async { tracer.build_span("step").start().finish() }.in_span(&span).await;
//! span.finish();
//! # let spans = mock.finished_spans();
//! # assert_eq!(spans[0].parent_id(), Some(spans[1].span_id()));
//! # assert_eq!(spans[2].parent_id(), Some(spans[3].span_id()));
//! # }
//! ```
//!
//! With the bridge, an active span is current for native code as well: `opentelemetry::Context::current()` holds it with
//! its baggage. In the other direction [`Tracer::active_span`] returns a native span, if that is what is current. To hand
//! a span to native code that wants a `Context`, ask inside: `span.in_scope(Context::current)`.
//!
//! # What a reader of the exported data sees
//!
//! The bridge follows the page "OpenTracing Compatibility" of the OpenTelemetry specification as of its commit 1377f53.
//!
//! - Tags are attributes, unchanged. The one exception is `error`: `true` and `false` set the status instead. What is set
//!   after the start is written when the span ends, each key once with its last value. A tag given at start is what
//!   samplers see, and cannot be taken back: if it is set again later, both are exported and the newer stands last. Feature
//!   `sdk` has a span processor that removes the older one.
//! - References are links with the attribute `opentracing.ref_type`; the first `ChildOf`, or else the first reference, is
//!   the parent too.
//! - Logs are events, named by the field `event`. If that is `error`, the event is an `exception`.
//! - `span.kind` stays an attribute, so service graphs do not see clients and servers. [`SpanKindMapping`] changes that.
//! - A span whose last handle is dropped unfinished ends at that moment. An open scope, and a `Context` that native code
//!   took inside, are handles too.
//! - Baggage takes any key within the process. What W3C baggage cannot hold stays there: [`Tracer::inject`] names it, and
//!   the log says so once.
//!   Items set on a span that is already active reach its children and the propagators of this crate at once, but other
//!   native code only when the span is activated or its future polled again.
//!
//! # For how long
//!
//! OpenTelemetry has deprecated that page and will remove it in 2027 at the earliest. This crate is a tool to finish a
//! migration, not to begin one with a new dependency on OpenTracing.

pub mod api;
mod attributes;
pub mod bridge;
pub mod docs;
pub mod propagation;
pub mod scope;
#[cfg(feature = "sdk")]
pub mod sdk;
#[cfg(feature = "tower")]
pub mod tower;

pub use api::{
    Baggage, BaggageItems, CloseError, ErrorObject, ExtractCarrier, ExtractError, FieldValue,
    Fields, FinishOptions, Format, InjectCarrier, InjectError, LogRecord, NoBytes, Reference,
    ReferenceType, Referent, RefusedEntry, Span, SpanBuilder, SpanContext, TagValue, Tracer,
    fields, tags,
};
pub use bridge::{SpanKindMapping, TracerShim};
pub use scope::{InSpan, Scope, ScopeManager, SpanFuture};

/// The version of this crate, which is also the version of the instrumentation scope of its spans.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The examples of the README are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
