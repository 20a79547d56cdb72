//! How values are written in flags and environment variables.

use std::time::Duration;

/// The text is not a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a duration such as 300s, 500ms, 15m or 12h")]
pub struct NotADuration;

/// Reads a whole number with a unit: `500ms`, `300s`, `15m`, `12h`. A number alone counts seconds.
///
/// # Errors
///
/// [`NotADuration`] for anything else, and for zero: every duration of ours is a wait that has to be one.
pub fn duration(text: &str) -> Result<Duration, NotADuration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| NotADuration)?;
    let milliseconds = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(NotADuration),
    };

    match number.checked_mul(milliseconds) {
        None | Some(0) => Err(NotADuration),
        Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, milliseconds) in [
            ("300", 300_000),
            ("300s", 300_000),
            ("50ms", 50),
            ("15m", 900_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "s",
            "0",
            "-1s",
            "1.5s",
            "1 s",
            "1d",
            "99999999999999999999s",
            "18446744073709551615h",
        ] {
            assert_eq!(duration(text), Err(NotADuration), "{text}");
        }
    }
}
