//! The truth table of the documentation, row by row, and what goes with each row.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentracing_shim::propagation::{
    ConflictingContext, Dialect, Dialects, Fleet, FleetBuilder, Header, Seen, Verdict,
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const OTHER_TRACE: &str = "ffffffffffffffffffffffffffffffff";
/// Three spans of the trace.
const A: &str = "aaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbb";
const C: &str = "cccccccccccccccc";

fn w3c(span: &str) -> (&'static str, String) {
    ("traceparent", format!("00-{TRACE}-{span}-01"))
}

fn marker(span: &str) -> (&'static str, String) {
    ("tracestate", format!("vendor=1,{}={span}", Fleet::MARKER))
}

fn jaeger(span: &str, parent: &str) -> (&'static str, String) {
    ("uber-trace-id", format!("{TRACE}:{span}:{parent}:1"))
}

fn header(name: &'static str, value: &str) -> (&'static str, String) {
    (name, value.to_owned())
}

fn extract_into(
    cx: &Context,
    fleet: FleetBuilder,
    headers: &[(&'static str, String)],
) -> (Context, Seen) {
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let all = seen.clone();
    let fleet = fleet
        .on_extract(move |seen| all.lock().expect("no panic").push(*seen))
        .build();
    let headers: HashMap<String, String> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let cx = fleet.extract_with_context(cx, &headers);
    let seen = seen.lock().expect("no panic");
    assert_eq!(seen.len(), 1, "the hook is called once");
    (cx, seen[0])
}

fn extract(fleet: FleetBuilder, headers: &[(&'static str, String)]) -> (SpanContext, Seen) {
    let (cx, seen) = extract_into(&Context::new(), fleet, headers);
    (cx.span().span_context().clone(), seen)
}

fn span_id(context: &SpanContext) -> String {
    let id = || context.span_id().to_string();
    context.is_valid().then(id).unwrap_or("-".to_owned())
}

#[test]
fn every_row_of_the_truth_table() {
    use Verdict::{Conflict, JaegerLater, JaegerOnly, Nothing, Same, Undecided, W3cLater, W3cOnly};

    let conflict = || header("uber-trace-id", &format!("{OTHER_TRACE}:{B}:0:1"));
    let corrupt_w3c = || header("traceparent", "00-1-2-01");
    let corrupt_jaeger = || header("uber-trace-id", "1:2:3");
    let zero_w3c = || {
        header(
            "traceparent",
            &format!("00-{}-{}-01", "0".repeat(32), "0".repeat(16)),
        )
    };
    let zero_jaeger = || header("uber-trace-id", "0:0:0:1");
    for (headers, verdict, parent, parent_if_jaeger_is_preferred) in [
        (vec![], Nothing, "-", "-"),
        (vec![w3c(A)], W3cOnly, A, A),
        (vec![jaeger(A, "0")], JaegerOnly, A, A),
        (vec![w3c(A), marker(A), jaeger(A, "0")], Same, A, A),
        (vec![w3c(A), jaeger(A, "0")], Same, A, A),
        (vec![w3c(A), marker(C), jaeger(A, "0")], Same, A, A),
        // The marker.
        (vec![w3c(A), marker(A), jaeger(B, A)], JaegerLater, B, B),
        (vec![w3c(A), marker(A), jaeger(B, C)], JaegerLater, B, B),
        (vec![w3c(A), marker(A), jaeger(B, "0")], JaegerLater, B, B),
        (vec![w3c(A), marker(B), jaeger(B, "0")], W3cLater, A, A),
        (vec![w3c(A), marker(B), jaeger(B, C)], W3cLater, A, A),
        (vec![w3c(A), marker(C), jaeger(B, C)], Undecided, A, B),
        // A marker of old: somebody who speaks both and leaves none has written since.
        (vec![w3c(A), marker(C), jaeger(B, A)], JaegerLater, B, B),
        (
            vec![w3c(A), marker("corrupt"), jaeger(B, A)],
            JaegerLater,
            B,
            B,
        ),
        (
            vec![w3c(A), marker("AAAAAAAAAAAAAAAA"), jaeger(B, "0")],
            Undecided,
            A,
            B,
        ),
        // No marker.
        (vec![w3c(A), jaeger(B, A)], JaegerLater, B, B),
        (vec![w3c(A), jaeger(B, C)], Undecided, A, B),
        (vec![w3c(A), jaeger(B, "0")], Undecided, A, B),
        // Two traces.
        (vec![w3c(A), conflict()], Conflict, A, B),
        (vec![w3c(A), marker(A), conflict()], Conflict, A, B),
        (vec![w3c(A), marker(B), conflict()], Conflict, A, B),
        // What is refused counts as absent.
        (vec![w3c(A), corrupt_jaeger()], W3cOnly, A, A),
        (vec![w3c(A), zero_jaeger()], W3cOnly, A, A),
        (vec![corrupt_w3c(), jaeger(A, "0")], JaegerOnly, A, A),
        (vec![zero_w3c(), jaeger(A, "0")], JaegerOnly, A, A),
        (vec![corrupt_w3c(), corrupt_jaeger()], Nothing, "-", "-"),
        (vec![marker(A), jaeger(B, "0")], JaegerOnly, B, B),
    ] {
        for (preferred, parent) in [
            (Dialect::W3c, parent),
            (Dialect::Jaeger, parent_if_jaeger_is_preferred),
        ] {
            let (context, seen) = extract(Fleet::builder().prefer(preferred), &headers);

            assert_eq!(seen.verdict, verdict, "{headers:?}");
            assert_eq!(span_id(&context), parent, "{headers:?}");
            let trace = match (verdict, preferred) {
                (Conflict, Dialect::Jaeger) => OTHER_TRACE,
                _ => TRACE,
            };
            assert!(!context.is_valid() || context.trace_id().to_string() == trace);
        }
    }
}

#[test]
fn the_tracestate_stays_with_the_trace() {
    let conflict = header("uber-trace-id", &format!("{OTHER_TRACE}:{B}:0:1"));
    for (headers, preferred, has_state) in [
        (vec![w3c(A), marker(A), jaeger(A, "0")], Dialect::W3c, true),
        (vec![w3c(A), marker(A), jaeger(B, A)], Dialect::W3c, true),
        (vec![w3c(A), marker(C), jaeger(B, C)], Dialect::Jaeger, true),
        (
            vec![w3c(A), marker(A), conflict.clone()],
            Dialect::W3c,
            true,
        ),
        (vec![w3c(A), marker(A), conflict], Dialect::Jaeger, false),
        (vec![marker(A), jaeger(B, A)], Dialect::W3c, false),
    ] {
        let (context, _) = extract(Fleet::builder().prefer(preferred), &headers);

        let vendor = context.trace_state().get("vendor");
        assert_eq!(vendor.is_some(), has_state, "{headers:?}");
    }
}

#[test]
fn of_one_trace_it_is_enough_that_one_header_is_sampled() {
    const RANDOM: u8 = 0x02;
    const DEBUG: u8 = 0x04;

    let both = |w3c_flags: &str, jaeger_trace: &str, jaeger_span: &str, jaeger_flags: &str| {
        let headers = [
            header("traceparent", &format!("00-{TRACE}-{A}-{w3c_flags}")),
            header(
                "uber-trace-id",
                &format!("{jaeger_trace}:{jaeger_span}:{A}:{jaeger_flags}"),
            ),
        ];
        extract(Fleet::builder(), &headers).0.trace_flags().to_u8()
    };
    for (w3c_flags, jaeger_flags, flags) in [
        ("00", "0", 0),
        ("00", "1", 1),
        ("01", "0", 1),
        ("01", "1", 1),
        ("01", "3", 1 | DEBUG),
        ("00", "3", 1 | DEBUG),
        ("02", "1", 1 | RANDOM),
        ("03", "0", 1 | RANDOM),
        // What W3C leaves to later versions is no debug flag.
        ("04", "0", 0),
        ("05", "1", 1),
    ] {
        assert_eq!(both(w3c_flags, TRACE, A, jaeger_flags), flags, "same span");
        assert_eq!(
            both(w3c_flags, TRACE, B, jaeger_flags),
            flags,
            "Jaeger later"
        );
    }
    assert_eq!(both("00", OTHER_TRACE, B, "3"), 0, "another trace");
}

#[test]
fn f9_without_a_valid_header_a_debug_id_asks_for_a_trace() {
    let debug_id = || header("jaeger-debug-id", "me");
    let corrupt = || header("uber-trace-id", "corrupt");
    for (headers, is_forced) in [
        (vec![debug_id()], true),
        (vec![debug_id(), corrupt()], true),
        (
            vec![
                debug_id(),
                header("traceparent", &format!("00-{TRACE}-{A}-00")),
            ],
            false,
        ),
    ] {
        let (context, seen) = extract(Fleet::builder(), &headers);

        assert_eq!(context.is_sampled(), is_forced);
        assert_eq!(seen.debug_id, is_forced);
        assert_ne!(context.is_valid(), is_forced);
    }
}

#[test]
fn f6_baggage_alone_is_kept_and_leaves_no_span() {
    for name in ["baggage", "uberctx-k", "jaeger-baggage"] {
        let (cx, seen) = extract_into(&Context::new(), Fleet::builder(), &[header(name, "k=v")]);

        assert!(cx.baggage().get("k").is_some(), "{name}");
        assert!(!cx.has_active_span());
        assert_eq!(seen.verdict, Verdict::Nothing);
        assert_eq!(seen.baggage, name == "baggage");
        assert_eq!(seen.uberctx, name != "baggage");
    }
}

#[test]
fn baggage_is_united_in_the_order_of_precedence() {
    let before =
        Context::new().with_baggage(["a", "b", "c", "d"].map(|key| KeyValue::new(key, "context")));
    let headers = [
        header("baggage", "a=w3c;p"),
        header("uberctx-a", "jaeger"),
        header("uberctx-b", "jaeger"),
        header("jaeger-baggage", "a=hand,b=hand,c=hand"),
    ];

    let (cx, _) = extract_into(&before, Fleet::builder(), &headers);

    let value = |key| cx.baggage().get(key).map(|value| value.as_str());
    let values = ["a", "b", "c", "d"].map(value);
    assert_eq!(
        values,
        [Some("w3c"), Some("jaeger"), Some("hand"), Some("context")]
    );
    let (_, metadata) = cx.baggage().get_with_metadata("a").expect("just seen");
    assert_eq!(metadata.as_str(), "p");
}

#[test]
fn a_dialect_that_is_not_read_does_not_count() {
    let headers = [
        w3c(A),
        jaeger(B, A),
        header("baggage", "k=w3c"),
        header("uberctx-k", "jaeger"),
    ];
    for (dialects, verdict, parent, value) in [
        (Dialects::Both, Verdict::JaegerLater, B, "w3c"),
        (Dialects::W3c, Verdict::W3cOnly, A, "w3c"),
        (Dialects::Jaeger, Verdict::JaegerOnly, B, "jaeger"),
    ] {
        let (cx, seen) = extract_into(
            &Context::new(),
            Fleet::builder().extract(dialects),
            &headers,
        );

        assert_eq!(seen.verdict, verdict);
        assert_eq!(span_id(cx.span().span_context()), parent);
        assert_eq!(
            cx.baggage().get("k").map(|value| value.as_str()),
            Some(value)
        );
    }
    let debug_id = [header("jaeger-debug-id", "me")];
    let (context, _) = extract(Fleet::builder().extract(Dialects::W3c), &debug_id);
    assert!(!context.is_sampled());
}

#[test]
fn the_hook_is_told_the_state_of_each_header() {
    for (headers, traceparent, uber_trace_id, is_old) in [
        (vec![], Header::Absent, Header::Absent, false),
        (vec![w3c(A)], Header::Valid, Header::Absent, false),
        (
            vec![w3c(A), jaeger(A, "0")],
            Header::Valid,
            Header::Valid,
            false,
        ),
        (
            vec![w3c(A), marker(B), jaeger(B, "0")],
            Header::Valid,
            Header::Valid,
            false,
        ),
        (
            vec![w3c(A), marker(A), jaeger(B, A)],
            Header::Valid,
            Header::Valid,
            true,
        ),
        (
            vec![w3c(A), jaeger(B, "0")],
            Header::Valid,
            Header::Valid,
            true,
        ),
        (vec![jaeger(A, "0")], Header::Absent, Header::Valid, true),
        (
            vec![header("traceparent", "x")],
            Header::Corrupt,
            Header::Absent,
            false,
        ),
        (
            vec![header("uber-trace-id", "x")],
            Header::Absent,
            Header::Corrupt,
            true,
        ),
        (
            vec![header("uberctx-k", "v")],
            Header::Absent,
            Header::Absent,
            true,
        ),
        (
            vec![header("tracestate", "a=b")],
            Header::Absent,
            Header::Absent,
            false,
        ),
    ] {
        let (_, seen) = extract(Fleet::builder(), &headers);

        assert_eq!(seen.traceparent, traceparent, "{headers:?}");
        assert_eq!(seen.uber_trace_id, uber_trace_id, "{headers:?}");
        assert_eq!(seen.is_from_old_service(), is_old, "{headers:?}");
    }
}

#[test]
fn two_traces_leave_the_other_one_beside_the_chosen_one() {
    let headers = [
        w3c(A),
        header("uber-trace-id", &format!("{OTHER_TRACE}:{B}:0:1")),
    ];
    for (preferred, other, trace) in [
        (Dialect::W3c, Dialect::Jaeger, OTHER_TRACE),
        (Dialect::Jaeger, Dialect::W3c, TRACE),
    ] {
        let fleet = Fleet::builder().prefer(preferred);
        let (cx, _) = extract_into(&Context::new(), fleet, &headers);

        let conflict = ConflictingContext::of(&cx).expect("two traces");
        assert_eq!(conflict.dialect(), other);
        assert_eq!(conflict.span_context().trace_id().to_string(), trace);
        assert_eq!(
            conflict.link().attributes,
            [KeyValue::new(ConflictingContext::ATTRIBUTE, other.as_str())]
        );
        // Whatever starts from here has another span, and with it no conflict of its own.
        let child = cx.with_remote_span_context(SpanContext::empty_context());
        assert_eq!(ConflictingContext::of(&child), None);
    }
    let (cx, _) = extract_into(&Context::new(), Fleet::builder(), &[w3c(A), jaeger(B, C)]);
    assert_eq!(ConflictingContext::of(&cx), None);
}

#[test]
fn what_the_context_had_before_gives_way_to_what_is_valid_alone() {
    let (before, _) = extract_into(&Context::new(), Fleet::builder(), &[w3c(C)]);

    for (headers, parent) in [
        (vec![w3c(A)], A),
        (vec![jaeger(B, "0")], B),
        (vec![header("traceparent", "corrupt")], C),
        (vec![header("jaeger-debug-id", "me")], C),
        (vec![], C),
    ] {
        let (cx, _) = extract_into(&before, Fleet::builder(), &headers);

        assert_eq!(span_id(cx.span().span_context()), parent, "{headers:?}");
    }
}
