//! The headers of a program whose fleet has left the old one behind: the setting is `tracecontext`.

use std::collections::HashMap;
use std::sync::Once;

use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
use rustracing_jaeger::otel;
use rustracing_jaeger::span::{SpanContext, SpanContextState};

const OLD: &str = "4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:1";

fn configure() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let settings = otel::Settings::new().propagators("tracecontext");
        otel::configure(settings).expect("no header was written before");
    });
}

#[test]
fn the_old_one_is_not_written() {
    configure();
    let state: SpanContextState = OLD.parse().unwrap();
    let mut headers = HashMap::new();

    SpanContext::new(state, Vec::new())
        .inject_to_http_header(&mut headers)
        .unwrap();

    let names: Vec<&String> = headers.keys().collect();
    assert_eq!(names, ["traceparent"]);
}

#[test]
fn a_caller_that_sends_the_old_one_only_is_understood() {
    configure();
    let headers = HashMap::from([("uber-trace-id", OLD)]);

    let context = SpanContext::extract_from_http_header(&headers).unwrap();

    let context = context.expect("it is there");
    assert_eq!(context.state().to_string(), OLD);
}

#[test]
fn settings_come_once() {
    configure();

    let again = otel::configure(otel::Settings::new());

    assert_eq!(again, Err(otel::ConfigureError::TooLate));
}
