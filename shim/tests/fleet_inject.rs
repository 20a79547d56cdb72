//! What a fleet writes, and what its names and options come to.

mod support;

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    Link, SpanContext, TraceContextExt, TraceFlags, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentracing_shim::propagation::{
    ConflictingContext, Dialects, Fleet, JaegerNames, JaegerPropagator, from_names,
};
use opentracing_shim::{ExtractError, Format, TracerShim};
use support::Recorder;

type Headers = HashMap<String, String>;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

fn remote(state: &[(&str, &str)]) -> Context {
    let state = TraceState::from_key_value(state.iter().copied()).expect("valid members");
    let context = SpanContext::new(
        0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.into(),
        0xb7ad_6b71_6920_3331_u64.into(),
        TraceFlags::SAMPLED,
        true,
        state,
    );
    Context::new()
        .with_remote_span_context(context)
        .with_baggage([KeyValue::new("k", "v")])
}

fn inject(fleet: &Fleet, cx: &Context) -> Headers {
    let mut headers = Headers::new();
    fleet.inject_context(cx, &mut headers);
    headers
}

fn headers(entries: &[(&str, &str)]) -> Headers {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    entries.iter().map(owned).collect()
}

#[test]
fn both_dialects_agree() {
    let written = inject(&Fleet::new(), &remote(&[]));

    let expected = headers(&[
        ("traceparent", &format!("00-{TRACE}-{SPAN}-01")),
        ("tracestate", &format!("otshim={SPAN}")),
        ("baggage", "k=v"),
        ("uber-trace-id", &format!("{TRACE}:{SPAN}:0:1")),
        ("uberctx-k", "v"),
    ]);
    assert_eq!(written, expected);
}

#[test]
fn f2_baggage_travels_without_a_span_and_nothing_without_both() {
    let baggage = Context::new().with_baggage([KeyValue::new("k", "v")]);

    let written = inject(&Fleet::new(), &baggage);

    assert_eq!(written, headers(&[("baggage", "k=v"), ("uberctx-k", "v")]));
    assert!(inject(&Fleet::new(), &Context::new()).is_empty());
}

#[test]
fn the_marker_comes_first_and_only_once() {
    let state = |fleet: &Fleet, members: &[(&str, &str)]| {
        inject(fleet, &remote(members)).remove("tracestate")
    };
    let marked = format!("otshim={SPAN}");

    let received = [("a", "1"), ("otshim", "aaaaaaaaaaaaaaaa"), ("b", "2")];
    assert_eq!(
        state(&Fleet::new(), &received),
        Some(format!("{marked},a=1,b=2"))
    );
    let off = Fleet::builder().without_marker().build();
    assert_eq!(state(&off, &[("a", "1")]).as_deref(), Some("a=1"));
    assert_eq!(state(&off, &[]), None, "an empty header is not sent");
    let own = Fleet::builder().marker("acme").build();
    assert_eq!(state(&own, &[]), Some(format!("acme={SPAN}")));
}

#[test]
fn the_marker_takes_the_place_of_the_last_of_32_members() {
    let keys: Vec<_> = (0..32).map(|n| format!("key{n}")).collect();
    let members: Vec<_> = keys.iter().map(|key| (key.as_str(), "1")).collect();

    let written = inject(&Fleet::new(), &remote(&members));

    let state: Vec<_> = written["tracestate"].split(',').collect();
    assert_eq!(state.len(), 32);
    assert_eq!(state[31], "key30=1");
}

#[test]
fn one_dialect_can_be_written_alone_and_leaves_no_marker() {
    for (dialects, names) in [
        (Dialects::W3c, &["baggage", "traceparent"]),
        (Dialects::Jaeger, &["uber-trace-id", "uberctx-k"]),
    ] {
        let fleet = Fleet::builder().inject(dialects).build();

        let written = inject(&fleet, &remote(&[]));

        let mut written: Vec<_> = written.keys().map(String::as_str).collect();
        written.sort_unstable();
        assert_eq!(written, names);
    }
}

#[test]
fn jaegers_headers_can_have_other_names() {
    let names = JaegerNames {
        trace_id: "x-trace".to_owned(),
        ..JaegerNames::default()
    };
    let fleet = Fleet::builder()
        .jaeger(JaegerPropagator::with_names(names))
        .build();

    let written = inject(&fleet, &remote(&[]));

    assert!(written.contains_key("x-trace") && !written.contains_key("uber-trace-id"));
    let fields: Vec<_> = fleet.fields().collect();
    let expected = [
        "traceparent",
        "tracestate",
        "baggage",
        "x-trace",
        "jaeger-baggage",
        "jaeger-debug-id",
    ];
    assert_eq!(fields, expected);
}

