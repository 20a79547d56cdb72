//! F2 to F5 and F10 to F12: what is written, and into what.

mod support;

use std::collections::{BTreeMap, HashMap};

use http::{HeaderMap, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentracing_shim::api::mock::MockTracer;
use opentracing_shim::propagation::from_names;
use opentracing_shim::{
    ExtractCarrier, ExtractError, Format, InjectCarrier, InjectError, RefusedEntry, SpanContext,
    Tracer, TracerShim,
};
use support::{PARENT, Recorder, SAMPLED, items, pair};

/// A tracer that records nothing and speaks the given formats.
fn speaking(names: &str) -> Tracer {
    TracerShim::builder(NoopTracerProvider::new())
        .propagator(from_names(names).expect("known names"))
        .build()
}

fn extract(tracer: &Tracer, headers: &[(&str, &str)]) -> Result<Option<SpanContext>, ExtractError> {
    tracer.extract(Format::HttpHeaders, &headers)
}

#[test]
fn f2_baggage_without_a_span_is_injected() {
    let recorder = Recorder::new();
    let context = recorder
        .extract(&[("baggage", "k=v")])
        .expect("baggage is a context");

    assert_eq!(
        recorder.inject(&context),
        HashMap::from([pair("baggage", "k=v")])
    );
}

#[test]
fn f3_a_format_that_is_not_offered_is_an_error() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    let format = Format::Custom("smoke signals");

    let injected = recorder.tracer.inject(&span, format, &mut Vec::<u8>::new());
    let extracted = recorder.tracer.extract(format, &SAMPLED);

    assert!(matches!(injected, Err(InjectError::UnsupportedFormat(_))));
    assert!(matches!(extracted, Err(ExtractError::UnsupportedFormat(_))));
}

#[test]
fn f5_the_given_context_is_written_and_not_the_ambient_one() {
    let recorder = Recorder::new();
    let given = recorder.tracer.build_span("given").start();
    let active = recorder.tracer.build_span("active").start();
    active.set_baggage_item("k", "v");
    let _scope = recorder.tracer.activate(&active);

    let headers = recorder.inject(&given.context());

    assert!(headers["traceparent"].contains(&given.context().to_span_id()));
    assert!(!headers.contains_key("baggage"));
}

#[test]
fn f5_nothing_is_written_of_a_context_without_span_and_baggage() {
    let recorder = Recorder::new();
    let active = recorder.tracer.build_span("active").start();
    let _scope = recorder.tracer.activate(&active);

    assert!(recorder.inject(&SpanContext::noop()).is_empty());
}

#[test]
fn f5_the_context_of_another_tracer_is_refused() {
    let recorder = Recorder::new();
    let other = MockTracer::new().tracer().build_span("other").start();

    let injected = recorder
        .tracer
        .inject(&other, Format::TextMap, &mut Vec::<u8>::new());

    assert!(matches!(injected, Err(InjectError::ForeignContext)));
}

#[test]
fn f10_keys_have_no_case() {
    let tracer = speaking("tracecontext,jaeger");
    let stored = HashMap::from([
        pair("Traceparent", SAMPLED[0].1),
        pair("UBERCTX-Tenant", "t1"),
    ]);

    let context = tracer
        .extract(Format::HttpHeaders, &stored)
        .expect("not corrupt")
        .expect("a context");

    assert_eq!(context.to_span_id(), PARENT);
    assert_eq!(context.baggage_items().count(), 1);
}

#[test]
fn f11_every_usual_carrier_serves() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_baggage_item("k", "v");

    fn round_trip(
        recorder: &Recorder,
        context: &SpanContext,
        mut carrier: impl InjectCarrier + ExtractCarrier,
    ) {
        recorder
            .tracer
            .inject(context, Format::HttpHeaders, &mut carrier)
            .expect("all of it fits");
        let received = recorder
            .tracer
            .extract(Format::HttpHeaders, &carrier)
            .expect("not corrupt");
        let received = received.expect("a context");
        assert_eq!(received.to_span_id(), context.to_span_id());
        assert_eq!(received.baggage_item("k"), Some("v"));
    }

    round_trip(&recorder, &span.context(), HashMap::<String, String>::new());
    round_trip(&recorder, &span.context(), BTreeMap::new());
    round_trip(&recorder, &span.context(), Vec::<(String, String)>::new());
    round_trip(&recorder, &span.context(), HeaderMap::new());
}

