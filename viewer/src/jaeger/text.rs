//! Go's text forms, which Jaeger lets through: of attribute values, durations and times.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

/// An attribute value as text: what a query compares with, and what an array or a map is shown as.
pub(crate) fn value(value: &AnyValue) -> String {
    match &value.value {
        Some(Any::StringValue(text)) => text.clone(),
        Some(Any::BoolValue(value)) => value.to_string(),
        Some(Any::IntValue(value)) => value.to_string(),
        Some(Any::DoubleValue(value)) => float(*value)
            .unwrap_or_else(|| format!("json: unsupported value: {}", not_a_number(*value))),
        Some(Any::BytesValue(bytes)) => BASE64.encode(bytes),
        Some(Any::ArrayValue(_) | Any::KvlistValue(_)) => {
            let mut out = String::new();
            // A value that JSON cannot express spoils the whole of it.
            if write_json(&mut out, value).is_some() {
                out
            } else {
                String::new()
            }
        }
        Some(Any::StringValueStrindex(_)) | None => String::new(),
    }
}

/// A finite double as JSON writes it.
pub(crate) fn float(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return Some(if text.contains("e-") {
            text
        } else {
            text.replace('e', "e+")
        });
    }
    Some(value.to_string())
}

/// Go's words for the doubles that JSON does not have.
pub(crate) fn not_a_number(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    }
}

fn write_json(out: &mut String, value: &AnyValue) -> Option<()> {
    match &value.value {
        Some(Any::StringValue(text)) => write_string(out, text),
        Some(Any::BoolValue(value)) => out.push_str(if *value { "true" } else { "false" }),
        Some(Any::IntValue(value)) => out.push_str(&value.to_string()),
        Some(Any::DoubleValue(value)) => out.push_str(&float(*value)?),
        Some(Any::BytesValue(bytes)) => write_string(out, &BASE64.encode(bytes)),
        Some(Any::ArrayValue(array)) => {
            out.push('[');
            for (at, value) in array.values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json(out, value)?;
            }
            out.push(']');
        }
        Some(Any::KvlistValue(list)) => write_map(out, &list.values)?,
        Some(Any::StringValueStrindex(_)) | None => out.push_str("null"),
    }
    Some(())
}

fn write_map(out: &mut String, entries: &[KeyValue]) -> Option<()> {
    let sorted: BTreeMap<&str, Option<&AnyValue>> = entries
        .iter()
        .map(|entry| (entry.key.as_str(), entry.value.as_ref()))
        .collect();
    out.push('{');
    for (at, (key, value)) in sorted.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_string(out, key);
        out.push(':');
        write_json(out, value.unwrap_or(&AnyValue { value: None }))?;
    }
    out.push('}');
    Some(())
}

/// A JSON string with the escapes that Go adds to be safe within HTML.
fn write_string(out: &mut String, text: &str) {
    let plain = serde_json::Value::from(text).to_string();
    for c in plain.chars() {
        if matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') {
            let _infallible = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
}

/// A duration as Go prints it: `1.5ms`, `-2m0.25s`, `1h0m0s`.
pub(crate) fn duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let size = nanos.unsigned_abs();
    match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", decimal(size, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", decimal(size, 1_000_000)),
        _ => {
            const SECOND: u64 = 1_000_000_000;
            let (minutes, rest) = (size / (60 * SECOND), size % (60 * SECOND));
            let seconds = decimal(rest, SECOND);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// `value / unit` as a decimal without trailing zeros; `unit` is a power of ten.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, part) = (value / unit, value % unit);
    if part == 0 {
        return whole.to_string();
    }
    let digits = usize::try_from(unit.ilog10()).expect("at most nineteen");
    let part = format!("{part:0digits$}");
    format!("{whole}.{}", part.trim_end_matches('0'))
}

/// Reads a duration as Go does: decimal numbers with units, as in `1h15m30.918s`. Returns nanoseconds.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1.0),
        ("us", 1e3),
        ("µs", 1e3),
        ("μs", 1e3),
        ("ms", 1e6),
        ("s", 1e9),
        ("m", 60e9),
        ("h", 3600e9),
    ];
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0.0;
    while !rest.is_empty() || total == 0.0 {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let unit = rest[number..]
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .map_or(rest.len(), |at| number + at);
        let (_, scale) = UNITS
            .iter()
            .find(|(name, _)| *name == &rest[number..unit])?;
        total += rest[..number].parse::<f64>().ok()? * scale;
        rest = &rest[unit..];
        if rest.is_empty() {
            break;
        }
    }
    let nanos = (sign * total).round();
    // The bounds of i64, as doubles; beyond them the cast would saturate in silence.
    (nanos.abs() < 9.2e18).then_some(nanos as i64)
}

/// A time as Go prints it: `2026-01-31 08:05:09.25 +0000 UTC`.
pub(crate) fn time(unix_nanos: i64) -> String {
    const SECOND: i64 = 1_000_000_000;
    let (seconds, nanos) = (unix_nanos.div_euclid(SECOND), unix_nanos.rem_euclid(SECOND));
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil_date(days);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let fraction = if nanos == 0 {
        String::new()
    } else {
        format!(".{nanos:09}").trim_end_matches('0').to_owned()
    };
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction} +0000 UTC")
}

/// The Gregorian date of a day counted from 1970-01-01, by counting in years that begin in March.
fn civil_date(days: i64) -> (i64, i64, i64) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    let since_march_of_year_0 = days + 719_468;
    let era = since_march_of_year_0.div_euclid(DAYS_IN_400_YEARS);
    let day_of_era = since_march_of_year_0.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_go_prints_them() {
        let printed = [
            0,
            999,
            1_500,
            1_000_000,
            -2_250_000,
            61_250_000_000,
            3_600_000_000_000,
        ]
        .map(duration);

        assert_eq!(
            printed,
            [
                "0s", "999ns", "1.5µs", "1ms", "-2.25ms", "1m1.25s", "1h0m0s"
            ]
        );
    }

    #[test]
    fn durations_parse_as_go_parses_them() {
        let parsed = [
            "1.5ms",
            "1h15m0.5s",
            "0",
            "-10us",
            "3µs",
            "",
            "5",
            "1x",
            "ms",
            "1e400h",
            "9999999999h",
        ]
        .map(parse_duration);

        let expected = [
            Some(1_500_000),
            Some(4_500_500_000_000),
            Some(0),
            Some(-10_000),
            Some(3_000),
            None,
            None,
            None,
            None,
            None,
            None,
        ];
        assert_eq!(parsed, expected);
    }

    #[test]
    fn times_print_as_go_prints_them() {
        assert_eq!(time(0), "1970-01-01 00:00:00 +0000 UTC");
        assert_eq!(
            time(1_709_210_096_250_000_000),
            "2024-02-29 12:34:56.25 +0000 UTC"
        );
        assert_eq!(time(-1), "1969-12-31 23:59:59.999999999 +0000 UTC");
    }

    #[test]
    fn floats_print_as_json_numbers() {
        let printed = [1.0, -0.5, 1e20, 1e21, 1e-6, 1.25e-7, f64::NAN].map(float);

        let expected = [
            "1",
            "-0.5",
            "100000000000000000000",
            "1e+21",
            "0.000001",
            "1.25e-7",
        ];
        assert_eq!(printed[..6], expected.map(|text| Some(text.to_owned())));
        assert_eq!(printed[6], None);
    }
}
