//! Spans that are not there: parents in no trace, and calls that nobody answered any more.
//!
//! A parent may never have been recorded, or was recorded and not sent. What the rest of the capture has of the same service
//! tells which is likely.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Edge, Examined, Findings, Found, Patient, Problem, edge};
use crate::forest::Place;
use crate::model::{Kind, Span, SpanId, Value};
use crate::pages;

pub(super) fn examine(patient: &Patient<'_>, findings: &mut Findings) {
    orphans(patient, findings);
    last_spans(patient, findings);
}

/// Spans that name a parent which is in no trace.
fn orphans(patient: &Patient<'_>, findings: &mut Findings) {
    let known: HashSet<SpanId> = patient.spans().map(|(_, _, span)| span.span_id).collect();
    let entries = Entries::of(patient, &known);
    for (trace, at, span) in patient.spans() {
        if !is_orphan(trace, at, &known) {
            continue;
        }
        if let Some(caller) = entries.ignored_by(trace, span) {
            let found = Found::new(
                "its parent is in no trace, and neither is anything else of the caller",
                "this service keeps traces that its caller does not: it samples by itself, and takes no notice of the sampled flag that comes with the call",
                pages::SAMPLING,
            );
            let edge = Edge {
                from: Some(caller.to_owned()),
                to: span.service.to_string(),
            };
            findings.add(Problem::OrphanSpan, edge, span, &found);
            continue;
        }
        let from = (!span.kind.is_called()).then(|| span.service.to_string());
        let edge = Edge {
            from,
            to: span.service.to_string(),
        };
        let found = Found::new(
            "its parent is in no trace",
            "the parent was not recorded: a process that ended without a flush, a full queue, a sampler that decided otherwise, or a capture that is not complete",
            pages::LAST_SPANS,
        );
        findings.add(Problem::OrphanSpan, edge, span, &found);
    }
}

fn is_orphan(trace: &Examined<'_>, at: usize, known: &HashSet<SpanId>) -> bool {
    trace.forest.places[at] == Place::Orphan
        && trace.spans[at]
            .parent
            .is_some_and(|parent| !known.contains(&parent))
}

/// How services are entered: with the caller's span, and without it.
struct Entries<'a> {
    by_service: HashMap<&'a str, Entered<'a>>,
}

#[derive(Default)]
struct Entered<'a> {
    callers: HashSet<&'a str>,
    /// When calls began whose caller is there, first and last.
    whole: Option<(u64, u64)>,
    /// The same for those whose caller is not.
    torn: Option<(u64, u64)>,
    torn_calls: usize,
}

impl<'a> Entries<'a> {
    fn of(patient: &Patient<'a>, known: &HashSet<SpanId>) -> Self {
        let mut by_service: HashMap<&'a str, Entered<'a>> = HashMap::new();
        let called = patient.spans().filter(|(_, _, span)| span.kind.is_called());
        for (trace, at, span) in called {
            let entered = by_service.entry(&span.service).or_default();
            match trace.parent(at) {
                Some(parent) if parent.service != span.service => {
                    entered.callers.insert(&parent.service);
                    widen(&mut entered.whole, span.start);
                }
                None if is_orphan(trace, at, known) => {
                    entered.torn_calls += 1;
                    widen(&mut entered.torn, span.start);
                }
                _ => {}
            }
        }
        Self { by_service }
    }

    /// The only caller of the service, if it is not in this trace, and calls that it kept and others came by turns: a capture
    /// that begins late or ends early, or a process that went, has them one after the other.
    fn ignored_by(&self, trace: &Examined<'_>, span: &Span) -> Option<&'a str> {
        let entered = self.by_service.get(&*span.service)?;
        let (first_whole, last_whole) = entered.whole?;
        let (first_torn, last_torn) = entered.torn?;
        let by_turns = first_whole < last_torn && first_torn < last_whole;
        let mut callers = entered.callers.iter().copied();
        let (Some(caller), None) = (callers.next(), callers.next()) else {
            return None;
        };
        let is_absent = trace.spans.iter().all(|other| *other.service != *caller);
        (by_turns && entered.torn_calls > 1 && span.kind.is_called() && is_absent).then_some(caller)
    }
}

fn widen(range: &mut Option<(u64, u64)>, at: u64) {
    *range = Some(match *range {
        Some((first, last)) => (first.min(at), last.max(at)),
        None => (at, at),
    });
}

/// What a client says of whom it calls.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Peer<'a> {
    Service(&'a str),
    Address(&'a str, i64),
    Name(&'a str, &'a str),
}

/// What became of the calls of one peer.
#[derive(Default)]
struct Calls<'a> {
    /// Services that answered.
    answered_by: HashSet<&'a str>,
    unanswered: Vec<&'a Span>,
}

/// Calls of a service that used to answer, of which there is nothing after some time.
fn last_spans(patient: &Patient<'_>, findings: &mut Findings) {
    let mut ends: HashMap<&str, u64> = HashMap::new();
    let mut calls: BTreeMap<Peer<'_>, Calls<'_>> = BTreeMap::new();
    for (trace, at, span) in patient.spans() {
        let end = ends.entry(&span.service).or_default();
        *end = span.start.max(*end);
        if span.kind != Kind::Client {
            continue;
        }
        let mut others = trace
            .children(at)
            .filter(|child| child.service != span.service);
        let answer = others.next();
        for peer in peers(span) {
            let calls = calls.entry(peer).or_default();
            match answer {
                Some(answer) => drop(calls.answered_by.insert(&answer.service)),
                // Nobody may have heard of a call that failed.
                None if span.status != crate::model::Status::Error => calls.unanswered.push(span),
                None => {}
            }
        }
    }
    let mut told = HashSet::new();
    for calls in calls.into_values() {
        let mut services = calls.answered_by.into_iter();
        let (Some(service), None) = (services.next(), services.next()) else {
            continue;
        };
        let end = ends.get(service).copied().unwrap_or_default();
        // A call that nobody ever answers with a span is none that was lost at the end.
        let usual: HashSet<&str> = calls
            .unanswered
            .iter()
            .filter(|call| call.start <= end)
            .map(|call| &*call.name)
            .collect();
        let lost = calls.unanswered.iter();
        let lost = lost.filter(|call| call.start > end && !usual.contains(&*call.name));
        for call in lost {
            if !told.insert((call.trace_id, call.span_id)) {
                continue;
            }
            let found = Found::new(
                "nobody answered it, and the service that answers such calls has left nothing that is later",
                "that service ended without sending what it had finished: its provider was not shut down; or the capture was taken before it sent",
                pages::LAST_SPANS,
            );
            let edge = Edge {
                to: service.to_owned(),
                ..edge(call, call)
            };
            findings.add(Problem::LostSpans, edge, call, &found);
        }
    }
}

fn peers(span: &Span) -> impl Iterator<Item = Peer<'_>> {
    let text = |keys: [&str; 2]| {
        let mut found = keys.into_iter().filter_map(|key| span.attribute(key));
        found.find_map(Value::as_str)
    };
    let service = text(["peer.service", "service.peer.name"]).map(Peer::Service);
    let host = text(["peer.hostname", "server.address"]);
    let port = ["peer.port", "server.port"].into_iter();
    let mut ports = port.filter_map(|key| match span.attribute(key)? {
        Value::Integer(port) => Some(*port),
        _ => None,
    });
    let address = host
        .zip(ports.next())
        .map(|(host, port)| Peer::Address(host, port));
    let name = Peer::Name(&span.service, &span.name);
    [service, address, Some(name)].into_iter().flatten()
}
