//! The one-time code.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Digits of a code: the 20 bits that the guidelines for one-time codes ask for.
pub const DIGITS: usize = 6;

/// How many codes there are.
pub const COUNT: u32 = 1_000_000;

/// A one-time code of six digits, wiped from memory when it is dropped.
#[derive(Clone)]
pub struct Code(SecretString);

/// The text is not a code of six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a code of six digits")]
pub struct NotACode;

impl Code {
    /// The code with this number, padded with zeros; `None` from a million on.
    pub fn from_number(number: u32) -> Option<Self> {
        (number < COUNT).then(|| Self(format!("{number:0DIGITS$}").into()))
    }

    /// Reads a code that a user has typed.
    ///
    /// # Errors
    ///
    /// If the text is not exactly six ASCII digits.
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        if text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(NotACode)
        }
    }

    /// The digits, for the MAC and for the text message.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_kept() {
        assert_eq!(Code::from_number(42).unwrap().expose(), "000042");
        assert_eq!(Code::from_number(999_999).unwrap().expose(), "999999");
        assert!(Code::from_number(COUNT).is_none());
    }

    #[test]
    fn only_six_ascii_digits_are_a_code() {
        assert!(Code::parse("012345").is_ok());
        for text in [
            "",
            "12345",
            "1234567",
            "12345a",
            " 12345",
            "１２３",
            "+12345",
        ] {
            assert!(Code::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(
            format!("{:?}", Code::parse("123456").unwrap()),
            "Code([redacted])"
        );
    }
}
