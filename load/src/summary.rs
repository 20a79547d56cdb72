//! Several rounds in one number, and how far they lie apart.

use std::fmt;

/// What was measured in each round, in the order of the rounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series(Vec<f64>);

// === impl Series ===

impl Series {
    /// The one in the middle, so that one bad round does not count; of two in the middle, their mean. Not a number where
    /// nothing was measured.
    #[must_use]
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.as_slice() {
            [] => f64::NAN,
            all if all.len() % 2 == 1 => all[middle],
            all => f64::midpoint(all[middle - 1], all[middle]),
        }
    }

    /// The smallest.
    #[must_use]
    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    /// The largest.
    #[must_use]
    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::max)
    }

    /// The smallest and the largest, if there are several.
    #[must_use]
    pub(crate) fn spread(&self) -> Option<(f64, f64)> {
        (self.0.len() > 1).then(|| (self.min(), self.max()))
    }

    /// Both, round by round: what a round was like for everybody then drops out.
    #[must_use]
    pub(crate) fn against(&self, other: &Self, with: impl Fn(f64, f64) -> f64) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        pairs.map(|(one, other)| with(*one, *other)).collect()
    }
}

impl FromIterator<f64> for Series {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl fmt::Display for Series {
    /// The median, and in brackets how far the rounds lie apart, if there are several; with signs where `+` asks for them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = f.precision().unwrap_or(0);
        let signed = f.sign_plus();
        let number = |value: f64| {
            if signed {
                format!("{value:+.decimals$}")
            } else {
                format!("{value:.decimals$}")
            }
        };
        let median = number(self.median());
        f.write_str(&median)?;
        if let Some((min, max)) = self.spread() {
            write!(f, " ({} to {})", number(min), number(max))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        values.iter().copied().collect()
    }

    #[test]
    fn one_bad_round_does_not_move_the_median() {
        assert!((series(&[10.0, 12.0, 900.0, 11.0, 9.0]).median() - 11.0).abs() < 1e-9);
        assert!((series(&[1.0, 2.0]).median() - 1.5).abs() < 1e-9);
        assert!(series(&[]).median().is_nan());
    }

    #[test]
    fn what_a_round_was_like_for_everybody_drops_out() {
        let bare = series(&[100.0, 50.0, 200.0]);
        let shim = series(&[90.0, 45.0, 180.0]);

        let ratio = shim.against(&bare, |shim, bare| shim / bare);

        assert!((ratio.min() - 0.9).abs() < 1e-9);
        assert!((ratio.max() - 0.9).abs() < 1e-9);
    }

    #[test]
    fn the_spread_is_shown_with_the_median() {
        assert_eq!(
            format!("{:.1}", series(&[3.0, 1.0, 2.0])),
            "2.0 (1.0 to 3.0)"
        );
        assert_eq!(
            format!("{:+.1}", series(&[-1.0, 2.0])),
            "+0.5 (-1.0 to +2.0)"
        );
        assert_eq!(series(&[1234.4]).to_string(), "1234");
    }
}
