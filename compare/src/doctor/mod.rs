//! What is wrong within one capture, and what is likely the reason.
//!
//! - `ids`: ids without their zeros, traces that fell apart because of them;
//! - `missing`: parents that are in no trace, and the last spans of a service;
//! - `splits`: traces that begin where another one calls;
//! - `parents`: spans below the wrong one, spans that are there twice in a trace;
//! - `twins`: spans of two traces that stand for the same work;
//! - `spans`: kinds, errors and names of single spans;
//! - `baggage`: what should have come along;
//! - `peer`: what spans say of the other end of a call, for `missing` and `splits`.

mod baggage;
mod ids;
mod missing;
mod parents;
mod peer;
mod spans;
mod splits;
mod twins;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::Capture;
use crate::forest::Forest;
use crate::model::Span;
use crate::rules::Rules;

/// Something that is wrong, wherever it occurs between two services or within one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub problem: Problem,
    /// Between which services.
    pub edge: Edge,
    /// The span, by service and name.
    pub span: String,
    /// What is seen.
    pub detail: String,
    /// What is likely the reason.
    pub cause: String,
    /// It may be there by design. By itself it does not make a capture unhealthy.
    pub may_be_meant: bool,
    /// The page that says more.
    pub page: String,
    /// How often it occurs.
    pub count: usize,
    /// The id of a trace in which it does.
    pub trace_id: String,
}

/// From the service that calls to the one that is called. Within a service, both are the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Edge {
    /// The caller; none if the capture does not know it.
    pub from: Option<String>,
    /// The service that is called.
    pub to: String,
}

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Problem {
    /// A trace that begins in the middle of another.
    SplitTrace,
    /// A span whose parent is not there.
    OrphanSpan,
    /// The last spans of a service that are not there.
    LostSpans,
    /// A span below one that cannot be its parent.
    WrongParent,
    /// A span that is there twice.
    Duplicate,
    /// An id without its leading zeros.
    CutId,
    /// Baggage that did not arrive.
    LostBaggage,
    /// A service that has neither servers nor clients, but callers or callees.
    InternalOnly,
    /// A tag `error` that did not become the status.
    UnmappedError,
    /// A name with an id in it.
    IdInName,
}

impl Problem {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SplitTrace => "split-trace",
            Self::OrphanSpan => "orphan-span",
            Self::LostSpans => "lost-spans",
            Self::WrongParent => "wrong-parent",
            Self::Duplicate => "duplicate",
            Self::CutId => "cut-id",
            Self::LostBaggage => "lost-baggage",
            Self::InternalOnly => "internal-only",
            Self::UnmappedError => "unmapped-error",
            Self::IdInName => "id-in-name",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            Some(from) if *from == self.to => write!(f, "within {from}"),
            Some(from) => write!(f, "{from} → {}", self.to),
            None => write!(f, "? → {}", self.to),
        }
    }
}

/// Examines a capture. Of the rules, those for baggage say which spans have to show an item.
///
/// Each finding stands for all of its kind between two services; one that occurs in a thousand traces is one finding.
#[must_use]
pub fn doctor(capture: &Capture, rules: &Rules) -> Vec<Finding> {
    let patient = Patient::new(capture);
    let mut findings = Findings::default();
    ids::examine(&patient, &mut findings);
    missing::examine(&patient, &mut findings);
    splits::examine(&patient, &mut findings);
    parents::examine(&patient, &mut findings);
    twins::examine(&patient, &mut findings);
    spans::examine(&patient, &mut findings);
    baggage::examine(&patient, rules, &mut findings);
    findings.0.into_values().collect()
}

/// A capture, ready to be examined.
struct Patient<'a> {
    capture: &'a Capture,
    traces: Vec<Examined<'a>>,
}

struct Examined<'a> {
    spans: &'a [Span],
    forest: Forest,
}

impl<'a> Patient<'a> {
    fn new(capture: &'a Capture) -> Self {
        let traces = capture.traces.iter().map(|trace| Examined {
            spans: &trace.spans,
            forest: Forest::of(&trace.spans),
        });
        Self {
            capture,
            traces: traces.collect(),
        }
    }

    /// All spans, with their traces and positions.
    fn spans(&self) -> impl Iterator<Item = (&Examined<'a>, usize, &'a Span)> {
        self.traces.iter().flat_map(|trace| {
            let spans = trace.spans.iter().enumerate();
            spans.map(move |(at, span)| (trace, at, span))
        })
    }
}

impl<'a> Examined<'a> {
    fn parent(&self, at: usize) -> Option<&'a Span> {
        self.forest.parents[at].map(|parent| &self.spans[parent])
    }

    fn children(&self, at: usize) -> impl Iterator<Item = &'a Span> {
        self.forest.children[at]
            .iter()
            .map(|child| &self.spans[*child])
    }

    /// Those above, from the nearest on. Not all of a very deep trace.
    fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> {
        const FARTHEST: usize = 64;
        let parent = |at: &usize| self.forest.parents[*at];
        std::iter::successors(parent(&at), parent).take(FARTHEST)
    }
}

/// What was found, once for each problem, edge, span and cause.
#[derive(Default)]
struct Findings(BTreeMap<(Problem, Edge, String, String), Finding>);

impl Findings {
    fn add(&mut self, problem: Problem, edge: Edge, span: &Span, found: &Found<'_>) {
        let title = match problem {
            // Each has its own name: as many findings as spans.
            Problem::IdInName => format!("{}: {}", span.service, found.name.unwrap_or(&span.name)),
            _ => format!("{}: {}", span.service, span.name),
        };
        let said = format!("{} {}", found.detail, found.cause);
        let key = (problem, edge.clone(), title.clone(), said);
        self.0
            .entry(key)
            .or_insert_with(|| Finding {
                problem,
                edge,
                span: title,
                detail: found.detail.to_owned(),
                cause: found.cause.to_owned(),
                may_be_meant: found.may_be_meant,
                page: found.page.to_owned(),
                count: 0,
                trace_id: span.trace_id.to_string(),
            })
            .count += 1;
    }
}

/// What a finding says.
struct Found<'a> {
    detail: &'a str,
    cause: &'a str,
    page: &'static str,
    may_be_meant: bool,
    name: Option<&'a str>,
}

impl<'a> Found<'a> {
    fn new(detail: &'a str, cause: &'a str, page: &'static str) -> Self {
        Self {
            detail,
            cause,
            page,
            may_be_meant: false,
            name: None,
        }
    }
}

fn edge(from: &Span, to: &Span) -> Edge {
    Edge {
        from: Some(from.service.to_string()),
        to: to.service.to_string(),
    }
}

fn within(span: &Span) -> Edge {
    edge(span, span)
}
