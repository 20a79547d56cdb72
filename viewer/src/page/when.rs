//! Times as people write them.

use std::ops::RangeInclusive;

/// A minute in nanoseconds.
pub(super) const MINUTE: i64 = 60_000_000_000;

/// A day and a time in UTC, as nanoseconds since 1970: `2026-05-28T20:26`, with or without seconds and their fraction. A
/// blank may stand for the `T`, and a `Z` at the end.
pub(super) fn parse_utc(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (day, clock) = text.split_once(['T', ' '])?;
    let number = |text: &str, digits: RangeInclusive<usize>| {
        let fits = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|_| fits)
    };
    let mut parts = day.splitn(3, '-');
    let (year, month) = (number(parts.next()?, 4..=4)?, number(parts.next()?, 2..=2)?);
    let day = number(parts.next()?, 2..=2)?;
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (number(parts.next()?, 2..=2)?, number(parts.next()?, 2..=2)?);
    let (second, fraction) = match parts.next() {
        None => ("00", ""),
        Some(second) => second.split_once('.').unwrap_or((second, "0")),
    };
    let nanos = match fraction {
        "" if text.ends_with('.') => return None,
        "" => 0,
        fraction => number(fraction, 1..=9)? * 10_i64.pow(9 - u32::try_from(fraction.len()).ok()?),
    };
    let second = number(second, 2..=2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// The days from 1970 to that one; none if the month does not have it.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if is_leap(year) { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month - 1).ok()?;
    if !(1..=*lengths.get(month)?).contains(&day) {
        return None;
    }
    // Each year before has 365 days, and those that are leap years one more.
    let leaps = |year: i64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leaps((year - 1).max(0)) - leaps(1969);
    let months: i64 = lengths[..month].iter().sum();
    Some(years + months + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_utc() {
        let second = 1_000_000_000;
        for (text, seconds) in [
            ("1970-01-01T00:00", 0),
            ("1969-12-31 23:59:59", -1),
            ("2000-02-29T12:00Z", 951_825_600),
            ("2026-05-28T20:26:40", 1_780_000_000),
            ("2100-03-01 00:00:00.000", 4_107_542_400),
        ] {
            assert_eq!(parse_utc(text), Some(seconds * second), "{text}");
        }
        assert_eq!(
            parse_utc("1970-01-01T00:00:01.5"),
            Some(second + second / 2)
        );
        for text in [
            "",
            "now",
            "2026-05-28",
            "2026-02-29T00:00",
            "2026-13-01T00:00",
            "2026-00-01T00:00",
            "2026-05-00T00:00",
            "2026-05-28T24:00",
            "2026-05-28T20:60",
            "2026-05-28T20:26:60",
            "2026-05-28T20:26:40.",
            "2026-5-28T20:26",
            "+026-05-28T20:26",
            "2026-05-28T20:26+02:00",
            "9999-12-31T23:59",
        ] {
            assert_eq!(parse_utc(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_read_is_what_is_shown() {
        use crate::page::text::time;

        for text in [
            "1904-02-29",
            "1999-12-31",
            "2024-02-29",
            "2026-11-23",
            "2100-02-28",
        ] {
            let text = format!("{text} 08:09:10.123");
            let nanos = parse_utc(&text).expect("a time");
            assert_eq!(time(nanos).0, text);
        }
    }
}
