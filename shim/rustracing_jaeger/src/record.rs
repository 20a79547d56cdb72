//! A finished span in OpenTelemetry's form.

use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use opentracing_shim_legacy::{Reference, ReferenceKind, SpanRecord, is_installed, replay};
use rustracing::log::LogField;
use rustracing::tag::TagValue;

use crate::span::{FinishedSpan, SpanReference};

/// Sends a span that finishes through the application's provider. Says whether there is one.
pub(crate) fn replay_finished(span: &FinishedSpan) -> bool {
    is_installed() && replay(data(span)).is_ok()
}

pub(crate) fn data(span: &FinishedSpan) -> SpanData {
    let state = span.context().state();
    let mut record = SpanRecord::new(
        span.operation_name().to_owned(),
        state.ids(),
        span.start_time(),
        span.finish_time(),
    );
    record.reserve(span.tags().len(), span.logs().len());
    for tag in span.tags() {
        record.tag(tag.name().to_owned(), value(tag.value()));
    }
    for log in span.logs() {
        record.log(log.time(), log.fields().iter().map(field));
    }
    if let Some(debug_id) = state.debug_id() {
        record.debug_id(debug_id);
    }
    for other in span.references() {
        record.reference(reference(other));
    }
    record.finish()
}

pub(crate) fn value(value: &TagValue) -> Value {
    match value {
        TagValue::String(text) => Value::String(text.clone().into()),
        TagValue::Boolean(value) => Value::Bool(*value),
        TagValue::Integer(value) => Value::I64(*value),
        TagValue::Float(value) => Value::F64(*value),
    }
}

fn field(field: &LogField) -> (String, String) {
    (field.name().to_owned(), field.value().to_owned())
}

fn reference(reference: &SpanReference) -> Reference<'_> {
    let state = reference.span();
    Reference {
        kind: match reference {
            SpanReference::ChildOf(_) => ReferenceKind::ChildOf,
            SpanReference::FollowsFrom(_) => ReferenceKind::FollowsFrom,
        },
        ids: state.ids(),
        is_remote: state.is_remote(),
        // Of a span in this process it is on that span.
        debug_id: state.debug_id().filter(|_| state.is_remote()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use opentelemetry::KeyValue;
    use rustracing::sampler::AllSampler;

    use super::*;
    use crate::Tracer;
    use crate::span::SpanContext;

    fn extracted(name: &str, value: &str) -> Option<SpanContext> {
        let request = HashMap::from([(name, value)]);
        SpanContext::extract_from_http_header(&request).expect("it can be read")
    }

    /// A span of that parent and a child of it, the child first.
    fn spans(parent: &Option<SpanContext>) -> [SpanData; 2] {
        let (tracer, span_rx) = Tracer::new(AllSampler);
        let span = tracer.span("server").child_of(parent).start();
        drop(span.child("client", |options| options.start()));
        drop(span);
        let spans: Vec<SpanData> = span_rx.try_iter().map(|span| data(&span)).collect();
        spans.try_into().expect("there are two")
    }

    #[test]
    fn a_parent_from_a_carrier_is_remote_and_one_of_this_process_is_not() {
        let [client, server] = spans(&extracted("uber-trace-id", "a:b:0:1"));

        assert!(server.parent_span_is_remote);
        assert_eq!(server.parent_span_id.to_string(), "000000000000000b");
        assert!(!client.parent_span_is_remote);
        assert_eq!(client.parent_span_id, server.span_context.span_id());
    }

    #[test]
    fn a_caller_that_records_nothing_is_the_parent_all_the_same() {
        let [_, server] = spans(&extracted("uber-trace-id", "a:b:0:0"));

        assert_eq!(server.parent_span_id.to_string(), "000000000000000b");
        assert!(server.span_context.is_sampled());
    }

    #[test]
    fn a_debug_id_is_on_the_span_that_it_began_and_on_no_other() {
        let [client, server] = spans(&extracted("jaeger-debug-id", "ticket-7"));

        assert_eq!(
            server.attributes,
            [KeyValue::new("jaeger-debug-id", "ticket-7")]
        );
        assert!(client.attributes.is_empty());
        let trace_ids = [&client, &server].map(|span| span.span_context.trace_id());
        assert_eq!(trace_ids[0], trace_ids[1]);
    }
}
