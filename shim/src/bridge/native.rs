//! Our span as native code meets it in the context.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{
    Span as OtelSpan, SpanContext as OtelSpanContext, Status, TraceContextExt,
};
use opentelemetry::{Context, KeyValue};

use super::span::BridgeSpan;
use crate::api::FinishOptions;

/// A handle to our span in the span slot of a context.
///
/// The SDK's own span is not put there: the slot owns what is in it, so the span could be in one context only, with the
/// values that were current when it started. It would also let native writes pass by the held tags and status.
pub(super) struct NativeSpan<S: OtelSpan>(Arc<BridgeSpan<S>>);

impl<S: OtelSpan + Send + Sync + 'static> NativeSpan<S> {
    /// `cx` with `span` as its span and everything else as it was.
    pub(super) fn put(span: &Arc<BridgeSpan<S>>, cx: &Context) -> Context {
        cx.with_span(Self(span.clone()))
    }
}

impl<S: OtelSpan> OtelSpan for NativeSpan<S> {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        let name = name.into();
        self.0
            .change(|span| span.add_event_with_timestamp(name, timestamp, attributes));
    }

    fn span_context(&self) -> &OtelSpanContext {
        self.0.otel_context()
    }

    fn is_recording(&self) -> bool {
        self.0.is_recording()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.0.set_attribute(attribute);
    }

    fn set_status(&mut self, status: Status) {
        self.0.set_native_status(status);
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        let name = new_name.into();
        self.0.change(|span| span.update_name(name));
    }

    fn add_link(&mut self, span_context: OtelSpanContext, attributes: Vec<KeyValue>) {
        self.0
            .change(|span| span.add_link(span_context, attributes));
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.0.end(FinishOptions::new().at(timestamp));
    }
}
