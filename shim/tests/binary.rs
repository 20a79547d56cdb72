//! F4: Jaeger's binary layout, byte by byte and through the tracer.

mod support;

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentracing_shim::propagation::{BinaryError, BinaryPropagator, from_names};
use opentracing_shim::{
    ExtractError, Format, InjectError, SpanContext, Tracer, TracerShim, api::mock::MockTracer,
};
use support::{Recorder, SAMPLED, items, pair};

/// What a Jaeger client of another language writes for a sampled span, its parent, and one item.
const FOREIGN: &[u8] = b"\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c\
    \xb7\xad\x6b\x71\x69\x20\x33\x31\
    \0\0\0\0\0\0\0\x05\
    \x01\
    \0\0\0\x01\
    \0\0\0\x06tenant\
    \0\0\0\x02t1";

/// Where the number of items stands.
const COUNT: usize = 33;

fn tracer() -> Tracer {
    TracerShim::builder(NoopTracerProvider::new())
        .propagator(from_names("tracecontext,baggage,jaeger").expect("known names"))
        .build()
}

fn extract(bytes: &[u8]) -> Result<Option<SpanContext>, ExtractError> {
    tracer().extract(Format::Binary, &bytes)
}

fn inject(context: &SpanContext) -> Vec<u8> {
    let mut bytes = Vec::<u8>::new();
    tracer()
        .inject(context, Format::Binary, &mut bytes)
        .expect("within the limits");
    bytes
}

/// A context that came in with these headers.
fn received(headers: &[(&str, &str)]) -> SpanContext {
    tracer()
        .extract(Format::HttpHeaders, &headers)
        .expect("not corrupt")
        .expect("a context")
}

/// Ids and flags of `FOREIGN`, then what is given.
fn with_items(items: &[u8]) -> Vec<u8> {
    [&FOREIGN[..COUNT], items].concat()
}

#[track_caller]
fn assert_corrupt(bytes: &[u8], expected: BinaryError) {
    let directly = BinaryPropagator::new().extract_with_context(&Context::new(), bytes);
    assert_eq!(directly.map(|_| ()), Err(expected));
    let extracted = extract(bytes);
    assert!(
        matches!(&extracted, Err(ExtractError::Corrupted { reason, .. }) if *reason == expected.to_string()),
        "{extracted:?}"
    );
}

