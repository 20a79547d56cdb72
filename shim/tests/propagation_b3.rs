//! B3 in both forms, and the composition by names.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, KeyValue};
use opentracing_shim::propagation::{B3Encoding, B3Propagator, Composite, from_names};
use proptest::prelude::*;

const TRACE: &str = "80f198ee56343ba864fe8b2a57d3eff7";
const SPAN: &str = "e457b5a2e4d86bd1";

fn headers(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn extract(pairs: &[(&str, &str)]) -> Context {
    B3Propagator::new().extract_with_context(&Context::new(), &headers(pairs))
}

fn inject(propagator: &impl TextMapPropagator, cx: &Context) -> HashMap<String, String> {
    let mut carrier = HashMap::new();
    propagator.inject_context(cx, &mut carrier);
    carrier
}

/// What is handed on of what came in, in both forms.
fn handed_on(pairs: &[(&str, &str)]) -> [HashMap<String, String>; 2] {
    let cx = extract(pairs);
    [B3Encoding::Single, B3Encoding::Multi]
        .map(|encoding| inject(&B3Propagator::with_encoding(encoding), &cx))
}

#[test]
fn every_state_is_handed_on_in_both_forms() {
    let (trace, span) = (("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN));
    let cases = [
        ("-1", vec![("x-b3-sampled", "1")]),
        ("-0", vec![("x-b3-sampled", "0")]),
        ("-d", vec![("x-b3-flags", "1")]),
        ("", vec![]),
    ];

    for (suffix, state) in cases {
        let single = format!("{TRACE}-{SPAN}{suffix}");
        let multi = [vec![trace, span], state].concat();

        let expected = [headers(&[("b3", &single)]), headers(&multi)];
        assert_eq!(handed_on(&[("b3", &single)]), expected);
        assert_eq!(handed_on(&multi), expected);
    }
}

#[test]
fn debug_implies_sampled_and_deferred_is_no_refusal_to_be_handed_on() {
    let is_sampled = |suffix: &str| {
        let cx = extract(&[("b3", &format!("{TRACE}-{SPAN}{suffix}"))]);
        assert!(cx.span().span_context().is_valid());
        cx.span().span_context().is_sampled()
    };

    assert!(is_sampled("-1") && is_sampled("-d") && is_sampled("-1-05e3ac9a4f6e3b90"));
    assert!(!is_sampled("-0") && !is_sampled(""));
}

#[test]
fn old_forms_are_read() {
    let old = extract(&[
        ("x-b3-traceid", "64fe8b2a57d3eff7"),
        ("x-b3-spanid", SPAN),
        ("x-b3-sampled", "true"),
    ]);

    assert_eq!(
        old.span().span_context().trace_id().to_string(),
        "000000000000000064fe8b2a57d3eff7"
    );
    assert!(old.span().span_context().is_sampled());
}

#[test]
fn a_decision_without_ids_is_kept_if_it_is_a_yes() {
    for (header, is_sampled) in [
        (("b3", "1"), true),
        (("b3", "d"), true),
        (("x-b3-flags", "1"), true),
        (("b3", "0"), false),
    ] {
        let cx = extract(&[header]);

        assert!(!cx.span().span_context().is_valid());
        assert_eq!(
            cx.span().span_context().is_sampled(),
            is_sampled,
            "{header:?}"
        );
    }
}

#[test]
fn the_single_header_comes_first_unless_it_is_corrupt() {
    let multi = [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)];
    let other = "00000000000000000000000000000001-0000000000000002-1";

    let both = extract(&[("b3", other), multi[0], multi[1]]);
    let one = extract(&[("b3", "corrupt"), multi[0], multi[1]]);

    assert_eq!(both.span().span_context().trace_id(), 1.into());
    assert_eq!(one.span().span_context().trace_id().to_string(), TRACE);
}

#[test]
fn what_is_no_header_is_refused() {
    let refused = [
        "",
        "-",
        "x",
        "2",
        "1-2-1",
        "80f198ee56343ba864fe8b2a57d3eff7",
        "80f198ee56343ba864fe8b2a57d3eff7-",
        "00000000000000000000000000000000-e457b5a2e4d86bd1-1",
        "80f198ee56343ba864fe8b2a57d3eff7-0000000000000000-1",
        "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-true",
        "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-2",
        "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90-6",
    ];

    for header in refused {
        assert!(
            !extract(&[("b3", header)]).span().span_context().is_valid(),
            "{header:?}"
        );
    }
    assert!(!extract(&[("x-b3-traceid", TRACE)]).has_active_span());
}

#[test]
fn nothing_is_sent_without_a_span() {
    assert!(
        inject(&B3Propagator::new(), &Context::new()).is_empty(),
        "least of all a refusal to sample"
    );
}

fn named(names: &str) -> Composite {
    from_names(names).expect("known names")
}

#[test]
fn names_make_compositions() {
    let fields = |names: &str| {
        named(names)
            .fields()
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
            .join(" ")
    };

    assert_eq!(
        fields("tracecontext, baggage"),
        "traceparent tracestate baggage"
    );
    assert_eq!(fields(""), "traceparent tracestate baggage");
    assert_eq!(
        fields("b3,b3,b3multi"),
        "b3 x-b3-traceid x-b3-spanid x-b3-sampled x-b3-flags"
    );
    assert_eq!(fields("none"), "");
    assert_eq!(
        from_names("b3,ottrace").expect_err("unknown").name(),
        "ottrace"
    );
    assert_eq!(from_names("none,b3").expect_err("not alone").name(), "none");
}

#[test]
fn a_composition_writes_everything_from_one_context() {
    let context = SpanContext::new(
        1.into(),
        2.into(),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let cx = Context::new()
        .with_remote_span_context(context)
        .with_baggage([KeyValue::new("k", "v")]);

    let sent = inject(&named("tracecontext,baggage,jaeger,b3"), &cx);

    let expected = [
        (
            "traceparent",
            "00-00000000000000000000000000000001-0000000000000002-01",
        ),
        ("baggage", "k=v"),
        ("uber-trace-id", "0000000000000001:0000000000000002:0:1"),
        ("uberctx-k", "v"),
        ("b3", "00000000000000000000000000000001-0000000000000002-1"),
    ];
    assert_eq!(sent, headers(&expected));
}

#[test]
fn no_member_of_a_composition_loses_what_another_found() {
    let valid = (
        "traceparent",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    );
    let noise = [
        ("uber-trace-id", "x"),
        ("b3", "0"),
        ("jaeger-debug-id", "me"),
        ("uberctx-k", "jaeger"),
        ("baggage", "k=w3c"),
    ];

    for names in [
        "tracecontext,baggage,jaeger,b3",
        "b3,jaeger,baggage,tracecontext",
    ] {
        let carrier = headers(&[&[valid], &noise[..]].concat());
        let cx = named(names).extract_with_context(&Context::new(), &carrier);

        assert_eq!(
            cx.span().span_context().span_id().to_string(),
            "b7ad6b7169203331",
            "{names}"
        );
        assert_eq!(
            cx.baggage().get("k").map(ToString::to_string).as_deref(),
            Some("w3c"),
            "{names}"
        );
    }
}

#[test]
fn of_several_valid_contexts_the_last_in_the_list_wins() {
    let carrier = headers(&[
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("uber-trace-id", "1:2:0:1"),
    ]);
    let span_id = |names: &str| {
        let cx = named(names).extract_with_context(&Context::new(), &carrier);
        cx.span().span_context().span_id().to_string()
    };

    assert_eq!(span_id("jaeger,tracecontext"), "b7ad6b7169203331");
    assert_eq!(span_id("tracecontext,jaeger"), "0000000000000002");
}

proptest! {
    #[test]
    fn any_header_is_survived(single in ".*", trace in ".*", span in ".*", sampled in ".*", flags in ".*") {
        extract(&[("b3", &single)]);
        extract(&[("x-b3-traceid", &trace), ("x-b3-spanid", &span), ("x-b3-sampled", &sampled), ("x-b3-flags", &flags)]);
    }

    #[test]
    fn any_context_comes_back(trace in 1_u128.., span in 1_u64.., sampled: bool, multi: bool) {
        let flags = TraceFlags::default().with_sampled(sampled);
        let context = SpanContext::new(trace.into(), span.into(), flags, true, TraceState::NONE);
        let propagator = B3Propagator::with_encoding(if multi { B3Encoding::Multi } else { B3Encoding::Single });

        let sent = inject(&propagator, &Context::new().with_remote_span_context(context.clone()));
        let back = propagator.extract_with_context(&Context::new(), &sent);

        prop_assert_eq!(back.span().span_context().clone(), context);
    }
}
