//! Whose keys are whose, where several systems share one Redis.

use std::fmt;
use std::str::FromStr;

/// The longest name that is accepted.
const MAX_LENGTH: usize = 32;

/// Precedes every key of a system. Those who share challenges, sessions and messages share it, and nobody else does.
///
/// # Examples
///
/// ```
/// use store::Namespace;
///
/// let staging: Namespace = "staging".parse()?;
///
/// assert_eq!(staging.to_string(), "staging");
/// assert_ne!(staging.clone().for_one_run(), staging.for_one_run());
/// assert!("{otp}".parse::<Namespace>().is_err());
/// # Ok::<_, store::NotANamespace>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// What precedes the keys.
    full: String,
    /// How much of that is shown as part of a destination: all but what is random.
    shown: usize,
}

/// The text cannot precede a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {MAX_LENGTH} ASCII letters, digits, dots, dashes or underscores")]
pub struct NotANamespace;

impl Namespace {
    /// The same with something random added, for a process that wants to find nobody else's keys. What is random is not
    /// part of a destination's name, which stays fit for a span attribute.
    #[must_use]
    pub fn for_one_run(mut self) -> Self {
        self.full.truncate(self.shown);
        self.full.push('-');
        self.full.push_str(&hex::encode(rand::random::<[u8; 8]>()));
        self
    }

    pub(crate) fn full(&self) -> &str {
        &self.full
    }

    pub(crate) fn shown(&self) -> &str {
        &self.full[..self.shown]
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self {
            full: "otp".to_owned(),
            shown: "otp".len(),
        }
    }
}

impl FromStr for Namespace {
    type Err = NotANamespace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Neither braces nor colons: they end a tag and a part of a key.
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self {
                full: text.to_owned(),
                shown: text.len(),
            })
        } else {
            Err(NotANamespace)
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_part_of_a_key_is_refused() {
        for text in [
            "",
            "a:b",
            "a}",
            "{a",
            "a b",
            "ä",
            &"a".repeat(MAX_LENGTH + 1),
        ] {
            assert_eq!(text.parse::<Namespace>(), Err(NotANamespace), "{text}");
        }
        for text in ["otp", "Team-7_eu.west", &"a".repeat(MAX_LENGTH)] {
            assert_eq!(text.parse::<Namespace>().unwrap().full(), text);
        }
    }

    #[test]
    fn what_is_random_is_not_shown() {
        let one = Namespace::default().for_one_run();

        assert_eq!(one.shown(), "otp");
        assert!(one.full().starts_with("otp-") && one.full().len() > 12);
        assert_ne!(one, one.clone().for_one_run());
    }
}
