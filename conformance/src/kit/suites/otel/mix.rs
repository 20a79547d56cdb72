//! Both APIs in one call chain of three levels, each level inside the one before: OpenTelemetry, OpenTracing, OpenTelemetry,
//! and the other way around.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};

use super::case;
use super::interop::assert_chain;
use crate::kit::ask::items;
use crate::kit::{Capability, Case, Subject};

const IDS: &[Capability] = &[Capability::Native, Capability::Identity, Capability::Scopes];
const VALUES: &[Capability] = &[Capability::Native, Capability::Scopes];
const BAGGAGE: &[Capability] = &[Capability::Native, Capability::Scopes, Capability::Baggage];

/// Two cases for each line, one for each order: id, name in Go, what is needed, body.
macro_rules! in_both_orders {
    ($($id:literal, $origin:literal, $needs:path, $body:path;)+) => {
        &[$(
            case(concat!("otel.mix.", $id, ".otel_ot_otel"), $origin, $needs, |subject| {
                $body(subject, [Api::OpenTelemetry, Api::OpenTracing, Api::OpenTelemetry]);
            }),
            case(concat!("otel.mix.", $id, ".ot_otel_ot"), $origin, $needs, |subject| {
                $body(subject, [Api::OpenTracing, Api::OpenTelemetry, Api::OpenTracing]);
            }),
        )+]
    };
}

pub(super) const CASES: &[Case] = in_both_orders! {
    "simple", "simpleTest", IDS, simple;
    "current_active_span", "currentActiveSpanTest", IDS, current_active_span;
    "context_intact", "contextIntactTest", VALUES, context_intact;
    "baggage_items_preservation", "baggageItemsPreservationTest", BAGGAGE, baggage_items_preservation;
    "baggage_interoperation", "baggageInteroperationTest", BAGGAGE, baggage_interoperation;
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    OpenTelemetry,
    OpenTracing,
}

type Order = [Api; 3];

const NAMES: [&str; 3] = ["1", "2", "3"];

/// Opens a span for each level, inside the one before, and calls `inside` with the level's position. The levels of the
/// APIs in `baggage` set an item, whose key is the name of the level.
fn descend(subject: &Subject, order: Order, baggage: &[Api], inside: &mut dyn FnMut(usize)) {
    level(subject, &order, 0, baggage, inside);
}

fn level(
    subject: &Subject,
    order: &Order,
    depth: usize,
    baggage: &[Api],
    inside: &mut dyn FnMut(usize),
) {
    let Some(api) = order.get(depth) else { return };
    let name = NAMES[depth];
    let sets_baggage = baggage.contains(api);
    let mut rest = || {
        inside(depth);
        level(subject, order, depth + 1, baggage, &mut *inside);
    };
    match api {
        Api::OpenTelemetry => {
            let mut cx = subject.otel().start(name);
            if sets_baggage {
                let items = native_items(&cx).into_iter().chain([name.to_owned()]);
                cx = cx.with_baggage(items.map(|key| KeyValue::new(key, "set")));
            }
            let attached = cx.clone().attach();
            rest();
            drop(attached);
            cx.span().end();
        }
        Api::OpenTracing => {
            let span = subject.tracer.build_span(name).start();
            if sets_baggage {
                span.set_baggage_item(name, "set");
            }
            let _scope = span.activate().finish_on_close(true);
            rest();
        }
    }
}

/// The keys of the baggage in a context, in their order.
fn native_items(cx: &Context) -> Vec<String> {
    let mut keys: Vec<_> = cx
        .baggage()
        .iter()
        .map(|(key, _)| key.as_str().to_owned())
        .collect();
    keys.sort_unstable();
    keys
}

/// The id of the active span in the view of either API: OpenTracing, OpenTelemetry.
fn active_ids(subject: &Subject) -> (String, String) {
    let ours = subject.tracer.active_span().expect("one is active");
    let theirs = Context::map_current(|cx| cx.span().span_context().span_id().to_string());
    (ours.context().to_span_id(), theirs)
}

fn simple(subject: &Subject, order: Order) {
    let mut traces = Vec::new();
    descend(subject, order, &[], &mut |_| {
        let active = subject.tracer.active_span().expect("one is active");
        traces.push(active.context().to_trace_id());
    });

    assert!(!traces[0].is_empty());
    assert!(
        traces.iter().all(|trace| *trace == traces[0]),
        "one trace: {traces:?}"
    );
    subject.assert_finished(&["3", "2", "1"]);
    assert_chain(subject, &NAMES);
}

fn current_active_span(subject: &Subject, order: Order) {
    let mut seen = Vec::new();
    descend(subject, order, &[], &mut |_| {
        let (ours, theirs) = active_ids(subject);
        assert_eq!(ours, theirs, "both APIs see the same span");
        assert!(!seen.contains(&ours), "each level has its own");
        seen.push(ours);
    });

    assert_eq!(seen.len(), NAMES.len());
    subject.assert_none_active();
    assert!(!Context::map_current(TraceContextExt::has_active_span));
}

fn context_intact(subject: &Subject, order: Order) {
    /// A value that is nobody's business but the program's.
    #[derive(Debug, PartialEq)]
    struct Value(u32);

    let attached = Context::current().with_value(Value(7)).attach();
    let mut levels = 0;
    descend(subject, order, &[], &mut |_| {
        Context::map_current(|cx| assert_eq!(cx.get(), Some(&Value(7))));
        levels += 1;
    });
    Context::map_current(|cx| assert_eq!(cx.get(), Some(&Value(7))));
    drop(attached);

    assert_eq!(levels, NAMES.len());
    Context::map_current(|cx| assert_eq!(cx.get::<Value>(), None));
}

/// What OpenTracing levels set is there in those below, whatever lies between, as OpenTracing sees it.
fn baggage_items_preservation(subject: &Subject, order: Order) {
    descend(subject, order, &[Api::OpenTracing], &mut |depth| {
        let expected = set_so_far(order, depth, &[Api::OpenTracing]);
        assert_eq!(our_keys(subject), expected);
    });
}

/// What either API sets is there in all levels below, in the view of either.
fn baggage_interoperation(subject: &Subject, order: Order) {
    let both = [Api::OpenTelemetry, Api::OpenTracing];
    descend(subject, order, &both, &mut |depth| {
        let expected = set_so_far(order, depth, &both);
        assert_eq!(our_keys(subject), expected, "as OpenTracing sees it");
        let theirs = Context::map_current(native_items);
        assert_eq!(theirs, expected, "as OpenTelemetry sees it");
    });
}

/// The keys of the active span's baggage; a native span without ids and baggage is none.
fn our_keys(subject: &Subject) -> Vec<String> {
    let context = subject.tracer.active_span().map(|span| span.context());
    let items = items(&context.unwrap_or_default()).into_iter();
    items.map(|(key, _)| key).collect()
}

fn set_so_far(order: Order, depth: usize, by: &[Api]) -> Vec<String> {
    NAMES[..=depth]
        .iter()
        .zip(order)
        .filter(|(_, api)| by.contains(api))
        .map(|(name, _)| (*name).to_owned())
        .collect()
}
