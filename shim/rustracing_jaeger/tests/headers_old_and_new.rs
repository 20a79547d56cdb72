//! The headers of a program in a fleet that knows both: the setting is `jaeger,tracecontext,baggage`.

use std::collections::HashMap;
use std::sync::Once;

use opentracing_shim_rustracing as rustracing;
use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
use rustracing::sampler::AllSampler;
use rustracing::span::BaggageItem;
use rustracing_jaeger::span::{Span, SpanContext, SpanContextState};
use rustracing_jaeger::{Tracer, otel};

const OLD: &str = "4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:1";
const NEW: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn configure() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let settings = otel::Settings::new().propagators("jaeger,tracecontext,baggage");
        otel::configure(settings).expect("no header was written before");
    });
}

fn span(context: &SpanContext) -> Span {
    let (tracer, _) = Tracer::new(AllSampler);
    tracer.span("serve").child_of(context).start()
}

fn injected(context: &SpanContext) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    context.inject_to_http_header(&mut headers).unwrap();
    headers
}

fn headers(fields: &[(&str, &str)]) -> HashMap<String, String> {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn both_are_written_and_baggage_is() {
    configure();
    let state: SpanContextState = OLD.parse().unwrap();
    let context = SpanContext::new(state, vec![BaggageItem::new("tenant", "blue")]);

    let written = injected(&context);

    let expected = [
        ("uber-trace-id", OLD),
        ("traceparent", NEW),
        ("baggage", "tenant=blue"),
    ];
    for (name, value) in expected {
        assert_eq!(
            written.get(name).map(String::as_str),
            Some(value),
            "{written:?}"
        );
    }
    let mut text = HashMap::new();
    context.inject_to_text_map(&mut text).unwrap();
    assert_eq!(text, written);
}

#[test]
fn either_is_read() {
    configure();
    for fields in [[("uber-trace-id", OLD)], [("traceparent", NEW)]] {
        let request = headers(&fields);

        let by_header = SpanContext::extract_from_http_header(&request).unwrap();
        let by_text = SpanContext::extract_from_text_map(&request).unwrap();

        for context in [by_header, by_text] {
            assert_eq!(context.expect("it is there").state().to_string(), OLD);
        }
    }
}

#[test]
fn what_comes_with_the_new_one_is_passed_on() {
    configure();
    let request = headers(&[
        ("Traceparent", NEW),
        ("Tracestate", "vendor=x"),
        ("Baggage", "tenant=blue"),
    ]);

    let context = SpanContext::extract_from_http_header(&request).unwrap();
    let span = span(&context.expect("it is there"));
    let call = injected(span.context().expect("it is recorded"));

    assert!(call["traceparent"].starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
    assert_eq!(call["tracestate"], "vendor=x");
    assert_eq!(call["baggage"], "tenant=blue");
}

#[test]
fn a_debug_id_is_read_as_ever() {
    configure();
    let request = headers(&[("jaeger-debug-id", "ticket-7")]);

    let context = SpanContext::extract_from_http_header(&request).unwrap();

    let context = context.expect("it is there");
    assert_eq!(context.state().debug_id(), Some("ticket-7"));
}

#[test]
fn broken_ones_give_what_the_original_gives() {
    configure();
    let none = headers(&[("traceparent", "00-0-0-00")]);
    let old = headers(&[("uber-trace-id", "x"), ("traceparent", "x")]);

    assert!(
        SpanContext::extract_from_http_header(&none)
            .unwrap()
            .is_none()
    );
    assert!(SpanContext::extract_from_http_header(&old).is_err());
}