#[test]
fn f11_a_carrier_that_refuses_gets_the_rest_and_tells() {
    #[derive(Default)]
    struct NoBaggage(Vec<String>);

    impl InjectCarrier for NoBaggage {
        fn set(&mut self, key: &str, _value: String) -> Result<(), RefusedEntry> {
            if key == "baggage" {
                return Err(RefusedEntry::new(key));
            }
            self.0.push(key.to_owned());
            Ok(())
        }
    }

    let tracer = speaking("baggage,tracecontext");
    let context = extract(&tracer, &[SAMPLED[0], ("baggage", "k=v")]).expect("not corrupt");
    let mut carrier = NoBaggage::default();

    let injected = tracer.inject(context, Format::HttpHeaders, &mut carrier);

    assert!(matches!(injected, Err(InjectError::Carrier(refused)) if refused.key() == "baggage"));
    assert_eq!(carrier.0, ["traceparent"]);
}

#[test]
fn f11_a_header_map_refuses_what_is_no_header() {
    let mut headers = HeaderMap::new();

    assert_eq!(
        headers.set("bad key", String::new()),
        Err(RefusedEntry::new("bad key"))
    );
    assert_eq!(
        headers.set("k", "line\nbreak".to_owned()),
        Err(RefusedEntry::new("k"))
    );
    assert!(headers.is_empty());
}

#[test]
fn f11_injecting_again_replaces_what_was_there() {
    let recorder = Recorder::new();
    let [a, b] = ["a", "b"].map(|name| recorder.tracer.build_span(name).start());
    let mut carrier = vec![pair("Traceparent", "stale")];

    recorder
        .tracer
        .inject(&a, Format::HttpHeaders, &mut carrier)
        .expect("all of it fits");
    recorder
        .tracer
        .inject(&b, Format::HttpHeaders, &mut carrier)
        .expect("all of it fits");

    assert_eq!(carrier.len(), 1);
    assert!(carrier[0].1.contains(&b.context().to_span_id()));
}

#[test]
fn f12_lists_over_several_lines_are_joined() {
    let recorder = Recorder::new();
    let mut headers = HeaderMap::new();
    for (key, value) in [
        SAMPLED[0],
        ("baggage", "a=1"),
        ("baggage", "b=2"),
        ("tracestate", "x=1"),
        ("tracestate", "y=2"),
    ] {
        headers.append(key, HeaderValue::from_static(value));
    }

    let context = recorder
        .tracer
        .extract(Format::HttpHeaders, &headers)
        .expect("not corrupt")
        .expect("a context");

    assert_eq!(items(&context), [pair("a", "1"), pair("b", "2")]);
    assert_eq!(recorder.inject(&context)["tracestate"], "x=1,y=2");
}

#[test]
fn f12_a_propagator_of_others_gets_lists_joined() {
    let tracer = TracerShim::builder(NoopTracerProvider::new())
        .propagator(opentelemetry_sdk::propagation::BaggagePropagator::new())
        .build();

    let context = extract(&tracer, &[("Baggage", "a=1"), ("baggage", "b=2")]).expect("not corrupt");

    assert_eq!(
        items(&context.expect("a context")),
        [pair("a", "1"), pair("b", "2")]
    );
}

#[test]
fn f12_headers_in_plain_utf_8_are_read() {
    let tracer = speaking("jaeger");
    let mut headers = HeaderMap::new();
    headers.insert(
        "uberctx-k",
        HeaderValue::from_bytes("schön".as_bytes()).expect("any byte but controls"),
    );

    let context = tracer
        .extract(Format::HttpHeaders, &headers)
        .expect("not corrupt")
        .expect("a context");

    assert_eq!(context.baggage_item("k"), Some("schön"));
}

/// A propagator that writes a value of the ambient context.
#[derive(Debug)]
struct Tenant;

#[derive(Debug)]
struct TenantName(&'static str);

impl TextMapPropagator for Tenant {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        if let Some(tenant) = cx.get::<TenantName>() {
            injector.set("tenant", tenant.0.to_owned());
        }
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        assert!(!cx.has_active_span() && !Context::map_current(TraceContextExt::has_active_span));
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

#[test]
fn f5_other_values_of_the_ambient_context_reach_propagators() {
    let recorder = Recorder::new();
    let tracer = TracerShim::builder(recorder.provider.clone())
        .propagator(Tenant)
        .build();
    let span = tracer.build_span("a").start();
    let _attached = Context::current_with_value(TenantName("t1")).attach();
    let _scope = tracer.activate(&span);
    let mut headers = Vec::<(String, String)>::new();

    tracer
        .inject(&span, Format::HttpHeaders, &mut headers)
        .expect("all of it fits");
    tracer
        .extract(Format::HttpHeaders, &headers)
        .expect("not corrupt");

    assert_eq!(headers, [pair("tenant", "t1")]);
}
