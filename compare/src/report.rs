//! What a comparison found.

use std::fmt;

use serde::Serialize;

/// Two captures, side by side.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The capture on the left: the one from before.
    pub left: Summary,
    /// The capture on the right: the one from after.
    pub right: Summary,
    /// Whether every difference has a rule.
    pub equivalent: bool,
    /// Traces that differ in the same way, or not at all, by the operation that they begin with.
    pub groups: Vec<Group>,
}

/// How much was compared.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Where it was read from.
    pub source: String,
    /// How many traces.
    pub traces: usize,
    /// How many spans.
    pub spans: usize,
}

/// Traces that begin with one operation, have one shape and differ in the same.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// Service and name of the span that they are about.
    pub operation: String,
    /// How many there are on the left.
    pub left: usize,
    /// How many there are on the right.
    pub right: usize,
    /// The spans of the first of them, parents before children.
    pub rows: Vec<Row>,
}

/// A span of the left, of the right, or of both.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// How many spans are above it.
    pub depth: usize,
    /// What it is on the left.
    pub left: Option<String>,
    /// What it is on the right.
    pub right: Option<String>,
    /// In what the two differ.
    pub differences: Vec<Difference>,
    /// Which span that is on the left. Written reports are without ids, since no two runs share them.
    #[serde(skip)]
    pub left_ids: Option<Ids>,
    /// Which span that is on the right.
    #[serde(skip)]
    pub right_ids: Option<Ids>,
}

/// The ids of a span, to find it in its capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    /// The trace's id.
    pub trace: [u8; 16],
    /// The span's id.
    pub span: [u8; 8],
}

/// A difference between two spans, or a span without a counterpart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Of which kind it is.
    pub kind: Change,
    /// The span, by the services and names that lead to it.
    pub path: String,
    /// The part of the span: `kind`, `attribute http.method`, `span` for all of it.
    pub part: String,
    /// The value on the left.
    pub left: Option<String>,
    /// The value on the right.
    pub right: Option<String>,
    /// The rule that explains it. Without one, the captures differ.
    pub rule: Option<String>,
    /// What the rule says about it.
    pub note: Option<String>,
    /// The page that says more.
    pub page: Option<String>,
}

/// The kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// Only the left has it.
    Lost,
    /// Only the right has it.
    Added,
    /// Both have it, with different values.
    Changed,
    /// Both have it, and a rule says that the two are the same.
    Renamed,
    /// A span has another parent.
    #[serde(rename = "re-parented")]
    Reparented,
}

impl Report {
    /// Whether every difference has a rule.
    #[must_use]
    pub fn is_equivalent(&self) -> bool {
        self.equivalent
    }

    /// All differences, each with the number of traces that have it.
    pub fn differences(&self) -> impl Iterator<Item = (&Difference, usize)> {
        self.groups.iter().flat_map(|group| {
            let count = group.left.max(group.right);
            let rows = group.rows.iter();
            rows.flat_map(move |row| row.differences.iter().map(move |found| (found, count)))
        })
    }

    /// The differences that no rule explains.
    pub fn unexplained(&self) -> impl Iterator<Item = (&Difference, usize)> {
        self.differences().filter(|(found, _)| found.rule.is_none())
    }
}

impl Change {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Renamed => "renamed",
            Self::Reparented => "re-parented",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
