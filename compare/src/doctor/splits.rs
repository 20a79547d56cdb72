//! Traces that begin where another one calls.
//!
//! A server without a parent is compared with the clients that nobody answered: the name, the peer or the queue has to
//! agree, and the times.

use std::collections::{HashMap, HashSet};

use super::{Edge, Examined, Findings, Found, Patient, Problem, edge};
use crate::model::{Kind, Span, SpanId, TraceId, Value};
use crate::pages;

pub(super) fn examine(patient: &Patient<'_>, findings: &mut Findings) {
    let callers = Callers::of(patient);
    let linked = Linked::of(patient);
    let mut beginnings: HashMap<(&str, &str), Vec<&Span>> = HashMap::new();
    let mut torn: HashMap<Edge, Vec<(&Span, &Span)>> = HashMap::new();
    for trace in &patient.traces {
        for &top in &trace.forest.tops {
            let span = &trace.spans[top];
            if span.parent.is_some() {
                continue;
            }
            if let Some(followed) = linked.followed_by(span) {
                let found = Found::new(
                    "it begins a trace and only links to the span that it follows",
                    "a reference of the type FOLLOWS_FROM became a link alone: where it is the only one, it is the parent, too",
                    pages::NAMES,
                );
                findings.add(Problem::SplitTrace, edge(followed, span), span, &found);
            } else if !span.kind.is_called() {
                let key = (&*span.service, &*span.name);
                beginnings.entry(key).or_default().push(span);
            } else if let Some(caller) = callers.of_entry(span) {
                let edge = edge(caller, span);
                torn.entry(edge).or_default().push((caller, span));
            }
        }
    }
    for (edge, calls) in torn {
        let unpadded = are_unpadded(&calls);
        for (_, span) in calls {
            findings.add(
                Problem::SplitTrace,
                edge.clone(),
                span,
                &of_call(span, unpadded),
            );
        }
    }
    let requests = Requests::of(patient);
    for spans in beginnings.into_values() {
        for (request, span) in requests.all_around(spans) {
            let found = Found::new(
                "the span begins a trace while its service is at work in another",
                "the context was lost within the service: a task that was spawned without it, or a span that was not active when this one began",
                pages::TASKS,
            );
            findings.add(Problem::SplitTrace, edge(request, span), span, &found);
        }
    }
}

/// What is found of a server or consumer that its caller's context did not reach.
fn of_call(span: &Span, unpadded: bool) -> Found<'static> {
    let is_message = span.kind == Kind::Consumer;
    let detail = if is_message {
        "the message is handled in a trace of its own"
    } else {
        "the call is served in a trace of its own"
    };
    let (cause, page) = if unpadded {
        (
            "ids are written into the headers without their leading zeros: all of these calls have one that begins with a zero",
            pages::IDS,
        )
    } else if is_message {
        (
            "its headers carry no context, or one that the consumer does not read",
            pages::HEADERS,
        )
    } else {
        (
            "no trace headers are written, or not those that are read: is a propagator installed, and the same on both sides?",
            pages::HEADERS,
        )
    };
    Found::new(detail, cause, page)
}

/// Whether the callers' ids begin with a zero: by chance one of a call's two ids does in one call of eight.
fn are_unpadded(calls: &[(&Span, &Span)]) -> bool {
    /// By chance once in five hundred times.
    const ENOUGH: usize = 3;
    // More of them are no chance: that is how whoever makes the ids makes all of them.
    let few = |leading: u32| (1..=3).contains(&(leading / 4));
    let begins_with_zero = |caller: &Span| {
        let high = (caller.trace_id.0 >> 64) as u64;
        // With an empty upper half it is an id of 64 bits.
        let first = if high == 0 {
            caller.trace_id.0 as u64
        } else {
            high
        };
        few(first.leading_zeros()) || few(caller.span_id.0.leading_zeros())
    };
    calls.len() >= ENOUGH && calls.iter().all(|(caller, _)| begins_with_zero(caller))
}

/// Calls and messages that nobody took up, by what could name who did.
struct Callers<'a> {
    by_clue: HashMap<Clue<'a>, Vec<&'a Span>>,
}