#[test]
#[should_panic(expected = "\"no key\" is no key of tracestate")]
fn a_marker_that_tracestate_cannot_hold_is_refused_at_once() {
    let _ = Fleet::builder().marker("no key");
}

#[test]
fn a_fleet_goes_by_name_and_what_it_holds_does_not_undo_it() {
    // An old service has written `uber-trace-id` after a new one has written both.
    let received = headers(&[
        ("traceparent", &format!("00-{TRACE}-{SPAN}-01")),
        ("tracestate", &format!("otshim={SPAN}")),
        (
            "uber-trace-id",
            &format!("{TRACE}:53995c3f42cd8ad8:{SPAN}:1"),
        ),
        ("baggage", "k=w3c"),
        ("uberctx-k", "jaeger"),
    ]);
    for names in [
        "fleet",
        "jaeger,fleet,tracecontext,baggage",
        "b3,fleet,baggage,jaeger",
    ] {
        let propagator = from_names(names).expect("known names");

        let cx = propagator.extract_with_context(&Context::new(), &received);

        let span_id = cx.span().span_context().span_id();
        assert_eq!(span_id.to_string(), "53995c3f42cd8ad8", "{names}");
        assert_eq!(
            cx.baggage().get("k").map(|value| value.as_str()),
            Some("w3c")
        );
    }
}

#[test]
fn f8_the_bridge_learns_which_header_is_corrupt() {
    let recorder = Recorder::new();
    let tracer = TracerShim::builder(recorder.provider.clone())
        .propagator(Fleet::new())
        .build();

    for (received, expected) in [
        (&[("traceparent", "x")][..], Some("traceparent")),
        (&[("uber-trace-id", "x")], Some("uber-trace-id")),
        (
            &[("uber-trace-id", "x"), ("traceparent", "x")],
            Some("traceparent"),
        ),
        (
            &[("uber-trace-id", "x"), ("tracestate", "a=b")],
            Some("uber-trace-id"),
        ),
        (&[("baggage", "x")], Some("baggage")),
        (
            &[("baggage", "x"), ("uber-trace-id", "x")],
            Some("uber-trace-id"),
        ),
        (&[("baggage", ""), ("tracestate", "")], None),
        (&[("other", "x")], None),
    ] {
        let named = match tracer.extract(Format::HttpHeaders, &received) {
            Ok(None) => None,
            Err(ExtractError::Corrupted { header, .. }) => Some(header),
            other => panic!("{received:?}: {other:?}"),
        };

        assert_eq!(named.as_deref(), expected, "{received:?}");
    }
}

const TWO_TRACES: [(&str, &str); 2] = [
    (
        "traceparent",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ),
    ("uber-trace-id", "ffffffffffffffff:53995c3f42cd8ad8:0:1"),
];

fn assert_is_conflict(link: &Link) {
    assert_eq!(link.span_context.span_id().to_string(), "53995c3f42cd8ad8");
    let marker = KeyValue::new(ConflictingContext::ATTRIBUTE, "jaeger");
    assert_eq!(link.attributes, [marker]);
}

#[test]
fn the_bridge_links_the_trace_that_lost() {
    let recorder = Recorder::new();
    let tracer = TracerShim::builder(recorder.provider.clone())
        .propagator(Fleet::new())
        .build();
    let received = tracer
        .extract(Format::HttpHeaders, &TWO_TRACES)
        .expect("not corrupt");

    let span = tracer.build_span("request").child_of(&received).start();
    tracer.build_span("child").child_of(&span).start().finish();
    span.finish();

    let request = recorder.named("request");
    assert_eq!(request.span_context.trace_id().to_string(), TRACE);
    let [reference, conflict] = &request.links.links[..] else {
        panic!("{:?}", request.links);
    };
    assert_eq!(reference.span_context.span_id().to_string(), SPAN);
    assert_is_conflict(conflict);
    assert_eq!(
        recorder.named("child").links.links.len(),
        1,
        "its parent alone"
    );
}

#[test]
fn native_code_links_the_trace_that_lost() {
    let recorder = Recorder::new();
    let tracer = recorder.provider.tracer("native");
    let cx = Fleet::new().extract_with_context(&Context::new(), &headers(&TWO_TRACES));
    let links = ConflictingContext::of(&cx).map(ConflictingContext::link);

    let builder = tracer
        .span_builder("request")
        .with_links(Vec::from_iter(links));
    drop(builder.start_with_context(&tracer, &cx));

    let [link] = &recorder.span().links.links[..] else {
        panic!("one link was expected");
    };
    assert_is_conflict(link);
}
