//! The counts of a simulation.

use std::collections::BTreeMap;
use std::fmt;

use super::hop::{Hop, Span};

#[derive(Debug, Default)]
pub(crate) struct Tally {
    by_length: BTreeMap<usize, Row>,
    split: Vec<(Vec<Hop>, Vec<Span>)>,
    misplaced: Vec<(Vec<Hop>, Vec<Span>)>,
}

#[derive(Clone, Debug, Default)]
struct Row {
    chains: usize,
    split: usize,
    misplaced: usize,
    verdicts: BTreeMap<&'static str, usize>,
}

impl Tally {
    pub(crate) fn count(&mut self, chain: &[Hop], spans: &[Span]) {
        let row = self.by_length.entry(chain.len()).or_default();
        row.chains += 1;
        for verdict in spans.iter().filter_map(|span| span.verdict) {
            *row.verdicts.entry(verdict.as_str()).or_default() += 1;
        }
        let misplaced = spans.iter().filter(|span| span.is_misplaced()).count();
        row.misplaced += misplaced;
        if misplaced > 0 {
            self.misplaced.push((chain.to_vec(), spans.to_vec()));
        }
        if spans.iter().any(|span| span.trace != spans[0].trace) {
            row.split += 1;
            self.split.push((chain.to_vec(), spans.to_vec()));
        }
    }

    /// Chains, split ones, and spans with the wrong parent.
    pub(crate) fn totals(&self) -> [usize; 3] {
        let sum = |count: fn(&Row) -> usize| self.by_length.values().map(count).sum();
        [
            sum(|row| row.chains),
            sum(|row| row.split),
            sum(|row| row.misplaced),
        ]
    }

    /// The chains whose spans are in more than one trace.
    pub(crate) fn split(&self) -> impl Iterator<Item = &(Vec<Hop>, Vec<Span>)> {
        self.split.iter()
    }

    pub(crate) fn split_chains(&self) -> Vec<&Vec<Hop>> {
        self.split.iter().map(|(chain, _)| chain).collect()
    }

    /// The chains in which a span of a service that speaks both has a parent that did not call it.
    pub(crate) fn misplaced(&self) -> impl Iterator<Item = &(Vec<Hop>, Vec<Span>)> {
        self.misplaced.iter()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const VERDICTS: [&str; 8] = [
            "nothing",
            "w3c_only",
            "jaeger_only",
            "same",
            "jaeger_later",
            "w3c_later",
            "undecided",
            "conflict",
        ];
        write!(f, "length chains  split misplaced")?;
        for verdict in VERDICTS {
            write!(f, " {verdict:>12}")?;
        }
        writeln!(f)?;
        for (length, row) in &self.by_length {
            write!(
                f,
                "{length:>6} {:>6} {:>6} {:>9}",
                row.chains, row.split, row.misplaced
            )?;
            for verdict in VERDICTS {
                write!(
                    f,
                    " {:>12}",
                    row.verdicts.get(verdict).copied().unwrap_or(0)
                )?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
