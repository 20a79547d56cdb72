//! Spans that are not there: parents in no trace, and calls that nobody answered any more.
//!
//! A parent may never have been recorded, or was recorded and not sent. What the rest of the capture has of the same service
//! tells which is likely.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::peer::{Address, Peer, is_a_bare_method, is_of_a_database, text};
use super::{Edge, Examined, Findings, Found, Patient, Problem, edge};
use crate::forest::Place;
use crate::model::{Kind, Span, SpanId, Status};
use crate::pages;

pub(super) fn examine(patient: &Patient<'_>, findings: &mut Findings) {
    orphans(patient, findings);
    last_spans(patient, findings);
}

/// Spans that name a parent which is in no trace.
fn orphans(patient: &Patient<'_>, findings: &mut Findings) {
    let known: HashSet<SpanId> = patient.spans().map(|(_, _, span)| span.span_id).collect();
    let entries = Entries::of(patient, &known);
    for trace in &patient.traces {
        let mut services: Option<HashSet<&str>> = None;
        for (at, span) in trace.spans.iter().enumerate() {
            if !is_orphan(trace, at, &known) {
                continue;
            }
            let is_present = |caller: &str| {
                let all = || trace.spans.iter().map(|span| &*span.service).collect();
                services.get_or_insert_with(all).contains(caller)
            };
            let caller = entries.ignored_by(span, is_present);
            orphan(span, caller, findings);
        }
    }
}

fn orphan(span: &Span, ignored: Option<&str>, findings: &mut Findings) {
    let found = if ignored.is_some() {
        Found::new(
            "its parent is in no trace, and neither is anything else of the caller that such calls come from at other times",
            "the service samples by itself, and takes no notice of the sampled flag that comes with the call; or these calls are of another caller, which this capture does not have; or the caller's queue was full and whole traces were dropped",
            pages::SAMPLING,
        )
    } else {
        Found::new(
            "its parent is in no trace",
            "the parent was not recorded: a process that ended without a flush, a full queue, a sampler that decided otherwise, or a capture that is not complete",
            pages::LAST_SPANS,
        )
    };
    let itself = (!span.kind.is_called()).then_some(&*span.service);
    let edge = Edge {
        from: ignored.or(itself).map(str::to_owned),
        to: span.service.to_string(),
    };
    findings.add(Problem::OrphanSpan, edge, span, &found);
}

fn is_orphan(trace: &Examined<'_>, at: usize, known: &HashSet<SpanId>) -> bool {
    trace.forest.places[at] == Place::Orphan
        && trace.spans[at]
            .parent
            .is_some_and(|parent| !known.contains(&parent))
}

/// By what calls of one caller are alike: whom they ask for what, and what is said of who asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Call<'a> {
    service: &'a str,
    name: &'a str,
    agent: Option<&'a str>,
    address: Option<&'a str>,
}

impl<'a> Call<'a> {
    fn of(span: &'a Span) -> Self {
        const ADDRESSES: [&str; 5] = [
            "client.address",
            "network.peer.address",
            "net.peer.ip",
            "peer.ipv4",
            "peer.hostname",
        ];
        Self {
            service: &span.service,
            name: &span.name,
            agent: text(span, &["user_agent.original", "http.user_agent"]),
            address: text(span, &ADDRESSES),
        }
    }
}

/// How services are entered: with the caller's span, and without it.
struct Entries<'a> {
    by_call: HashMap<Call<'a>, Entered<'a>>,
    /// By caller and service, of calls of which some came with the caller's span and others did not.
    torn: HashMap<(&'a str, &'a str), Turns>,
}

#[derive(Default)]
struct Entered<'a> {
    callers: HashSet<&'a str>,
    turns: Turns,
}

#[derive(Clone, Copy, Default)]
struct Turns {
    /// When calls began whose caller is there, first and last.
    whole: Option<(u64, u64)>,
    /// The same for those whose caller is not.
    torn: Option<(u64, u64)>,
    torn_calls: usize,
}

impl<'a> Entries<'a> {
    fn of(patient: &Patient<'a>, known: &HashSet<SpanId>) -> Self {
        let mut by_call: HashMap<Call<'a>, Entered<'a>> = HashMap::new();
        let called = patient.spans().filter(|(_, _, span)| span.kind.is_called());
        for (trace, at, span) in called {
            match trace.parent(at) {
                Some(parent) if parent.service != span.service => {
                    let entered = by_call.entry(Call::of(span)).or_default();
                    entered.callers.insert(&parent.service);
                    widen(&mut entered.turns.whole, (span.start, span.start));
                }
                None if is_orphan(trace, at, known) => {
                    let entered = by_call.entry(Call::of(span)).or_default();
                    entered.turns.torn_calls += 1;
                    widen(&mut entered.turns.torn, (span.start, span.start));
                }
                _ => {}
            }
        }
        let mut torn: HashMap<_, Turns> = HashMap::new();
        for (call, entered) in &by_call {
            if let Some(caller) = entered.caller()
                && entered.turns.torn.is_some()
            {
                torn.entry((caller, call.service))
                    .or_default()
                    .add(entered.turns);
            }
        }
        Self { by_call, torn }
    }

