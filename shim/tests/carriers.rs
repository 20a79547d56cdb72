//! F1 to F12: contexts in and out of carriers.

mod support;

use std::collections::{BTreeMap, HashMap};

use http::{HeaderMap, HeaderValue};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator as SdkTraceContext;
use opentelemetry_sdk::trace::Sampler;
use opentracing_shim::api::mock::MockTracer;
use opentracing_shim::propagation::{JaegerPropagator, from_names};
use opentracing_shim::{
    ExtractCarrier, ExtractError, Format, InjectCarrier, InjectError, RefusedEntry, SpanContext,
    Tracer, TracerShim,
};
use support::{PARENT, Recorder, SAMPLED, TRACE, attribute, is_root, items, pair};

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
fn f3_f4_formats_that_are_not_offered_are_errors() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    for format in [Format::Binary, Format::Custom("smoke signals")] {
        let injected = recorder.tracer.inject(&span, format, &mut Vec::new());
        let extracted = recorder.tracer.extract(format, &SAMPLED);

        assert!(matches!(injected, Err(InjectError::UnsupportedFormat(_))));
        assert!(matches!(extracted, Err(ExtractError::UnsupportedFormat(_))));
    }
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
        .inject(&other, Format::TextMap, &mut Vec::new());

    assert!(matches!(injected, Err(InjectError::ForeignContext)));
}

#[test]
fn f6_valid_or_sampled_or_with_baggage_is_a_context() {
    let tracer = speaking("tracecontext,baggage,jaeger");
    let cases: [(&[(&str, &str)], bool); 6] = [
        (&SAMPLED, true),
        (
            &[(
                "traceparent",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            )],
            true,
        ),
        (&[("jaeger-debug-id", "me")], true),
        (&[("baggage", "k=v")], true),
        (&[("uberctx-k", "v")], true),
        (&[("unrelated", "1")], false),
    ];

    for (headers, is_context) in cases {
        assert_eq!(
            extract(&tracer, headers).expect("not corrupt").is_some(),
            is_context,
            "{headers:?}"
        );
    }
}

#[test]
fn f7_an_empty_carrier_gives_nothing_although_a_span_is_active() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_baggage_item("k", "v");
    let _scope = recorder.tracer.activate(&span);

    assert!(recorder.extract(&[]).is_none());
}

#[test]
fn f7_nothing_ambient_is_mixed_into_what_came_in() {
    let recorder = Recorder::new();
    let _attached = Context::new()
        .with_baggage([KeyValue::new("ambient", "1")])
        .attach();

    let context = recorder.extract(&[("baggage", "k=v")]).expect("a context");

    assert_eq!(items(&context), [pair("k", "v")]);
}

#[test]
fn f8_corrupt_is_an_error_with_header_and_reason() {
    let tracer = speaking("tracecontext,baggage,jaeger,b3");
    let cases = [
        ("traceparent", "00-+1-+2-01"),
        ("baggage", "no equals sign"),
        ("uber-trace-id", "1:2:3"),
        ("b3", "x"),
    ];

    for (header, value) in cases {
        match extract(&tracer, &[(header, value)]) {
            Err(ExtractError::Corrupted {
                header: named,
                reason,
            }) => {
                assert_eq!(named, header);
                assert!(!reason.is_empty());
            }
            other => panic!("{header}: {other:?}"),
        }
    }
}

#[test]
fn f8_corrupt_beside_valid_is_no_error() {
    let tracer = speaking("tracecontext,baggage,jaeger,b3");

    let context = extract(
        &tracer,
        &[
            SAMPLED[0],
            ("uber-trace-id", "1:2:3"),
            ("b3", "x"),
            ("baggage", "="),
        ],
    );

    assert_eq!(
        context.expect("no error").expect("a context").to_trace_id(),
        TRACE
    );
}

#[test]
fn f8_what_says_nothing_is_no_error() {
    let tracer = speaking("tracecontext,baggage,b3");

    for header in [
        ("tracestate", "a=b"),
        ("baggage", ""),
        ("b3", "0"),
        ("x-b3-sampled", "0"),
    ] {
        assert!(
            extract(&tracer, &[header]).expect("no error").is_none(),
            "{header:?}"
        );
    }
}

#[test]
fn f8_a_propagator_of_others_is_judged_by_its_fields() {
    let tracer = TracerShim::builder(NoopTracerProvider::new())
        .propagator(SdkTraceContext::new())
        .build();

    assert!(matches!(
        extract(&tracer, &[("traceparent", "x")]),
        Err(ExtractError::Corrupted { .. })
    ));
    assert!(
        extract(&tracer, &[("other", "x")])
            .expect("no error")
            .is_none()
    );
}

#[test]
fn f9_a_debug_id_forces_a_trace_and_becomes_a_tag() {
    let recorder = Recorder::with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)));
    let tracer = TracerShim::builder(recorder.provider.clone())
        .http_headers_propagator(JaegerPropagator::new())
        .build();
    let context = extract(&tracer, &[("jaeger-debug-id", "find me")]).expect("not corrupt");

    tracer
        .build_span("forced")
        .child_of(context)
        .start()
        .finish();
    tracer.build_span("not forced").start().finish();

    assert!(is_root(&recorder.span()));
    assert_eq!(
        attribute(&recorder.span(), "jaeger-debug-id"),
        ["find me".into()]
    );
}

#[test]
fn f9_a_debug_id_says_nothing_where_there_is_a_trace() {
    let recorder = Recorder::new();
    let tracer = TracerShim::builder(recorder.provider.clone())
        .propagator(from_names("jaeger,tracecontext").expect("known names"))
        .build();
    let context =
        extract(&tracer, &[SAMPLED[0], ("jaeger-debug-id", "find me")]).expect("not corrupt");

    tracer.build_span("a").child_of(context).start().finish();

    assert_eq!(recorder.span().span_context.trace_id().to_string(), TRACE);
    assert!(attribute(&recorder.span(), "jaeger-debug-id").is_empty());
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
    round_trip(&recorder, &span.context(), Vec::new());
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
    let mut headers = Vec::new();

    tracer
        .inject(&span, Format::HttpHeaders, &mut headers)
        .expect("all of it fits");
    tracer
        .extract(Format::HttpHeaders, &headers)
        .expect("not corrupt");

    assert_eq!(headers, [pair("tenant", "t1")]);
}
