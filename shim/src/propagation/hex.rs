//! Identifiers in hexadecimal, without the liberties of `from_str_radix` (signs, any length).

use opentelemetry::trace::{SpanId, TraceId};

/// Which digits a format allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    /// `0-9a-f`.
    Lower,
    /// `0-9a-fA-F`.
    AnyCase,
}

/// The number that `text` of 1 to 32 digits stands for; short ones are padded on the left.
pub(super) fn parse(text: &str, digits: Digits) -> Option<u128> {
    if text.is_empty() || text.len() > 32 {
        return None;
    }
    text.bytes().try_fold(0_u128, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' if digits == Digits::AnyCase => byte - b'A' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}

/// The same for at most 16 digits.
pub(super) fn parse_u64(text: &str, digits: Digits) -> Option<u64> {
    if text.len() > 16 {
        return None;
    }
    parse(text, digits).and_then(|number| number.try_into().ok())
}

/// The same for at most 2 digits.
pub(super) fn parse_u8(text: &str, digits: Digits) -> Option<u8> {
    if text.len() > 2 {
        return None;
    }
    parse(text, digits).and_then(|number| number.try_into().ok())
}

/// Appends the lowest `digits` digits of `number` in lower case.
pub(super) fn push(text: &mut String, number: u128, digits: u32) {
    for digit in (0..digits).rev() {
        let nibble = (number >> (4 * digit)) as usize & 0xf;
        text.push(char::from(b"0123456789abcdef"[nibble]));
    }
}

pub(super) fn trace_id(id: TraceId) -> u128 {
    u128::from_be_bytes(id.to_bytes())
}

pub(super) fn span_id(id: SpanId) -> u128 {
    u64::from_be_bytes(id.to_bytes()).into()
}
