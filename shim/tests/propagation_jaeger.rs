//! `uber-trace-id` and its companions, edge by edge.

use std::collections::HashMap;

use http::{HeaderMap, HeaderValue};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue};
use opentracing_shim::propagation::{JaegerNames, JaegerPropagator};
use opentracing_shim::{ExtractError, Format, TracerShim};

type Headers = HashMap<String, String>;

fn headers(entries: &[(&str, &str)]) -> Headers {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    entries.iter().map(owned).collect()
}

fn extract(entries: &[(&str, &str)]) -> Context {
    JaegerPropagator::new().extract_with_context(&Context::new(), &headers(entries))
}

fn inject(propagator: &JaegerPropagator, cx: &Context) -> Headers {
    let mut headers = Headers::new();
    propagator.inject_context(cx, &mut headers);
    headers
}

fn remote(trace_id: u128, flags: u8) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        trace_id.into(),
        0x10_u64.into(),
        TraceFlags::new(flags),
        true,
        TraceState::NONE,
    ))
}

fn items(cx: &Context) -> Vec<(String, String)> {
    let mut items: Vec<_> = cx
        .baggage()
        .iter()
        .map(|(key, (value, _))| (key.to_string(), value.to_string()))
        .collect();
    items.sort_unstable();
    items
}

fn pairs(items: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    items.iter().map(owned).collect()
}

#[test]
fn ids_of_any_length_are_padded_on_the_left() {
    let long = "abcdef0123456789abcdef0123456789";
    for (header, trace_id, span_id) in [
        ("1:2:0:1", 1, 2),
        ("0000000000000001:0000000000000002:0:1", 1, 2),
        (
            "abcdef012345678:1234567890abcde:0:1",
            0x0abc_def0_1234_5678,
            0x0123_4567_890a_bcde,
        ),
        ("10000000000000000:2:0:1", 1 << 64, 2),
        ("1000000000000000000000000000000:2:0:1", 1 << 120, 2),
        (
            &format!("{long}:2:0:1"),
            u128::from_str_radix(long, 16).expect("32 digits"),
            2,
        ),
        ("ABCDEF:Ab:0:1", 0xab_cdef, 0xab),
        (" 1:2:0:1\t", 1, 2),
        ("1%3A2%3A0%3A1", 1, 2),
        ("1%3a2%3a0%3a1", 1, 2),
        ("1:2:fedcba9876543210:1", 1, 2),
    ] {
        let cx = extract(&[("uber-trace-id", header)]);

        let span = cx.span();
        let context = span.span_context();
        assert_eq!(context.trace_id(), u128::into(trace_id), "{header}");
        assert_eq!(context.span_id(), u64::into(span_id), "{header}");
        assert!(context.is_remote() && context.is_sampled(), "{header}");
    }
}

#[test]
fn f8_what_is_malformed_is_refused() {
    let tracer = TracerShim::builder(opentelemetry::trace::noop::NoopTracerProvider::new())
        .propagator(JaegerPropagator::new())
        .build();
    for header in [
        "",
        "1",
        "1:2:0",
        "1:2:0:1:",
        "1:2:0:1:5",
        ":2:0:1",
        "1::0:1",
        "1:2::1",
        "1:2:0:",
        "+1:2:0:1",
        "1:-2:0:1",
        "1:2:+0:1",
        "1:2:0:+1",
        "0x1:2:0:1",
        "g:2:0:1",
        "1:2:0:g",
        "0:2:0:1",
        "1:0:0:1",
        "0:0:0:0",
        "1:2:0:100",
        "123456789012345678901234567890123:2:0:1",
        "1:12345678901234567:0:1",
        "1:2:12345678901234567:1",
        "1 :2:0:1",
        "1:2:0:1,1:2:0:1",
        "\u{661}:2:0:1",
    ] {
        let extracted = tracer.extract(Format::HttpHeaders, &[("uber-trace-id", header)]);

        assert!(
            matches!(&extracted, Err(ExtractError::Corrupted { header, .. }) if header == "uber-trace-id"),
            "{header:?}: {extracted:?}"
        );
    }
}

#[test]
fn flags_are_one_byte_in_hex() {
    for (flags, is_sampled, sent) in [
        ("0", false, "0"),
        ("00", false, "0"),
        ("1", true, "1"),
        ("01", true, "1"),
        ("2", true, "3"),
        ("3", true, "3"),
        ("03", true, "3"),
        ("4", false, "0"),
        ("8", false, "0"),
        ("9", true, "1"),
        ("0b", true, "3"),
        ("b", true, "3"),
        ("B", true, "3"),
        ("ff", true, "3"),
        ("10", false, "0"),
    ] {
        let cx = extract(&[("uber-trace-id", &format!("1:2:0:{flags}"))]);

        assert_eq!(cx.span().span_context().is_sampled(), is_sampled, "{flags}");
        let written = &inject(&JaegerPropagator::new(), &cx)["uber-trace-id"];
        assert_eq!(written.rsplit(':').next(), Some(sent), "{flags}");
    }
}

#[test]
fn what_is_sent_suits_every_receiver() {
    for (trace_id, flags, expected) in [
        (0x1, 0x00, "0000000000000001:0000000000000010:0:0"),
        (
            u64::MAX.into(),
            0x01,
            "ffffffffffffffff:0000000000000010:0:1",
        ),
        (
            1 << 64,
            0x01,
            "00000000000000010000000000000000:0000000000000010:0:1",
        ),
        // The random bit of W3C is no debug flag.
        (0x1, 0x03, "0000000000000001:0000000000000010:0:1"),
    ] {
        let written = inject(&JaegerPropagator::new(), &remote(trace_id, flags));

        assert_eq!(written, headers(&[("uber-trace-id", expected)]));
    }
}

