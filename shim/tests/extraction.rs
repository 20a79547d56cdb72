//! F6 to F9: what is read from a carrier.

mod support;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator as SdkTraceContext;
use opentelemetry_sdk::trace::Sampler;
use opentracing_shim::propagation::{JaegerPropagator, from_names};
use opentracing_shim::{ExtractError, Format, SpanContext, Tracer, TracerShim};
use support::{Recorder, SAMPLED, TRACE, attribute, is_root, items, pair};

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
