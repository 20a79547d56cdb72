//! What is measured, and in which order.

use std::fmt;
use std::str::FromStr;

use launcher::Stage;

/// The share of the traces that is kept, in percent.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Sampling(u8);

/// The text is no share.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a whole number of percent, from 0 to 100")]
pub(crate) struct NotASampling;

/// The three services in one stage, at one sampling.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cell {
    /// The stage of all three.
    pub(crate) stage: Stage,
    /// `None` in stage bare, which has nothing to keep.
    pub(crate) sampling: Option<Sampling>,
}

// === impl Sampling ===

impl Sampling {
    /// Every trace.
    pub(crate) const ALL: Self = Self(100);

    /// The sampler as the standard variables name it.
    #[must_use]
    pub(crate) fn variables(self) -> Vec<(&'static str, String)> {
        let sampler = "OTEL_TRACES_SAMPLER";
        match self.0 {
            100 => vec![(sampler, "parentbased_always_on".to_owned())],
            0 => vec![(sampler, "parentbased_always_off".to_owned())],
            percent => {
                let share = f64::from(percent) / 100.0;
                vec![
                    (sampler, "parentbased_traceidratio".to_owned()),
                    ("OTEL_TRACES_SAMPLER_ARG", share.to_string()),
                ]
            }
        }
    }
}

impl FromStr for Sampling {
    type Err = NotASampling;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text
            .trim()
            .strip_suffix('%')
            .unwrap_or(text.trim())
            .trim_end();
        match number.parse() {
            Ok(percent @ 0..=100) => Ok(Self(percent)),
            _ => Err(NotASampling),
        }
    }
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

// === impl Cell ===

impl Cell {
    /// What stands for everything else: no instrumentation.
    pub(crate) const BARE: Self = Self {
        stage: Stage::Bare,
        sampling: None,
    };

    /// A stage at a sampling.
    #[must_use]
    pub(crate) fn new(stage: Stage, sampling: Sampling) -> Self {
        Self {
            stage,
            sampling: stage.traces().then_some(sampling),
        }
    }

    /// Whether there is no trace that is not kept.
    #[must_use]
    pub(crate) fn keeps_all(self) -> bool {
        self.sampling.is_none_or(|share| share == Sampling::ALL)
    }

    /// All that is to be measured, the zero line first and once.
    #[must_use]
    pub(crate) fn all(stages: &[Stage], samplings: &[Sampling]) -> Vec<Self> {
        let mut cells = vec![Self::BARE];
        for sampling in samplings {
            for stage in stages {
                let cell = Self::new(*stage, *sampling);
                if !cells.contains(&cell) {
                    cells.push(cell);
                }
            }
        }
        cells
    }

    /// The order of a round: every second one goes backwards. So a machine that gets slower or faster in the course of the
    /// run favours nobody, if the number of rounds is even.
    #[must_use]
    pub(crate) fn order(cells: usize, round: u32) -> Vec<usize> {
        let mut order: Vec<usize> = (0..cells).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        order
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sampling {
            Some(sampling) => write!(f, "{} at {sampling}", self.stage),
            None => write!(f, "{}", self.stage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampling(text: &str) -> Sampling {
        text.parse().unwrap()
    }

    #[test]
    fn a_sampling_is_a_percentage() {
        assert_eq!(sampling("100"), Sampling::ALL);
        assert_eq!(sampling(" 10 % ").to_string(), "10 %");
        for text in ["", "101", "-1", "0.1", "all", "%"] {
            assert_eq!(text.parse::<Sampling>(), Err(NotASampling), "{text:?}");
        }
    }

    #[test]
    fn the_sampler_is_named_as_an_operator_would() {
        let variables = |text: &str| sampling(text).variables();

        assert_eq!(
            variables("100"),
            [("OTEL_TRACES_SAMPLER", "parentbased_always_on".to_owned())]
        );
        assert_eq!(
            variables("0"),
            [("OTEL_TRACES_SAMPLER", "parentbased_always_off".to_owned())]
        );
        assert_eq!(
            variables("10")[1],
            ("OTEL_TRACES_SAMPLER_ARG", "0.1".to_owned())
        );
    }

    #[test]
    fn bare_is_measured_once_and_always() {
        let cells = Cell::all(
            &Stage::ALL,
            &[sampling("100"), sampling("10"), sampling("0")],
        );
        assert_eq!(cells.len(), 1 + 3 * 5);
        assert_eq!(cells.iter().filter(|cell| **cell == Cell::BARE).count(), 1);

        let cells = Cell::all(&[Stage::Shim], &[Sampling::ALL]);
        assert_eq!(cells, [Cell::BARE, Cell::new(Stage::Shim, Sampling::ALL)]);
    }

    #[test]
    fn every_second_round_goes_backwards() {
        assert_eq!(Cell::order(3, 0), [0, 1, 2]);
        assert_eq!(Cell::order(3, 1), [2, 1, 0]);
        assert_eq!(Cell::order(3, 2), [0, 1, 2]);
    }

    #[test]
    fn in_an_even_number_of_rounds_everybody_is_as_early_as_late() {
        let mut turns = [0; 7];
        for round in 0..4 {
            for (turn, cell) in Cell::order(7, round).into_iter().enumerate() {
                turns[cell] += turn;
            }
        }
        assert_eq!(turns, [4 * 3; 7]);
    }

    #[test]
    fn bare_has_no_trace_that_is_not_kept() {
        assert!(Cell::BARE.keeps_all());
        assert!(Cell::new(Stage::Shim, Sampling::ALL).keeps_all());
        assert!(!Cell::new(Stage::Shim, sampling("10")).keeps_all());
    }
}