    /// The only caller that such calls come from, if it is not in this trace, and calls that it kept and others came by turns:
    /// a capture that begins late or ends early, or a process that went, has them one after the other.
    fn ignored_by(&self, span: &Span, present: impl FnOnce(&str) -> bool) -> Option<&'a str> {
        let caller = self.by_call.get(&Call::of(span))?.caller()?;
        let turns = self.torn.get(&(caller, &*span.service))?;
        (turns.are_taken() && span.kind.is_called() && !present(caller)).then_some(caller)
    }
}

impl<'a> Entered<'a> {
    fn caller(&self) -> Option<&'a str> {
        let mut callers = self.callers.iter().copied();
        callers.next().filter(|_| callers.next().is_none())
    }
}

impl Turns {
    fn add(&mut self, other: Self) {
        let pairs = [(&mut self.whole, other.whole), (&mut self.torn, other.torn)];
        for (range, more) in pairs {
            if let Some(more) = more {
                widen(range, more);
            }
        }
        self.torn_calls += other.torn_calls;
    }

    fn are_taken(&self) -> bool {
        let by_turns = self
            .whole
            .zip(self.torn)
            .is_some_and(|(whole, torn)| whole.0 < torn.1 && torn.0 < whole.1);
        by_turns && self.torn_calls > 1
    }
}

fn widen(range: &mut Option<(u64, u64)>, by: (u64, u64)) {
    *range = Some(match *range {
        Some((first, last)) => (first.min(by.0), last.max(by.1)),
        None => by,
    });
}

/// By what two calls are of one service. A name says it where nothing else does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key<'a> {
    Service(&'a str),
    Address(Address<'a>),
    /// With the service that calls.
    Name(&'a str, &'a str),
}

/// What became of the calls of one key.
#[derive(Default)]
struct Calls<'a> {
    /// Services that answered.
    answered_by: HashSet<&'a str>,
    /// What else those say that were answered.
    answered_as: HashSet<Option<Key<'a>>>,
    /// With what else they say.
    unanswered: Vec<(&'a Span, Option<Key<'a>>)>,
}

impl Calls<'_> {
    /// Whether a call that says this besides may be one of those that were answered.
    fn may_be_answered(&self, other: Option<Key<'_>>) -> bool {
        other.is_none() || self.answered_as.contains(&None) || self.answered_as.contains(&other)
    }
}

/// Calls of a service that used to answer, of which there is nothing after some time.
fn last_spans(patient: &Patient<'_>, findings: &mut Findings) {
    let mut ends: HashMap<&str, u64> = HashMap::new();
    let mut calls: BTreeMap<Key<'_>, Calls<'_>> = BTreeMap::new();
    for (trace, at, span) in patient.spans() {
        let end = ends.entry(&span.service).or_default();
        *end = span.start.max(*end);
        if span.kind != Kind::Client || is_of_a_database(span) {
            continue;
        }
        let mut others = trace
            .children(at)
            .filter(|child| child.service != span.service);
        let answer = others.next();
        for (key, other) in keys(span) {
            let calls = calls.entry(key).or_default();
            match answer {
                Some(answer) => {
                    calls.answered_by.insert(&answer.service);
                    calls.answered_as.insert(other);
                }
                // Nobody may have heard of a call that failed.
                None if span.status != Status::Error => calls.unanswered.push((span, other)),
                None => {}
            }
        }
    }
    let mut told = HashSet::new();
    for calls in calls.values() {
        let mut services = calls.answered_by.iter().copied();
        let (Some(service), None) = (services.next(), services.next()) else {
            continue;
        };
        let end = ends.get(service).copied().unwrap_or_default();
        // A call that nobody ever answers with a span is none that was lost at the end.
        let usual: HashSet<&str> = calls
            .unanswered
            .iter()
            .filter(|(call, _)| call.start <= end)
            .map(|(call, _)| &*call.name)
            .collect();
        let lost = calls.unanswered.iter().filter(|(call, other)| {
            call.start > end && !usual.contains(&*call.name) && calls.may_be_answered(*other)
        });
        for (call, _) in lost {
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

/// What a call is known by, each with what else is said.
fn keys(span: &Span) -> impl Iterator<Item = (Key<'_>, Option<Key<'_>>)> {
    let peer = Peer::of(span);
    let service = peer.service.map(Key::Service);
    let address = peer.address.map(Key::Address);
    let is_named = service.or(address).is_none() && !is_a_bare_method(&span.name);
    let name = is_named.then_some(Key::Name(&span.service, &span.name));
    let keys = [(service, address), (address, service), (name, None)];
    keys.into_iter()
        .filter_map(|(key, other)| Some((key?, other)))
}
