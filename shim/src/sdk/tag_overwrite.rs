//! Tags that were given at start and set again.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::bridge::{SCOPE_NAME, keep_last};

/// A span processor that lets the last value of a tag be the only one, and hands the span on to `P`.
///
/// In OpenTracing a tag that is set again has its new value. The SDK would export the old one as well, so the bridge
/// holds tags until the span ends; but one that was given at start is with the SDK already, where samplers saw it, and
/// nothing in the API takes it back. This does. It looks at spans of the bridge alone: what native code exports twice
/// stays as it is.
///
/// What it cannot tell is that a start tag `error` of some text was followed by `error=true`: then both the attribute
/// and the status are exported.
///
/// ```
/// use opentelemetry_sdk::trace::{BatchSpanProcessor, InMemorySpanExporter, SdkTracerProvider};
/// use opentracing_shim::sdk::TagOverwrite;
///
/// let batches = BatchSpanProcessor::builder(InMemorySpanExporter::default()).build();
/// let provider = SdkTracerProvider::builder().with_span_processor(TagOverwrite::new(batches)).build();
/// ```
#[derive(Debug)]
pub struct TagOverwrite<P> {
    next: P,
}

impl<P> TagOverwrite<P> {
    /// Hands spans on to `next`.
    pub fn new(next: P) -> Self {
        Self { next }
    }
}

impl<P: SpanProcessor> SpanProcessor for TagOverwrite<P> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.next.on_start(span, cx);
    }

    fn on_end(&self, mut span: SpanData) {
        if span.instrumentation_scope.name() == SCOPE_NAME {
            keep_last(&mut span.attributes);
        }
        self.next.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}
