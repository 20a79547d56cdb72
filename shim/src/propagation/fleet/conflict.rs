//! Two traces that met in one request.

use opentelemetry::trace::{Link, SpanContext, SpanId, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};

use super::Dialect;

/// The context that came in and was not believed because another one names another trace.
///
/// Neither trace shall end without a hint of the other. The bridge adds the link by itself to a span that starts from
/// such a context; native code has to:
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator, trace::{Tracer, TracerProvider, noop::NoopTracerProvider}};
/// use opentracing_shim::propagation::{ConflictingContext, Fleet};
///
/// let headers = HashMap::from([
///     ("traceparent".to_owned(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
///     ("uber-trace-id".to_owned(), "53995c3f42cd8ad8:53995c3f42cd8ad8:0:1".to_owned()),
/// ]);
/// let cx = Fleet::new().extract_with_context(&Context::new(), &headers);
///
/// let tracer = NoopTracerProvider::new().tracer("service");
/// let mut builder = tracer.span_builder("request");
/// if let Some(conflict) = ConflictingContext::of(&cx) {
///     builder = builder.with_links(vec![conflict.link()]);
/// }
/// let span = builder.start_with_context(&tracer, &cx);
/// # assert_eq!(ConflictingContext::of(&cx).map(|conflict| conflict.link().span_context.trace_id().to_string()).as_deref(), Some("000000000000000053995c3f42cd8ad8"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictingContext {
    /// The context that was believed. It tells whether this value belongs to a context or was merely handed down to it.
    chosen: (TraceId, SpanId),
    context: SpanContext,
    dialect: Dialect,
}

impl ConflictingContext {
    /// The attribute of the link; its value is the dialect of the context that was not believed.
    pub const ATTRIBUTE: &'static str = "opentracing_shim.conflict";

    pub(super) fn new(chosen: &SpanContext, context: SpanContext, dialect: Dialect) -> Self {
        Self {
            chosen: (chosen.trace_id(), chosen.span_id()),
            context,
            dialect,
        }
    }

    /// The one that came in with the span context of `cx`. A context with another span has none, so children of the span
    /// that has the link do not repeat it.
    pub fn of(cx: &Context) -> Option<&Self> {
        let span = cx.span();
        let context = span.span_context();
        cx.get::<Self>()
            .filter(|conflict| conflict.chosen == (context.trace_id(), context.span_id()))
    }

    /// The context.
    pub fn span_context(&self) -> &SpanContext {
        &self.context
    }

    /// Its dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The link that a span should have which starts from here.
    pub fn link(&self) -> Link {
        let attribute = KeyValue::new(Self::ATTRIBUTE, self.dialect.as_str());
        Link::new(self.context.clone(), vec![attribute], 0)
    }
}
