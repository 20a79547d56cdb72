//! Reports and findings for people: text for a terminal, and a page.
//!
//! Whatever came from a capture is escaped: no name imitates a line, a colour or markup.

mod escape;
mod html;
mod text;

pub use html::html;
pub use text::{Style, findings, text};

use crate::report::{Change, Row};

/// What a row is, at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Same,
    ByRule,
    Changed,
    Lost,
    Added,
    Reparented,
}

impl Mark {
    fn of(row: &Row) -> Self {
        let has = |kind| row.differences.iter().any(|found| found.kind == kind);
        match (&row.left, &row.right) {
            (Some(_), None) => Self::Lost,
            (None, Some(_)) => Self::Added,
            _ if has(Change::Reparented) => Self::Reparented,
            _ if row.differences.iter().any(|found| found.rule.is_none()) => Self::Changed,
            _ if row.differences.is_empty() => Self::Same,
            _ => Self::ByRule,
        }
    }

    fn sign(self) -> char {
        match self {
            Self::Same => '=',
            Self::ByRule => '~',
            Self::Changed => '!',
            Self::Lost => '-',
            Self::Added => '+',
            Self::Reparented => '>',
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::ByRule => "by rule",
            Self::Changed => "changed",
            Self::Lost => "lost",
            Self::Added => "added",
            Self::Reparented => "re-parented",
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
