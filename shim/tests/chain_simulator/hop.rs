//! The services of the simulation.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry_sdk::propagation::TraceContextPropagator as SdkTraceContext;
use opentracing_shim::propagation::{ConflictingContext, Dialect, Fleet, Seen, Verdict};

type Headers = HashMap<String, String>;

/// Which headers a service understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `uber-trace-id`, as a Jaeger client of old: the parent goes out as well, ids without leading zeros.
    Legacy,
    /// `traceparent`, with the SDK's propagator.
    W3c,
    /// Both, with the one under test.
    Dual,
}

/// One service of a chain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) kind: Kind,
    /// Whether headers that it does not understand go out as they came in.
    pub(crate) forwards: bool,
}

impl Hop {
    pub(crate) const ALL: [Self; 6] = [
        Self::new(Kind::Legacy, false),
        Self::new(Kind::Legacy, true),
        Self::new(Kind::W3c, false),
        Self::new(Kind::W3c, true),
        Self::new(Kind::Dual, false),
        Self::new(Kind::Dual, true),
    ];

    const fn new(kind: Kind, forwards: bool) -> Self {
        Self { kind, forwards }
    }
}

impl fmt::Debug for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let forwards = if self.forwards { "+" } else { "" };
        write!(f, "{:?}{forwards}", self.kind)
    }
}

/// What a service recorded. Spans and traces go by the place in the chain: a trace by the place of its root.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) place: usize,
    pub(crate) trace: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) linked: Option<usize>,
    /// Of services that speak both.
    pub(crate) verdict: Option<Verdict>,
}

impl Span {
    fn new(place: usize, received: &SpanContext) -> Self {
        if received.is_valid() {
            let root = u128::from_be_bytes(received.trace_id().to_bytes()) & u128::from(u64::MAX);
            Self {
                trace: usize::try_from(root).expect("a place") - 1,
                parent: Some(place_of(received)),
                ..Self::root(place)
            }
        } else {
            Self::root(place)
        }
    }

    fn root(place: usize) -> Self {
        Self {
            place,
            trace: place,
            parent: None,
            linked: None,
            verdict: None,
        }
    }

    /// Whether a service that speaks both took another one than its caller for its parent, and no conflict excuses it.
    pub(crate) fn is_misplaced(&self) -> bool {
        self.verdict
            .is_some_and(|verdict| verdict != Verdict::Conflict)
            && self.place > 0
            && self.parent != Some(self.place - 1)
    }

    fn trace_id(&self) -> u128 {
        (0xabcd << 64) | (self.trace as u128 + 1)
    }

    fn span_id(place: usize) -> u64 {
        place as u64 + 1
    }

    fn context(&self, state: TraceState) -> SpanContext {
        SpanContext::new(
            self.trace_id().into(),
            Self::span_id(self.place).into(),
            TraceFlags::SAMPLED,
            false,
            state,
        )
    }
}

fn place_of(context: &SpanContext) -> usize {
    usize::try_from(u64::from_be_bytes(context.span_id().to_bytes())).expect("a place") - 1
}

/// All services, which keep nothing from one chain to the next.
pub(crate) struct Services {
    fleet: Fleet,
    seen: Arc<Mutex<Option<Seen>>>,
}

impl Services {
    pub(crate) fn new(marker: bool, preferred: Dialect) -> Self {
        let seen: Arc<Mutex<Option<Seen>>> = Arc::default();
        let last = seen.clone();
        let mut fleet = Fleet::builder()
            .prefer(preferred)
            .on_extract(move |seen| *last.lock().expect("no panic") = Some(*seen));
        if !marker {
            fleet = fleet.without_marker();
        }
        Self {
            fleet: fleet.build(),
            seen,
        }
    }

    /// One request through the chain.
    pub(crate) fn run(&self, chain: &[Hop]) -> Vec<Span> {
        let mut headers = Headers::new();
        let mut spans = Vec::new();
        for (place, hop) in chain.iter().enumerate() {
            let (span, written) = match hop.kind {
                Kind::Legacy => legacy(place, &headers),
                Kind::W3c => w3c(place, &headers),
                Kind::Dual => self.dual(place, &headers),
            };
            if !hop.forwards {
                headers.clear();
            }
            headers.extend(written);
            spans.push(span);
        }
        spans
    }

    fn dual(&self, place: usize, headers: &Headers) -> (Span, Headers) {
        let cx = self.fleet.extract_with_context(&Context::new(), headers);
        let received = cx.span().span_context().clone();
        let mut span = Span::new(place, &received);
        span.linked = ConflictingContext::of(&cx).map(|conflict| place_of(conflict.span_context()));
        let seen = self.seen.lock().expect("no panic").take();
        span.verdict = seen.map(|seen| seen.verdict);
        let context = span.context(received.trace_state().clone());
        (span, inject(&self.fleet, context))
    }
}

fn w3c(place: usize, headers: &Headers) -> (Span, Headers) {
    let propagator = SdkTraceContext::new();
    let cx = propagator.extract_with_context(&Context::new(), headers);
    let received = cx.span().span_context().clone();
    let span = Span::new(place, &received);
    let context = span.context(received.trace_state().clone());
    (span, inject(&propagator, context))
}

fn inject(propagator: &dyn TextMapPropagator, context: SpanContext) -> Headers {
    let mut headers = Headers::new();
    let cx = Context::new().with_remote_span_context(context);
    propagator.inject_context(&cx, &mut headers);
    headers
}

/// Owes nothing to the code under test.
fn legacy(place: usize, headers: &Headers) -> (Span, Headers) {
    let received = headers
        .get("uber-trace-id")
        .map_or(SpanContext::NONE, |header| {
            let parts: Vec<&str> = header.split(':').collect();
            let number = |part: usize| u128::from_str_radix(parts[part], 16).expect("a number");
            SpanContext::new(
                number(0).into(),
                u64::try_from(number(1)).expect("64 bits").into(),
                TraceFlags::SAMPLED,
                true,
                TraceState::NONE,
            )
        });
    let span = Span::new(place, &received);
    let parent = span.parent.map_or(0, Span::span_id);
    let header = format!(
        "{:x}:{:x}:{parent:x}:1",
        span.trace_id(),
        Span::span_id(place)
    );
    (span, Headers::from([("uber-trace-id".to_owned(), header)]))
}