#[test]
fn f12_a_header_that_comes_twice_counts_if_both_agree() {
    let tracer = TracerShim::builder(opentelemetry::trace::noop::NoopTracerProvider::new())
        .propagator(JaegerPropagator::new())
        .build();
    let twice = |second| {
        let mut headers = HeaderMap::new();
        headers.append("uber-trace-id", HeaderValue::from_static("1:2:0:1"));
        headers.append("uber-trace-id", HeaderValue::from_static(second));
        tracer.extract(Format::HttpHeaders, &headers)
    };

    assert!(twice("1:2:0:1").expect("not corrupt").is_some());
    assert!(matches!(
        twice("1:3:0:1"),
        Err(ExtractError::Corrupted { .. })
    ));
}

#[test]
fn baggage_in_http_is_form_decoded_and_percent_encoded() {
    for (received, value, sent) in [
        ("a+b", "a b", "a%20b"),
        ("a%20b", "a b", "a%20b"),
        ("a%2Bb", "a+b", "a%2Bb"),
        ("100%25", "100%", "100%25"),
        ("100%", "100%", "100%25"),
        ("k=v,w;x", "k=v,w;x", "k%3Dv%2Cw%3Bx"),
        ("sch%C3%B6n", "schön", "sch%C3%B6n"),
        ("schön", "schön", "sch%C3%B6n"),
        ("", "", ""),
    ] {
        let cx = extract(&[("uberctx-key", received)]);

        assert_eq!(items(&cx), pairs(&[("key", value)]), "{received}");
        let written = inject(&JaegerPropagator::new(), &cx);
        assert_eq!(written["uberctx-key"], sent, "{received}");
    }
}

#[test]
fn baggage_in_text_maps_is_raw() {
    let propagator = JaegerPropagator::new().raw_values();
    let received = headers(&[("uberctx-key", "a+b%20 c")]);

    let cx = propagator.extract_with_context(&Context::new(), &received);

    assert_eq!(items(&cx), pairs(&[("key", "a+b%20 c")]));
    assert_eq!(inject(&propagator, &cx), received);
}

#[test]
fn baggage_does_not_hang_on_the_trace() {
    for trace in [
        ("other", ""),
        ("uber-trace-id", "corrupt"),
        ("uber-trace-id", "1:2:0:1"),
    ] {
        let cx = extract(&[trace, ("uberctx-tenant", "t=1,2")]);

        assert_eq!(items(&cx), pairs(&[("tenant", "t=1,2")]), "{trace:?}");
    }
}

#[test]
fn baggage_written_by_hand_fills_up() {
    let cx = extract(&[
        ("uberctx-a", "own"),
        ("jaeger-baggage", "a=hand, b = x ,c=1=2,d,e=%3D, f=g%2Ch=i"),
    ]);

    assert_eq!(
        items(&cx),
        pairs(&[("a", "own"), ("f", "g"), ("h", "i")]),
        "the whole value is decoded first, and an item has exactly one equals sign"
    );
}

#[test]
fn items_beyond_the_limits_are_left_out() {
    let too_long = KeyValue::new("a", "%".repeat(2800));
    let fits = KeyValue::new("b", "v");
    let cx = Context::new().with_baggage([too_long, fits]);

    let written = inject(&JaegerPropagator::new(), &cx);

    assert_eq!(written, headers(&[("uberctx-b", "v")]));
}

#[test]
fn f9_a_debug_id_counts_where_there_is_no_trace() {
    let forced = extract(&[("jaeger-debug-id", " me ")]);
    let corrupt = extract(&[("jaeger-debug-id", "me"), ("uber-trace-id", "corrupt")]);
    let traced = extract(&[("jaeger-debug-id", "me"), ("uber-trace-id", "1:2:0:0")]);
    let empty = extract(&[("jaeger-debug-id", " ")]);

    for cx in [forced, corrupt] {
        assert!(!cx.span().span_context().is_valid());
        assert!(cx.span().span_context().is_sampled());
    }
    assert!(!traced.span().span_context().is_sampled());
    assert!(!empty.has_active_span());
}

#[test]
fn all_four_names_can_be_changed() {
    let propagator = JaegerPropagator::with_names(JaegerNames {
        trace_id: "x-trace".to_owned(),
        baggage_prefix: "x-bag-".to_owned(),
        baggage: "x-bags".to_owned(),
        debug_id: "x-debug".to_owned(),
    });
    let received = headers(&[("x-trace", "1:2:0:1"), ("x-bag-a", "1"), ("x-bags", "b=2")]);

    let cx = propagator.extract_with_context(&Context::new(), &received);
    let debug = propagator.extract_with_context(&Context::new(), &headers(&[("x-debug", "me")]));

    assert!(cx.span().span_context().is_valid());
    assert_eq!(items(&cx), pairs(&[("a", "1"), ("b", "2")]));
    assert!(debug.span().span_context().is_sampled());
    let written = inject(&propagator, &cx);
    assert!(written.contains_key("x-trace") && written.contains_key("x-bag-a"));
    assert_eq!(
        propagator.fields().collect::<Vec<_>>(),
        ["x-trace", "x-bags", "x-debug"]
    );
}
