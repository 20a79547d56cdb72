//! Traces that begin where another one calls.
//!
//! A server without a parent is compared with the clients that nobody answered: the name, the peer or the queue has to
//! agree, and the times; and nothing that both say may differ.

use std::collections::{HashMap, HashSet};

use super::peer::{Address, Peer, is_a_bare_method, is_of_a_database, text};
use super::{Edge, Examined, Findings, Found, Patient, Problem, edge};
use crate::model::{Kind, Link, Span, SpanId, TraceId};
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
            if let Some((followed, link)) = linked.followed_by(span) {
                let found = of_link(span, link);
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

/// What is found of a span that begins a trace and links to another one. OpenTelemetry's conventions want that of messages,
/// and it is right for jobs, and where callers are not trusted. Only a link that is told to be a reference was none once.
fn of_link(span: &Span, link: &Link) -> Found<'static> {
    let detail = "it begins a trace and only links to the span that it follows";
    if link.is_reference && span.kind != Kind::Server {
        Found::new(
            detail,
            "a reference of the type FOLLOWS_FROM became a link alone: where it is the only one, it is the parent, too",
            pages::NAMES,
        )
    } else {
        Found {
            may_be_meant: true,
            ..Found::new(
                detail,
                "by design; or a reference of the type FOLLOWS_FROM became a link alone: where it is the only one, it is the parent, too",
                pages::NAMES,
            )
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
    by_clue: HashMap<Clue<'a>, Vec<Caller<'a>>>,
}

#[derive(Clone, Copy)]
struct Caller<'a> {
    span: &'a Span,
    peer: Peer<'a>,
    destination: Option<&'a str>,
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

impl<'a> Clue<'a> {
    /// Every client and every server may have the name of a method.
    fn name(span: &'a Span) -> Option<Self> {
        (!is_a_bare_method(&span.name)).then_some(Self::Name(&span.name))
    }
}

impl<'a> Callers<'a> {
    fn of(patient: &Patient<'a>) -> Self {
        let mut by_clue: HashMap<Clue<'a>, Vec<Caller<'a>>> = HashMap::new();
        for (trace, at, span) in patient.spans() {
            if !span.kind.calls_out() || is_answered(trace, at) || is_of_a_database(span) {
                continue;
            }
            let caller = Caller {
                span,
                peer: Peer::of(span),
                destination: destination(span),
            };
            let clues = [
                Clue::name(span),
                caller.peer.service.map(Clue::Peer),
                caller.destination.map(Clue::Destination),
            ];
            for clue in clues.into_iter().flatten() {
                by_clue.entry(clue).or_default().push(caller);
            }
        }
        for callers in by_clue.values_mut() {
            callers.sort_by_key(|caller| caller.span.start);
        }
        Self { by_clue }
    }

    /// The nearest caller in time that a server or consumer without a parent may belong to.
    fn of_entry(&self, span: &Span) -> Option<&'a Span> {
        let entry = Entry {
            span,
            address: Address::of_server(span),
            destination: destination(span),
        };
        let clues = [
            Clue::name(span),
            Some(Clue::Peer(&span.service)),
            entry.destination.map(Clue::Destination),
        ];
        let candidates = clues.into_iter().flatten().filter_map(|clue| {
            let callers = self.by_clue.get(&clue)?;
            let began_before = callers.partition_point(|caller| caller.span.start <= span.start);
            let mut recent = callers[..began_before].iter().rev().take(NEAREST);
            recent.find(|caller| entry.may_be_of(caller))
        });
        let nearest = candidates.max_by_key(|caller| caller.span.start);
        nearest.map(|caller| caller.span)
    }
}

/// How many earlier ones are looked at.
const NEAREST: usize = 64;

/// A server or consumer without a parent.
struct Entry<'a> {
    span: &'a Span,
    address: Option<Address<'a>>,
    destination: Option<&'a str>,
}

impl Entry<'_> {
    fn may_be_of(&self, caller: &Caller<'_>) -> bool {
        let service = &*self.span.service;
        let agrees = match (caller.span.kind, self.span.kind) {
            // A message may be handled at any time afterwards, and by who sent it.
            (Kind::Producer, Kind::Consumer) => {
                let queues = caller.destination.zip(self.destination);
                queues.is_none_or(|(one, other)| one == other)
            }
            // Who calls itself says so.
            (Kind::Client, Kind::Server) => {
                self.span.start <= caller.span.end
                    && !caller.peer.contradicts(service, self.address)
                    && (*caller.span.service != *service || caller.peer.service.is_some())
            }
            _ => false,
        };
        agrees && caller.span.trace_id != self.span.trace_id
    }
}

fn is_answered(trace: &Examined<'_>, at: usize) -> bool {
    let service = &trace.spans[at].service;
    trace
        .children(at)
        .any(|child| child.kind.is_called() || child.service != *service)
}

fn destination(span: &Span) -> Option<&str> {
    let keys = ["message_bus.destination", "messaging.destination.name"];
    text(span, &keys)
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
    fn followed_by<'s>(&self, span: &'s Span) -> Option<(&'a Span, &'s Link)> {
        let [link] = &*span.links else {
            return None;
        };
        let followed = self.by_id.get(&(link.trace_id, link.span_id))?;
        (followed.trace_id != span.trace_id).then_some((followed, link))
    }
}

/// Spans by which services take up work, in the order of their start.
struct Requests<'a> {
    by_service: HashMap<&'a str, Vec<&'a Span>>,
    by_name: HashMap<(&'a str, &'a str), Vec<&'a Span>>,
}

impl<'a> Requests<'a> {
    fn of(patient: &Patient<'a>) -> Self {
        let called = patient.spans().filter(|(_, _, span)| span.kind.is_called());
        let mut called: Vec<_> = called.map(|(_, _, span)| span).collect();
        called.sort_by_key(|span| span.start);
        let mut requests = Self {
            by_service: HashMap::new(),
            by_name: HashMap::new(),
        };
        for span in called {
            let of_service = requests.by_service.entry(&span.service).or_default();
            of_service.push(span);
            let key = (&*span.service, &*span.name);
            requests.by_name.entry(key).or_default().push(span);
        }
        requests
    }

    /// Spans of one name without a parent, each with the request during which it began; none at all if it may be chance. On a
    /// busy service any work of its own begins during some request. But only work that belongs to them begins during each.
    fn all_around<'s>(&self, mut spans: Vec<&'s Span>) -> Vec<(&'a Span, &'s Span)> {
        let first = spans.first().expect("a group has a member");
        let of_service = self.by_service.get(&*first.service);
        let Some(example) = of_service.and_then(|requests| around(requests, first)) else {
            return Vec::new();
        };
        let requests = &self.by_name[&(&*example.service, &*example.name)];
        // To look at each request for each name of a few spans would take the product of their numbers.
        if spans.len() < requests.len() {
            return Vec::new();
        }
        let pairs: Vec<_> = spans
            .iter()
            .filter_map(|span| Some((around(requests, span)?, *span)))
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
