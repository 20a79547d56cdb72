//! What the SDK's own propagators read and write, and what baggage and trace state refuse.

use std::collections::HashMap;

use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::{SPAN, TRACE, remote};

fn carrier(key: &str, value: &str) -> HashMap<String, String> {
    HashMap::from([(key.to_owned(), value.to_owned())])
}

fn extract_span(carrier: &HashMap<String, String>) -> SpanContext {
    TraceContextPropagator::new()
        .extract_with_context(&Context::new(), carrier)
        .span()
        .span_context()
        .clone()
}

/// What is left of a baggage item that is sent and received once.
fn over_the_wire(value: &str) -> Option<String> {
    let mut sent = HashMap::new();
    let context = Context::new().with_baggage([KeyValue::new("key", value.to_owned())]);
    BaggagePropagator::new().inject_context(&context, &mut sent);

    BaggagePropagator::new()
        .extract_with_context(&Context::new(), &sent)
        .baggage()
        .get("key")
        .map(ToString::to_string)
}

#[test]
fn a_mixed_case_key_stored_in_a_hash_map_is_not_found() {
    let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    assert!(extract_span(&carrier("traceparent", value)).is_valid());
    assert_eq!(
        Extractor::get(&carrier("Traceparent", value), "Traceparent"),
        None
    );
    assert!(!extract_span(&carrier("Traceparent", value)).is_valid());
}

#[test]
fn a_traceparent_with_short_and_signed_ids_is_accepted() {
    let context = extract_span(&carrier("traceparent", "00-+1-+2-01"));

    assert_eq!(context, remote(1, 2, TraceFlags::SAMPLED));
}

#[test]
fn a_percent_sign_in_a_baggage_value_does_not_survive_the_wire() {
    assert_eq!(over_the_wire("plain").as_deref(), Some("plain"));
    assert_eq!(over_the_wire("a%20b").as_deref(), Some("a b"));
}

#[test]
fn blanks_around_a_baggage_value_are_trimmed_on_the_wire() {
    assert_eq!(
        over_the_wire("  inner blank  ").as_deref(),
        Some("inner blank")
    );
}

#[test]
fn baggage_keys_with_a_blank_or_beyond_ascii_are_silently_absent() {
    let mut baggage = Baggage::new();

    baggage.insert("bad key", "v");
    baggage.insert("schlüssel", "v");
    baggage.insert("good-key", "v");

    let keys: Vec<&str> = baggage.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["good-key"]);
}

#[test]
fn extracting_baggage_replaces_what_the_context_had() {
    let before = Context::new().with_baggage([KeyValue::new("old", "1")]);

    let after =
        BaggagePropagator::new().extract_with_context(&before, &carrier("baggage", "new=2"));

    assert_eq!(after.baggage().get("old"), None);
    assert_eq!(
        after.baggage().get("new").map(|value| value.as_str()),
        Some("2")
    );
}

#[test]
fn extract_from_an_empty_carrier_returns_the_active_span() {
    let context = remote(TRACE, SPAN, TraceFlags::SAMPLED);
    let _active = Context::new()
        .with_remote_span_context(context.clone())
        .attach();
    let nothing: HashMap<String, String> = HashMap::new();

    let extracted = TraceContextPropagator::new().extract(&nothing);

    assert_eq!(extracted.span().span_context(), &context);
}

#[test]
fn injecting_without_trace_state_sends_an_empty_tracestate() {
    let context = Context::new().with_remote_span_context(remote(TRACE, SPAN, TraceFlags::SAMPLED));
    let mut sent: HashMap<String, String> = HashMap::new();

    TraceContextPropagator::new().inject_context(&context, &mut sent);

    assert_eq!(sent.get("tracestate").map(String::as_str), Some(""));
}

#[test]
fn trace_state_refuses_an_upper_case_key() {
    assert!(TraceState::from_key_value([("uberctx-user", "u1")]).is_ok());
    assert!(TraceState::from_key_value([("uberctx-User", "u1")]).is_err());
}

#[test]
fn trace_state_refuses_a_value_with_an_equals_sign() {
    assert!(TraceState::from_key_value([("key", "ab")]).is_ok());
    assert!(TraceState::from_key_value([("key", "a=b")]).is_err());
}
