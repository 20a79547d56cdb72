//! How the cases went.

use std::collections::BTreeSet;
use std::fmt;

use super::{Capability, Case};

/// What a probe was asked and could not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Question {
    /// Whether two spans are in one trace.
    SameTrace,
    /// Whether a context is that of a span.
    SameSpanContext,
    /// Whether one span is the parent of another.
    Parent,
    /// Which spans are finished.
    FinishedSpans,
    /// What references a finished span has.
    References,
    /// What tags a finished span has.
    Tags,
    /// Whether a finished span is marked as failed.
    Error,
    /// How many log records a finished span has.
    Logs,
    /// When a finished span ended.
    FinishTime,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SameTrace => "same trace",
            Self::SameSpanContext => "same span context",
            Self::Parent => "parent",
            Self::FinishedSpans => "finished spans",
            Self::References => "references",
            Self::Tags => "tags",
            Self::Error => "error",
            Self::Logs => "logs",
            Self::FinishTime => "finish time",
        })
    }
}

/// How one case went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// All that could be checked holds.
    Passed {
        /// What could not be checked, because the probe could not tell.
        unseen: BTreeSet<Question>,
    },
    /// Something does not hold.
    Failed {
        /// What.
        reason: String,
    },
    /// It was not run.
    Skipped {
        /// What the tracer does not claim.
        missing: Capability,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed { unseen } if unseen.is_empty() => f.write_str("passed"),
            Self::Passed { unseen } => {
                let unseen: Vec<String> = unseen.iter().map(ToString::to_string).collect();
                write!(f, "passed (the probe cannot tell: {})", unseen.join(", "))
            }
            Self::Failed { reason } => write!(f, "FAILED: {reason}"),
            Self::Skipped { missing } => write!(f, "skipped (no {missing})"),
        }
    }
}

/// How all cases went, in the order of the suites.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) lines: Vec<(Case, Outcome)>,
}

impl Report {
    /// Each case with its outcome.
    pub fn lines(&self) -> impl Iterator<Item = (&Case, &Outcome)> {
        self.lines.iter().map(|(case, outcome)| (case, outcome))
    }

    /// The outcome of one case, if it is part of the kit.
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.lines()
            .find(|(case, _)| case.id() == id)
            .map(|(_, outcome)| outcome)
    }

    /// The ids of the cases that failed.
    pub fn failed(&self) -> impl Iterator<Item = &'static str> {
        self.lines
            .iter()
            .filter(|(_, outcome)| matches!(outcome, Outcome::Failed { .. }))
            .map(|(case, _)| case.id())
    }

    /// For a test: prints the report.
    ///
    /// # Panics
    /// If a case failed.
    pub fn assert(&self) {
        println!("{self}");
        let failed: Vec<&str> = self.failed().collect();
        assert!(failed.is_empty(), "these cases failed: {failed:#?}\n{self}");
    }
}

/// One line a case, and a last one that counts.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [mut passed, mut failed, mut skipped] = [0; 3];
        for (case, outcome) in self.lines() {
            match outcome {
                Outcome::Passed { .. } => passed += 1,
                Outcome::Failed { .. } => failed += 1,
                Outcome::Skipped { .. } => skipped += 1,
            }
            writeln!(f, "{} [{}] {outcome}", case.id(), case.suite())?;
        }
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}
