//! How values are written in flags and environment variables.

use std::ffi::OsStr;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};

/// The longest duration that is accepted: a leap year. More is a slip, and stores cannot count it.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Why a text is not a duration of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotADuration {
    /// Anything but a number with a unit, or zero.
    #[error("expected a duration such as 300s, 500ms, 15m or 12h")]
    Malformed,
    /// More than anyone can mean.
    #[error("expected a duration of 366 days (8784h) at most")]
    TooLong,
}

/// Reads a whole number with a unit: `500ms`, `300s`, `15m`, `12h`. A number alone counts seconds.
///
/// # Errors
///
/// [`NotADuration`] for anything else, for zero, since every duration of ours is a wait that has to be one, and for more
/// than 366 days.
pub fn duration(text: &str) -> Result<Duration, NotADuration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(NotADuration::Malformed),
    };

    if number.is_empty() {
        return Err(NotADuration::Malformed);
    }
    // Digits that are not a number are too many.
    let number: u64 = number.parse().map_err(|_| NotADuration::TooLong)?;
    match number.checked_mul(milliseconds).map(Duration::from_millis) {
        Some(Duration::ZERO) => Err(NotADuration::Malformed),
        Some(duration) if duration <= LONGEST => Ok(duration),
        _ => Err(NotADuration::TooLong),
    }
}

/// Reads a secret. Unlike clap's own parsers it does not quote what it refuses: a key with one wrong character is still
/// almost a key, and the message ends up in a log.
pub fn secret<T>() -> SecretParser<T> {
    SecretParser(PhantomData)
}

/// What [`secret`] returns.
pub struct SecretParser<T>(PhantomData<fn() -> T>);

impl<T> TypedValueParser for SecretParser<T>
where
    T: FromStr<Err: fmt::Display> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let parsed = match value.to_str() {
            Some(text) => text.parse().map_err(|error: T::Err| error.to_string()),
            None => Err("expected UTF-8".to_owned()),
        };
        parsed.map_err(|error| {
            let name = argument.map(Arg::to_string).unwrap_or_default();
            let variable = argument
                .and_then(Arg::get_env)
                .map(OsStr::to_string_lossy)
                .unwrap_or_default();
            let message = format!("invalid value for '{name}' ({variable}): {error}\n");
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

impl<T> Clone for SecretParser<T> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<T> fmt::Debug for SecretParser<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretParser")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_secret_is_not_quoted() {
        let command = Command::new("test").arg(
            Arg::new("key")
                .long("key")
                .env("THE_TEST_KEY")
                .value_parser(secret::<crate::secret::Key>()),
        );

        let error = command
            .try_get_matches_from(["test", "--key", "c0ffee"])
            .unwrap_err()
            .to_string();

        assert!(
            error.contains("--key") && error.contains("THE_TEST_KEY") && error.contains("32 bytes"),
            "{error}"
        );
        assert!(!error.contains("c0ffee"), "{error}");
    }

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, milliseconds) in [
            ("300", 300_000),
            ("300s", 300_000),
            ("50ms", 50),
            ("15m", 900_000),
            ("1h", 3_600_000),
            ("8784h", 31_622_400_000),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in ["", "s", "0", "-1s", "1.5s", "1 s", "1d"] {
            assert_eq!(duration(text), Err(NotADuration::Malformed), "{text}");
        }
        for text in [
            "8785h",
            "18446744073709551615ms",
            "18446744073709551615h",
            "99999999999999999999s",
        ] {
            assert_eq!(duration(text), Err(NotADuration::TooLong), "{text}");
        }
    }
}
