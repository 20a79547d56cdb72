//! A tracer that remembers what it was told, for tests of instrumented code.
//!
//! ```
//! use opentracing_shim::{api::mock::MockTracer, tags, TagValue};
//!
//! let mock = MockTracer::new();
//! let tracer = mock.tracer();
//!
//! tracer.build_span("get").tag(tags::HTTP_METHOD, "GET").start().finish();
//!
//! let spans = mock.finished_spans();
//! assert_eq!(spans[0].operation_name(), "get");
//! assert_eq!(spans[0].tag(tags::HTTP_METHOD), Some(&TagValue::from("GET")));
//! ```

mod context;
mod record;
mod span;
mod tracer;

pub use context::MockSpanContext;
pub use record::{MockLog, MockReference, MockSpan};
pub use tracer::MockTracer;
