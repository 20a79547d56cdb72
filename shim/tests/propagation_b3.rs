//! B3 in one header and in several, edge by edge.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use opentracing_shim::propagation::{B3Encoding, B3Propagator};

type Headers = HashMap<String, String>;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

fn headers(entries: &[(&str, &str)]) -> Headers {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    entries.iter().map(owned).collect()
}

fn extract(entries: &[(&str, &str)]) -> Context {
    B3Propagator::new().extract_with_context(&Context::new(), &headers(entries))
}

fn inject(encoding: B3Encoding, cx: &Context) -> Headers {
    let mut headers = Headers::new();
    B3Propagator::with_encoding(encoding).inject_context(cx, &mut headers);
    headers
}

fn single(header: &str) -> Context {
    extract(&[("b3", header)])
}

#[test]
fn one_header_with_every_sampling_state() {
    for (suffix, is_sampled, sent) in [
        ("", false, ""),
        ("-0", false, "-0"),
        ("-1", true, "-1"),
        ("-d", true, "-d"),
        ("-1-53995c3f42cd8ad8", true, "-1"),
        ("-d-53995c3f42cd8ad8", true, "-d"),
    ] {
        let cx = single(&format!("{TRACE}-{SPAN}{suffix}"));

        let span = cx.span();
        assert_eq!(span.span_context().trace_id().to_string(), TRACE);
        assert_eq!(span.span_context().span_id().to_string(), SPAN);
        assert_eq!(span.span_context().is_sampled(), is_sampled, "{suffix}");
        let written = inject(B3Encoding::Single, &cx);
        assert_eq!(
            written,
            headers(&[("b3", &format!("{TRACE}-{SPAN}{sent}"))])
        );
    }
}

#[test]
fn several_headers_with_every_sampling_state() {
    for (state, is_sampled, sent) in [
        (None, false, None),
        (
            Some(("X-B3-Sampled", "0")),
            false,
            Some(("x-b3-sampled", "0")),
        ),
        (
            Some(("X-B3-Sampled", "false")),
            false,
            Some(("x-b3-sampled", "0")),
        ),
        (
            Some(("X-B3-Sampled", "1")),
            true,
            Some(("x-b3-sampled", "1")),
        ),
        (
            Some(("X-B3-Sampled", "true")),
            true,
            Some(("x-b3-sampled", "1")),
        ),
        (Some(("X-B3-Flags", "1")), true, Some(("x-b3-flags", "1"))),
        (Some(("X-B3-Flags", "0")), false, None),
    ] {
        let ids = [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)];
        let lower = |(key, value): (&str, &str)| (key.to_lowercase(), value.to_owned());
        let mut received = headers(&ids);
        received.extend(state.map(lower));
        received.insert("x-b3-parentspanid".to_owned(), "5".to_owned());

        let cx = B3Propagator::new().extract_with_context(&Context::new(), &received);

        assert_eq!(
            cx.span().span_context().is_sampled(),
            is_sampled,
            "{state:?}"
        );
        let mut expected = headers(&ids);
        expected.extend(sent.map(lower));
        assert_eq!(inject(B3Encoding::Multi, &cx), expected, "{state:?}");
    }
}

#[test]
fn trace_ids_of_64_bits_are_padded_on_the_left() {
    for cx in [
        single(&format!("{SPAN}-{SPAN}-1")),
        extract(&[("x-b3-traceid", SPAN), ("x-b3-spanid", SPAN)]),
    ] {
        let trace_id = cx.span().span_context().trace_id().to_string();
        assert_eq!(trace_id, format!("{}{SPAN}", "0".repeat(16)));
    }
}

#[test]
fn the_single_header_wins_unless_it_cannot_be_read() {
    let multi = [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)];

    for (header, expected) in [
        ("00000000000000aa-00000000000000bb-1", "00000000000000bb"),
        ("corrupt", SPAN),
    ] {
        let cx = extract(&[multi[0], multi[1], ("b3", header)]);

        assert_eq!(cx.span().span_context().span_id().to_string(), expected);
    }
}

#[test]
fn what_is_malformed_is_refused() {
    for header in [
        "",
        "x",
        "2",
        "-",
        "0af7651916cd43dd8448eb211c80319c",
        "0af7651916cd43dd8448eb211c80319c-",
        "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-",
        "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-2",
        "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1-",
        "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1-5",
        "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1-53995c3f42cd8ad8-x",
        "0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-1",
        "0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-1",
        "00000000000000000000000000000000-b7ad6b7169203331-1",
        "0af7651916cd43dd8448eb211c80319c-0000000000000000-1",
        "+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "gaf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
    ] {
        assert!(!single(header).has_active_span(), "{header}");
    }
    for broken in [
        &[("x-b3-traceid", TRACE)][..],
        &[("x-b3-spanid", SPAN)],
        &[("x-b3-traceid", TRACE), ("x-b3-spanid", "5")],
        &[("x-b3-traceid", "5"), ("x-b3-spanid", SPAN)],
        &[
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", SPAN),
            ("x-b3-sampled", "maybe"),
        ],
    ] {
        assert!(!extract(broken).has_active_span(), "{broken:?}");
    }
}

#[test]
fn a_decision_without_ids_reaches_the_sampler() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let tracer = provider.tracer("test");

    for (header, value, is_recorded) in [
        ("b3", "0", false),
        ("b3", "1", true),
        ("b3", "d", true),
        ("x-b3-sampled", "0", false),
        ("x-b3-sampled", "1", true),
        ("x-b3-flags", "1", true),
        ("x-b3-flags", "0", true),
    ] {
        exporter.reset();

        drop(tracer.start_with_context("root", &extract(&[(header, value)])));

        let spans = exporter.get_finished_spans().expect("not shut down");
        assert_eq!(!spans.is_empty(), is_recorded, "{header}: {value}");
    }
}

#[test]
fn nothing_is_sent_without_a_span() {
    // The propagator of others sends a refusal here, which switches sampling off for all that follows.
    for encoding in [B3Encoding::Single, B3Encoding::Multi] {
        assert!(inject(encoding, &Context::new()).is_empty());
    }
}
