//! Ids, which are read as old clients wrote them, too: without their leading zeros.

use std::fmt;

/// A trace's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TraceId(pub(crate) u128);

/// A span's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SpanId(pub(crate) u64);

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadId {
    /// Not hexadecimal, too long, or nothing at all.
    Digits,
    /// Zeros alone.
    Zero,
}

impl TraceId {
    const DIGITS: usize = 32;
    /// What Jaeger writes of an id with an upper half of zeros, and what 64-bit clients write.
    const DIGITS_OF_HALF: usize = 16;

    pub(crate) fn parse(text: &str) -> Result<Self, BadId> {
        let id = digits(text, Self::DIGITS).ok_or(BadId::Digits)?;
        if id == 0 {
            Err(BadId::Zero)
        } else {
            Ok(Self(id))
        }
    }

    /// Whether leading zeros are missing.
    pub(crate) fn is_cut(text: &str) -> bool {
        text.len() != Self::DIGITS && text.len() != Self::DIGITS_OF_HALF
    }
}

impl SpanId {
    const DIGITS: usize = 16;

    pub(crate) fn parse(text: &str) -> Result<Self, BadId> {
        let id = digits(text, Self::DIGITS).ok_or(BadId::Digits)?;
        let id = u64::try_from(id).expect("sixteen digits are 64 bits");
        if id == 0 {
            Err(BadId::Zero)
        } else {
            Ok(Self(id))
        }
    }

    /// Whether leading zeros are missing.
    pub(crate) fn is_cut(text: &str) -> bool {
        text.len() != Self::DIGITS
    }
}

fn digits(text: &str, most: usize) -> Option<u128> {
    let fits =
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| u128::from_str_radix(text, 16).expect("at most 32 hexadecimal digits"))
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