/// What both ends of an edge have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Clue<'a> {
    /// The client's name, and its server's.
    Name(&'a str),
    /// The peer that the client names, and the server's service.
    Peer(&'a str),
    /// The queue.
    Destination(&'a str),
}

impl<'a> Callers<'a> {
    fn of(patient: &Patient<'a>) -> Self {
        let mut by_clue: HashMap<Clue<'a>, Vec<&'a Span>> = HashMap::new();
        for (trace, at, span) in patient.spans() {
            if !span.kind.calls_out() || is_answered(trace, at) {
                continue;
            }
            let peer = text(span, ["peer.service", "service.peer.name"]).map(Clue::Peer);
            let clues = [Some(Clue::Name(&span.name)), peer, destination(span)];
            for clue in clues.into_iter().flatten() {
                by_clue.entry(clue).or_default().push(span);
            }
        }
        for callers in by_clue.values_mut() {
            callers.sort_by_key(|caller| caller.start);
        }
        Self { by_clue }
    }

    /// The nearest caller in time that a server or consumer without a parent may belong to.
    fn of_entry(&self, entry: &Span) -> Option<&'a Span> {
        let clues = [
            Some(Clue::Name(&entry.name)),
            Some(Clue::Peer(&entry.service)),
            destination(entry),
        ];
        let candidates = clues.into_iter().flatten().filter_map(|clue| {
            let callers = self.by_clue.get(&clue)?;
            let began_before = callers.partition_point(|caller| caller.start <= entry.start);
            let recent = callers[..began_before].iter().rev().take(NEAREST).copied();
            let mut recent = recent.filter(|caller| caller.trace_id != entry.trace_id);
            recent.find(|caller| fits(caller, entry))
        });
        candidates.max_by_key(|caller| caller.start)
    }
}

/// How many earlier ones are looked at.
const NEAREST: usize = 64;

fn fits(caller: &Span, entry: &Span) -> bool {
    match (caller.kind, entry.kind) {
        // A message may be handled at any time afterwards.
        (Kind::Producer, Kind::Consumer) => true,
        (Kind::Client, Kind::Server) => entry.start <= caller.end,
        _ => false,
    }
}

fn is_answered(trace: &Examined<'_>, at: usize) -> bool {
    let service = &trace.spans[at].service;
    trace
        .children(at)
        .any(|child| child.kind.is_called() || child.service != *service)
}

fn destination(span: &Span) -> Option<Clue<'_>> {
    text(
        span,
        ["message_bus.destination", "messaging.destination.name"],
    )
    .map(Clue::Destination)
}

fn text<'a>(span: &'a Span, keys: [&str; 2]) -> Option<&'a str> {
    keys.into_iter()
        .find_map(|key| span.attribute(key).and_then(Value::as_str))
}

/// Spans that others link to.
struct Linked<'a> {
    by_id: HashMap<(TraceId, SpanId), &'a Span>,
}

impl<'a> Linked<'a> {
    fn of(patient: &Patient<'a>) -> Self {
        let links = patient.spans().flat_map(|(_, _, span)| &span.links);
        let wanted: HashSet<_> = links.map(|link| (link.trace_id, link.span_id)).collect();
        let by_id = patient
            .spans()
            .map(|(_, _, span)| ((span.trace_id, span.span_id), span))
            .filter(|(id, _)| wanted.contains(id));
        Self {
            by_id: by_id.collect(),
        }
    }

    /// The span of another trace that is the only one to which this one links. With more than one, it is a batch.
    fn followed_by(&self, span: &Span) -> Option<&'a Span> {
        let [link] = &*span.links else {
            return None;
        };
        let followed = self.by_id.get(&(link.trace_id, link.span_id))?;
        (followed.trace_id != span.trace_id).then_some(followed)
    }
}

/// Spans by which services take up work, by service, in the order of their start.
struct Requests<'a> {
    by_service: HashMap<&'a str, Vec<&'a Span>>,
}

impl<'a> Requests<'a> {
    fn of(patient: &Patient<'a>) -> Self {
        let mut by_service: HashMap<&'a str, Vec<&'a Span>> = HashMap::new();
        for (_, _, span) in patient.spans().filter(|(_, _, span)| span.kind.is_called()) {
            by_service.entry(&span.service).or_default().push(span);
        }
        for spans in by_service.values_mut() {
            spans.sort_by_key(|span| span.start);
        }
        Self { by_service }
    }

    /// Spans of one name without a parent, each with the request during which it began; none at all if it may be chance. On a
    /// busy service any work of its own begins during some request. But only work that belongs to them begins during each.
    fn all_around<'s>(&self, mut spans: Vec<&'s Span>) -> Vec<(&'a Span, &'s Span)> {
        let first = spans.first().expect("a group has a member");
        let Some(requests) = self.by_service.get(&*first.service) else {
            return Vec::new();
        };
        let Some(example) = around(requests, first) else {
            return Vec::new();
        };
        let named = requests.iter().copied();
        let requests: Vec<_> = named
            .filter(|request| request.name == example.name)
            .collect();
        let pairs: Vec<_> = spans
            .iter()
            .filter_map(|span| Some((around(&requests, span)?, *span)))
            .collect();
        spans.sort_by_key(|span| span.start);
        let begins_during = |request: &&Span| {
            let after = spans.partition_point(|span| span.start < request.start);
            spans
                .get(after)
                .is_some_and(|span| span.start < request.end)
        };
        if pairs.len() == spans.len() && requests.iter().all(begins_during) {
            pairs
        } else {
            Vec::new()
        }
    }
}

/// The latest request in another trace during which a span began.
fn around<'a>(requests: &[&'a Span], span: &Span) -> Option<&'a Span> {
    let began_before = requests.partition_point(|request| request.start <= span.start);
    let mut recent = requests[..began_before].iter().rev().take(NEAREST).copied();
    recent.find(|request| request.trace_id != span.trace_id && request.end > span.start)
}
