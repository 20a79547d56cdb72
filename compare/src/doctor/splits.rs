//! Traces that begin where another one calls.
//!
//! A server without a parent is compared with the clients that nobody answered: the name, the peer or the queue has to
//! agree, and the times.

use std::collections::HashMap;

use super::{Examined, Findings, Found, Patient, Problem, edge};
use crate::model::{Kind, Span, TraceId, Value};
use crate::pages;

pub(super) fn examine(patient: &Patient<'_>, findings: &mut Findings) {
    let callers = Callers::of(patient);
    let runs = Runs::of(patient);
    // A span without a parent that lies within another of its service by chance has brothers that do not.
    let mut beginnings: HashMap<(&str, &str), Vec<Beginning<'_>>> = HashMap::new();
    for trace in &patient.traces {
        for &top in &trace.forest.tops {
            let span = &trace.spans[top];
            if span.parent.is_some() {
                continue;
            }
            if !span.kind.is_called() {
                let around = runs.around(span);
                let key = (&*span.service, &*span.name);
                beginnings.entry(key).or_default().push((span, around));
            } else if let Some(caller) = callers.of_entry(span) {
                let (detail, cause) = if span.kind == Kind::Consumer {
                    (
                        "the message is handled in a trace of its own",
                        "its headers carry no context, or one that the consumer does not read",
                    )
                } else {
                    (
                        "the call is served in a trace of its own",
                        "no trace headers are written, or not those that are read: is a propagator installed, and the same on both sides?",
                    )
                };
                let found = Found::new(detail, cause, pages::HEADERS);
                findings.add(Problem::SplitTrace, edge(caller, span), span, &found);
            }
        }
    }
    for found in beginnings.into_values() {
        if !found.iter().all(|(_, around)| around.is_some()) {
            continue;
        }
        for (span, around) in found {
            let around = around.expect("all of them have one");
            let found = Found::new(
                "the span begins a trace while its service is at work in another",
                "the context was lost within the service: a task that was spawned without it, or a span that was not active when this one began",
                pages::TASKS,
            );
            findings.add(Problem::SplitTrace, edge(around, span), span, &found);
        }
    }
}

/// A span without a parent, and one of its service that was at work.
type Beginning<'a> = (&'a Span, Option<&'a Span>);

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

/// When which service was at work.
struct Runs<'a> {
    by_service: HashMap<&'a str, Vec<&'a Span>>,
}

impl<'a> Runs<'a> {
    fn of(patient: &Patient<'a>) -> Self {
        let mut by_service: HashMap<&'a str, Vec<&'a Span>> = HashMap::new();
        for (_, _, span) in patient.spans() {
            by_service.entry(&span.service).or_default().push(span);
        }
        for spans in by_service.values_mut() {
            spans.sort_by_key(|span| span.start);
        }
        Self { by_service }
    }

    /// A span of the same service and another trace during which `span` began.
    fn around(&self, span: &Span) -> Option<&'a Span> {
        let spans = self.by_service.get(&*span.service)?;
        let trace: TraceId = span.trace_id;
        let began_before = spans.partition_point(|other| other.start <= span.start);
        let mut recent = spans[..began_before].iter().rev().take(NEAREST).copied();
        recent.find(|other| other.trace_id != trace && other.end > span.start)
    }
}
