//! The kinds of differences, as they are shown and chosen.

use compare::{Change, Difference, Report, Row};

/// What a row or a difference is, at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Lost,
    Added,
    Changed,
    Reparented,
    /// Renamed, or different in another way that a rule explains.
    ByRule,
    Same,
}

impl Kind {
    pub(super) const ALL: [Self; 6] = [
        Self::Lost,
        Self::Added,
        Self::Changed,
        Self::Reparented,
        Self::ByRule,
        Self::Same,
    ];

    pub(super) fn of_difference(found: &Difference) -> Self {
        match found.kind {
            _ if found.rule.is_some() => Self::ByRule,
            Change::Renamed => Self::ByRule,
            Change::Lost => Self::Lost,
            Change::Added => Self::Added,
            Change::Reparented => Self::Reparented,
            _ => Self::Changed,
        }
    }

    /// Of a whole row: what weighs most.
    pub(super) fn of_row(row: &Row) -> Self {
        let has = |kind| {
            row.differences
                .iter()
                .any(|found| Self::of_difference(found) == kind)
        };
        match (&row.left, &row.right) {
            (Some(_), None) => Self::Lost,
            (None, Some(_)) => Self::Added,
            _ if has(Self::Reparented) => Self::Reparented,
            _ if row.differences.is_empty() => Self::Same,
            _ if row
                .differences
                .iter()
                .all(|found| Self::of_difference(found) == Self::ByRule) =>
            {
                Self::ByRule
            }
            _ => Self::Changed,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Reparented => "re-parented",
            Self::ByRule => "by rule",
            Self::Same => "same",
        }
    }

    /// The word without blanks: in links, in forms and as a class.
    pub(super) fn word_in_links(self) -> &'static str {
        match self {
            Self::ByRule => "by-rule",
            other => other.word(),
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word_in_links() == word)
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Lost => "−",
            Self::Added => "+",
            Self::Changed => "≠",
            Self::Reparented => "↷",
            Self::ByRule => "≈",
            Self::Same => "=",
        }
    }
}

/// The kinds that are shown. None chosen is all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(Option<[bool; Kind::ALL.len()]>);

impl Kinds {
    pub(super) fn of(kinds: &[Kind]) -> Self {
        let chosen = Kind::ALL.map(|kind| kinds.contains(&kind));
        let some = chosen.contains(&true) && chosen.contains(&false);
        Self(some.then_some(chosen))
    }

    pub(super) fn has(self, kind: Kind) -> bool {
        self.0.is_none_or(|chosen| chosen[kind as usize])
    }

    /// Those that were chosen, if not all are shown.
    pub(super) fn chosen(self) -> Option<Vec<Kind>> {
        self.0?;
        Some(
            Kind::ALL
                .into_iter()
                .filter(|kind| self.has(*kind))
                .collect(),
        )
    }

    /// Whether a row is among them: by what it is as a whole, or by one of its differences.
    pub(super) fn show(self, row: &Row) -> bool {
        let mut differences = row.differences.iter().map(Kind::of_difference);
        self.has(Kind::of_row(row)) || differences.any(|kind| self.has(kind))
    }
}

/// How many rows and differences there are of each kind.
#[derive(Debug, Default)]
pub(super) struct Counts {
    rows: [usize; Kind::ALL.len()],
    by_rule: usize,
    others: usize,
}

impl Counts {
    pub(super) fn of(report: &Report) -> Self {
        let mut counts = Self::default();
        for row in report.groups.iter().flat_map(|group| &group.rows) {
            let mut kinds = vec![Kind::of_row(row)];
            for kind in row.differences.iter().map(Kind::of_difference) {
                if kind == Kind::ByRule {
                    counts.by_rule += 1;
                } else {
                    counts.others += 1;
                }
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            for kind in kinds {
                counts.rows[kind as usize] += 1;
            }
        }
        counts
    }

    /// The rows that are shown when that kind alone is chosen.
    pub(super) fn rows(&self, kind: Kind) -> usize {
        self.rows[kind as usize]
    }

    /// Those that a rule explains, and those that none does.
    pub(super) fn differences(&self) -> (usize, usize) {
        (self.by_rule, self.others)
    }
}
