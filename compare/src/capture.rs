//! A capture: the spans that were recorded in one place during one time.

use std::collections::HashMap;
use std::fmt;

use crate::model::{Span, TraceId};

/// Spans that were read from somewhere, by trace.
///
/// Spans without any difference, ids and times included, count once: exporters send a batch again when an answer is late.
#[derive(Clone)]
pub struct Capture {
    pub(crate) source: String,
    /// In the order in which they were read.
    pub(crate) traces: Vec<Trace>,
    /// Those that were dropped as equal to another.
    pub(crate) repeated: Vec<Span>,
}

/// The spans of one trace.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) spans: Vec<Span>,
}

impl Capture {
    pub(crate) fn new(source: String, spans: Vec<Span>) -> Self {
        let mut at: HashMap<TraceId, usize> = HashMap::new();
        let mut seen: HashMap<(TraceId, u64), Vec<usize>> = HashMap::with_capacity(spans.len());
        let mut traces: Vec<Trace> = Vec::new();
        let mut repeated = Vec::new();
        for span in spans {
            let id = span.trace_id;
            let at = *at.entry(id).or_insert_with(|| {
                traces.push(Trace { spans: Vec::new() });
                traces.len() - 1
            });
            let trace = &mut traces[at];
            let same_id = seen.entry((id, span.span_id.0)).or_default();
            if same_id.iter().any(|at| trace.spans[*at] == span) {
                repeated.push(span);
                continue;
            }
            // Hostile input may hold any number of spans with one id; a handful is enough to recognise a batch sent twice.
            if same_id.len() < 8 {
                same_id.push(trace.spans.len());
            }
            trace.spans.push(span);
        }
        Self {
            source,
            traces,
            repeated,
        }
    }

    /// Where the capture was read from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How many traces there are.
    #[must_use]
    pub fn trace_count(&self) -> usize {
        self.traces.len()
    }

    /// How many spans there are.
    #[must_use]
    pub fn span_count(&self) -> usize {
        self.traces.iter().map(|trace| trace.spans.len()).sum()
    }
}

/// Where it is from and how much there is; the spans themselves may be thousands.
impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture")
            .field("source", &self.source)
            .field("traces", &self.trace_count())
            .field("spans", &self.span_count())
            .finish_non_exhaustive()
    }
}