#[test]
fn f4_the_layout_of_others_is_read() {
    let context = extract(FOREIGN).expect("not corrupt").expect("a context");

    assert_eq!(context.to_trace_id(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(context.to_span_id(), "b7ad6b7169203331");
    assert!(context.is_sampled());
    assert_eq!(items(&context), [pair("tenant", "t1")]);
}

#[test]
fn f4_the_same_layout_is_written() {
    let mut expected = FOREIGN.to_vec();
    expected[24..32].fill(0); // the parent is not known

    let context = received(&[SAMPLED[0], ("baggage", "tenant=t1")]);

    assert_eq!(inject(&context), expected);
}

#[test]
fn f4_flags_are_sampled_and_debug() {
    for (header, expected) in [("0", 0), ("1", 1), ("3", 3), ("2", 3), ("9", 1)] {
        let header = format!("5:6:0:{header}");

        let written = inject(&received(&[("uber-trace-id", &header)]));

        assert_eq!(written[COUNT - 1], expected, "{header}");
        let read = extract(&written).expect("not corrupt").expect("a context");
        assert_eq!(inject(&read), written, "{header}");
    }
}

#[test]
fn f4_a_span_goes_to_its_child_in_bytes() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("sender").start();
    span.set_baggage_item("any key, even: schön", "any\nvalue \u{1F600}");
    let mut bytes = Vec::<u8>::new();

    recorder
        .tracer
        .inject(&span, Format::Binary, &mut bytes)
        .expect("within the limits");
    let received = recorder
        .tracer
        .extract(Format::Binary, &bytes)
        .expect("not corrupt")
        .expect("a context");
    let child = recorder
        .tracer
        .build_span("child")
        .child_of(&received)
        .start();
    child.finish();

    assert_eq!(
        child.baggage_item("any key, even: schön").as_deref(),
        Some("any\nvalue \u{1F600}")
    );
    let parent = span.context();
    assert_eq!(
        recorder.span().parent_span_id.to_string(),
        parent.to_span_id()
    );
}

#[test]
fn f4_baggage_alone_travels() {
    let bytes = inject(&received(&[("baggage", "tenant=t1")]));

    let context = extract(&bytes).expect("not corrupt").expect("a context");

    assert_eq!(context.to_trace_id(), "");
    assert_eq!(items(&context), [pair("tenant", "t1")]);
}

#[test]
fn f4_f7_nothing_is_nothing() {
    assert!(extract(&[]).expect("not corrupt").is_none());
    assert!(extract(&[0; 37]).expect("not corrupt").is_none());
    let mut bytes = Vec::<u8>::new();
    tracer()
        .inject(SpanContext::noop(), Format::Binary, &mut bytes)
        .expect("nothing to write");
    assert!(bytes.is_empty());
}

#[test]
fn f4_f9_a_debug_id_asks_for_a_trace_through_bytes() {
    let bytes = inject(&received(&[("jaeger-debug-id", "me")]));

    let context = extract(&bytes).expect("not corrupt").expect("a context");

    assert!(context.is_sampled());
    assert_eq!(context.to_trace_id(), "");
}

#[test]
fn f4_f8_every_cut_is_corrupt() {
    for end in 1..FOREIGN.len() {
        assert_corrupt(&FOREIGN[..end], BinaryError::TooShort);
    }
}

#[test]
fn f4_f8_one_id_without_the_other_is_corrupt() {
    for ids in [0..16, 16..24] {
        let mut bytes = FOREIGN.to_vec();
        bytes[ids].fill(0);
        assert_corrupt(&bytes, BinaryError::ZeroId);
    }
}

#[test]
fn f4_f8_negative_numbers_are_refused() {
    for negative in [-1_i32, i32::MIN] {
        let number = negative.to_be_bytes();
        assert_corrupt(&with_items(&number), BinaryError::ItemCount);
        let key = [&1_i32.to_be_bytes()[..], &number].concat();
        assert_corrupt(&with_items(&key), BinaryError::ItemLength);
        let value = [
            &1_i32.to_be_bytes()[..],
            &1_i32.to_be_bytes(),
            b"k",
            &number,
        ]
        .concat();
        assert_corrupt(&with_items(&value), BinaryError::ItemLength);
    }
}

#[test]
fn f4_f8_the_limits_of_others_are_kept_when_reading() {
    let number = |number: usize| i32::try_from(number).expect("small").to_be_bytes();
    let item = |key: usize, value: usize| {
        let (key, value) = ("k".repeat(key), "v".repeat(value));
        [
            &number(key.len())[..],
            key.as_bytes(),
            &number(value.len()),
            value.as_bytes(),
        ]
        .concat()
    };
    let one = |item: &[u8]| with_items(&[&number(1)[..], item].concat());
    let many = |count: usize| with_items(&[&number(count)[..], &item(1, 1).repeat(count)].concat());

    assert!(extract(&many(180)).is_ok());
    assert_corrupt(&many(181), BinaryError::ItemCount);
    assert!(extract(&one(&item(1, 4095))).is_ok());
    assert!(extract(&one(&item(4096, 0))).is_ok());
    assert_corrupt(&one(&item(1, 4096)), BinaryError::ItemLength);
    assert_corrupt(&one(&item(4097, 0)), BinaryError::ItemLength);
    assert_corrupt(
        &with_items(&number(i32::MAX as usize)),
        BinaryError::ItemCount,
    );
}

#[test]
fn f4_what_is_beyond_the_limits_is_left_out_and_reported() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("sender").start();
    for item in 0..181 {
        span.set_baggage_item(format!("key{item:03}"), "v");
    }
    span.set_baggage_item("a long one", "v".repeat(4096));
    let mut bytes = Vec::<u8>::new();

    let injected = recorder.tracer.inject(&span, Format::Binary, &mut bytes);

    assert!(
        matches!(&injected, Err(InjectError::Baggage { items: 2, first }) if first == "a long one"),
        "{injected:?}"
    );
    let read = extract(&bytes).expect("not corrupt").expect("a context");
    assert_eq!(read.baggage_items().count(), 180);
}

#[test]
fn f4_bytes_after_the_context_are_left_alone() {
    let bytes = [FOREIGN, b"and the message itself"].concat();

    let context = extract(&bytes).expect("not corrupt").expect("a context");

    assert_eq!(items(&context), [pair("tenant", "t1")]);
}

#[test]
fn f4_carriers_of_entries_and_of_bytes_are_told_apart() {
    let context = received(&SAMPLED);
    let mut map = HashMap::<String, String>::new();

    let into_map = tracer().inject(&context, Format::Binary, &mut map);
    let from_map = tracer().extract(Format::Binary, &SAMPLED);
    let into_bytes = tracer().inject(&context, Format::TextMap, &mut Vec::<u8>::new());
    let from_bytes = tracer().extract(Format::TextMap, &FOREIGN.to_vec());

    assert!(matches!(into_map, Err(InjectError::WrongCarrier(_))));
    assert!(matches!(from_map, Err(ExtractError::WrongCarrier)));
    assert!(matches!(into_bytes, Err(InjectError::Carrier(_))));
    assert!(matches!(from_bytes, Err(ExtractError::WrongCarrier)));
}

#[test]
fn f4_f5_the_context_of_another_tracer_is_refused() {
    let other = MockTracer::new().tracer().build_span("other").start();

    let injected = tracer().inject(&other, Format::Binary, &mut Vec::<u8>::new());

    assert!(matches!(injected, Err(InjectError::ForeignContext)));
}

#[test]
fn f4_native_code_reads_and_writes_the_same() {
    let cx = BinaryPropagator::new()
        .extract_with_context(&Context::new(), FOREIGN)
        .expect("not corrupt");
    let mut bytes = Vec::<u8>::new();

    BinaryPropagator::new()
        .inject_context(&cx, &mut bytes)
        .expect("within the limits");

    assert_eq!(
        bytes,
        inject(&received(&[SAMPLED[0], ("baggage", "tenant=t1")]))
    );
    assert!(cx.span().span_context().is_remote());
}
