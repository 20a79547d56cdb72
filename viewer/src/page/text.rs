//! Times, durations and foreign text, for the eye.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::jaeger::time_text;
use crate::tree::escape::is_invisible;

/// How much of a name a line shows.
pub(super) const NAME: usize = 200;

/// How much of a value the details show; the rest is in the JSON.
pub(super) const VALUE: usize = 8_000;

/// Text from outside: what leaves no mark or reorders its surroundings is written as an escape, what is too long is cut.
/// It is not HTML yet: the templates see to that.
pub(super) fn shown(text: &str, longest: usize) -> Cow<'_, str> {
    let hidden = |c: char| (c.is_control() && c != '\n' && c != '\t') || is_invisible(c);
    let cut = text.char_indices().nth(longest).map(|(at, _)| at);
    if cut.is_none() && !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    for c in text[..cut.unwrap_or(text.len())].chars() {
        if hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    if let Some(cut) = cut {
        let _infallible = write!(out, "… ({} bytes more)", text.len() - cut);
    }
    Cow::Owned(out)
}

/// A name on a line: never empty, so that there is something to see and to press.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    if text.is_empty() {
        Cow::Borrowed("(no name)")
    } else {
        shown(text, NAME)
    }
}

/// Three digits and a unit.
pub(super) fn duration(nanos: i64) -> String {
    let magnitude = nanos.unsigned_abs();
    let sign = if nanos < 0 { "−" } else { "" };
    let in_units = |unit: u64, name: &str| {
        let value = magnitude as f64 / unit as f64;
        let digits = match value {
            v if v < 9.995 => 2,
            v if v < 99.95 => 1,
            _ => 0,
        };
        format!("{sign}{value:.digits$} {name}")
    };
    match magnitude {
        0..1_000 => format!("{sign}{magnitude} ns"),
        1_000..999_500 => in_units(1_000, "µs"),
        999_500..999_500_000 => in_units(1_000_000, "ms"),
        999_500_000..60_000_000_000 => in_units(1_000_000_000, "s"),
        _ => {
            let seconds = magnitude / 1_000_000_000;
            format!("{sign}{} min {} s", seconds / 60, seconds % 60)
        }
    }
}

/// A time in UTC, to the millisecond: for people, and for a machine.
pub(super) fn time(unix_nanos: i64) -> (String, String) {
    let millis = unix_nanos.rem_euclid(1_000_000_000) / 1_000_000;
    let whole = time_text(unix_nanos);
    let seconds = whole.trim_end_matches(" +0000 UTC");
    let seconds = seconds
        .split_once('.')
        .map_or(seconds, |(seconds, _)| seconds);
    (
        format!("{seconds}.{millis:03}"),
        format!("{}.{millis:03}Z", seconds.replacen(' ', "T", 1)),
    )
}

/// A number with its noun.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        grouped(count),
        if count == 1 { "" } else { "s" }
    )
}

/// A number with commas between thousands.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_never_a_thousand_of_a_unit() {
        let shown: Vec<String> = [
            0,
            999,
            1_000,
            12_340,
            999_499,
            999_500,
            1_500_000,
            999_500_000,
            59_000_000_000,
            61_000_000_000,
            -2_500,
        ]
        .map(duration)
        .into();

        assert_eq!(
            shown,
            [
                "0 ns",
                "999 ns",
                "1.00 µs",
                "12.3 µs",
                "999 µs",
                "1.00 ms",
                "1.50 ms",
                "1.00 s",
                "59.0 s",
                "1 min 1 s",
                "−2.50 µs"
            ]
        );
    }

    #[test]
    fn times_before_and_after_1970_are_shown() {
        assert_eq!(time(1_500_000).0, "1970-01-01 00:00:00.001");
        assert_eq!(time(-1_000_000).1, "1969-12-31T23:59:59.999Z");
        assert_eq!(time(i64::MIN).0, "1677-09-21 00:12:43.145");
    }

    #[test]
    fn what_leaves_no_mark_is_written_out() {
        assert_eq!(shown("a\u{202e}b\u{0}", 9), "a\\u{202e}b\\u{0}");
        assert_eq!(shown("two\nlines", 9), "two\nlines");
        assert_eq!(shown("ääää", 2), "ää… (4 bytes more)");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
