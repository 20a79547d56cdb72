//! Comparison of what a vector expects with what a run gave.
//!
//! Both are brought into one canonical form and then compared field by field:
//!
//! - ids become names, see [`Names`]; headers become what they mean, see `headers`;
//! - attributes are maps, their order says nothing, and of two values for one key the last counts;
//! - times are there only where the program gave them.
//!
//! Beyond the fields, the lineage of each span is checked: a child is in the trace of its parent, a root in none that came
//! in from a carrier. The names alone could not tell, as `trace-of-a` is always the trace of `a`.

mod diff;
mod headers;
mod known_fault;

use std::fmt;

use serde_json::json;

use crate::run::{Extraction, Names, Outcome};
use crate::vector::{
    ActiveRead, ContextRecord, Expect, ExtractedRead, InjectedRead, LinkRecord, Read, SpanRecord,
};

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// The differences; none for a vector that passes.
    pub mismatches: Vec<Mismatch>,
    /// What a reader should know about a vector that passes.
    pub notes: Vec<Note>,
}

impl Comparison {
    /// Whether the vector passes.
    pub fn is_match(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where it is, such as `spans[0] (b).links[1].to`.
    pub path: String,
    /// What the vector says.
    pub expected: String,
    /// What the run gave.
    pub got: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            expected,
            got,
        } = self;
        write!(f, "{path}\n  expected: {expected}\n  got:      {got}")
    }
}

/// What a reader should know about a vector that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The recording holds the reference's fault against F7, and the run is right.
    ReferenceReturnedActiveSpan,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReferenceReturnedActiveSpan => {
                f.write_str("F7: the reference returned the active span; nothing is right")
            }
        }
    }
}

/// Compares what a vector expects with what a run gave.
pub fn compare(expect: &Expect, outcome: &Outcome) -> Comparison {
    let mut comparison = Comparison::default();
    spans(expect, outcome, &mut comparison.mismatches);
    reads(expect, outcome, &mut comparison);
    comparison
}

fn spans(expect: &Expect, outcome: &Outcome, mismatches: &mut Vec<Mismatch>) {
    let names = &outcome.names;
    let canonical = |spans: &[SpanRecord]| -> Vec<SpanRecord> {
        spans.iter().map(|span| span_form(span, names)).collect()
    };
    let expected = canonical(&expect.spans);
    let got = canonical(&outcome.spans);

    let order =
        |spans: &[SpanRecord]| -> Vec<String> { spans.iter().map(|s| s.span.clone()).collect() };
    let (expected_order, got_order) = (order(&expected), order(&got));
    if expected_order != got_order {
        mismatches.push(Mismatch {
            path: "spans, in the order of finishing".to_owned(),
            expected: json!(expected_order).to_string(),
            got: json!(got_order).to_string(),
        });
    }
    // By name and not by position, so that one span too many does not make all that follow it differ.
    for (index, span) in expected.iter().enumerate() {
        if let Some(same) = got.iter().find(|other| other.span == span.span) {
            let path = format!("spans[{index}] ({})", span.span);
            diff::json(&path, &json!(span), &json!(same), mismatches);
        }
    }
    for span in &outcome.spans {
        mismatches.extend(lineage(span, names));
    }
}

fn span_form(span: &SpanRecord, names: &Names) -> SpanRecord {
    let name_of = |id: &str| names.span(id).unwrap_or_else(|| id.to_owned());
    SpanRecord {
        span: name_of(&span.span),
        trace: names.trace(&span.trace),
        parent: span.parent.as_deref().and_then(|id| names.span(id)),
        links: span
            .links
            .iter()
            .map(|link| LinkRecord {
                to: name_of(&link.to),
                attributes: link.attributes.clone(),
            })
            .collect(),
        ..span.clone()
    }
}

/// Whether a span that ran is in the trace that its parent, or the lack of one, asks for.
fn lineage(span: &SpanRecord, names: &Names) -> Option<Mismatch> {
    let (expected, is_right) = match &span.parent {
        Some(parent) => {
            let trace = names.trace_of_span(parent)?;
            let parent = names.span(parent)?;
            let rule = format!("the trace of its parent {parent}, {}", names.trace(trace));
            (rule, span.trace == trace)
        }
        None => (
            "a trace of its own, as it is a root".to_owned(),
            !names.is_received(&span.trace),
        ),
    };
    (!is_right).then(|| Mismatch {
        path: format!("trace of {}", names.span(&span.span).unwrap_or_default()),
        expected,
        got: names.trace(&span.trace),
    })
}

fn reads(expect: &Expect, outcome: &Outcome, comparison: &mut Comparison) {
    for index in 0..expect.reads.len().max(outcome.reads.len()) {
        let expected = expect.reads.get(index);
        let got = outcome.reads.get(index);
        let corrected = match (expected, got) {
            (Some(Read::Extracted(recorded)), Some(_)) => outcome
                .extractions
                .get(&index)
                .and_then(|extraction| f7(recorded, extraction, &outcome.names)),
            _ => None,
        };
        let form = |read: &Read| read_form(read, &outcome.names).to_json();
        let before = comparison.mismatches.len();
        diff::optional(
            &format!("reads[{index}]"),
            corrected.as_ref().or(expected).map(form).as_ref(),
            got.map(form).as_ref(),
            &mut comparison.mismatches,
        );
        let differs = comparison.mismatches.len() > before;
        if let (true, Some(why)) = (differs, refused(outcome, index)) {
            comparison.mismatches[before].got += &format!(" (refused: {why})");
        }
        if corrected.is_some() && !differs {
            comparison.notes.push(Note::ReferenceReturnedActiveSpan);
        }
    }
}

fn refused(outcome: &Outcome, index: usize) -> Option<&str> {
    outcome.extractions.get(&index)?.refused.as_deref()
}

/// The read that is right where the reference was at fault, see [`known_fault`].
fn f7(recorded: &ExtractedRead, extraction: &Extraction, names: &Names) -> Option<Read> {
    let context = recorded.context.as_ref()?;
    let active = extraction.active.as_ref()?;
    known_fault::reference_returned_active_span(
        &context_form(context, names),
        &context_form(active, names),
        extraction.carrier_has_field,
    )
    .then(|| {
        Read::Extracted(ExtractedRead {
            extracted: recorded.extracted.clone(),
            context: None,
        })
    })
}

fn read_form(read: &Read, names: &Names) -> Read {
    match read {
        Read::Active(read) => Read::Active(ActiveRead {
            active: read.active.as_deref().and_then(|id| names.span(id)),
        }),
        Read::Injected(read) => {
            let filled = read
                .carrier
                .iter()
                .map(|(key, value)| (key.clone(), names.fill(value)))
                .collect();
            let carrier = headers::meaning(&filled)
                .into_iter()
                .map(|(key, value)| (key, names.mask(&value)))
                .collect();
            Read::Injected(InjectedRead {
                injected: read.injected.clone(),
                carrier,
            })
        }
        Read::Extracted(read) => Read::Extracted(ExtractedRead {
            extracted: read.extracted.clone(),
            context: read
                .context
                .as_ref()
                .map(|context| context_form(context, names)),
        }),
        Read::Baggage(_) | Read::Items(_) | Read::CurrentBaggage(_) => read.clone(),
    }
}

fn context_form(context: &ContextRecord, names: &Names) -> ContextRecord {
    ContextRecord {
        trace: names.trace(&context.trace),
        span: context.span.as_deref().and_then(|id| names.span(id)),
        baggage: context.baggage.clone(),
    }
}
