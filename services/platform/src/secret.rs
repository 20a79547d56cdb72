//! Keys from the configuration.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretSlice};

/// The shortest key that is accepted, in bytes: the output length of the hash that uses it.
pub const MIN_KEY: usize = 32;

/// Key material of at least 32 bytes, wiped from memory when it is dropped.
#[derive(Clone)]
pub struct Key(SecretSlice<u8>);

/// Why a text is not a key. The text itself is never part of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Neither hexadecimal nor base64.
    #[error("a key is written in hex or base64")]
    Encoding,
    /// Shorter than [`MIN_KEY`].
    #[error("a key has at least {MIN_KEY} bytes, this one has {0}")]
    Short(usize),
}

impl Key {
    /// A key from a generator that the operating system seeds, for a process that keeps its keys to itself.
    pub fn random() -> Self {
        Self(rand::random::<[u8; MIN_KEY]>().to_vec().into())
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl FromStr for Key {
    type Err = KeyError;

    /// Reads hex first: 64 hex digits are also valid base64, and someone who wrote hex meant hex.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bytes = hex::decode(text)
            .ok()
            .or_else(|| {
                [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
                    .iter()
                    .find_map(|alphabet| alphabet.decode(text).ok())
            })
            .ok_or(KeyError::Encoding)?;
        if bytes.len() < MIN_KEY {
            return Err(KeyError::Short(bytes.len()));
        }

        Ok(Self(bytes.into()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_and_base64_name_the_same_key() {
        let hex = "00".repeat(31) + "ff";
        let base64 = "A".repeat(41) + "P8=";

        let key: Key = hex.parse().unwrap();

        assert_eq!(key.expose(), base64.parse::<Key>().unwrap().expose());
        assert_eq!(
            key.expose(),
            base64
                .trim_end_matches('=')
                .parse::<Key>()
                .unwrap()
                .expose()
        );
    }

    #[test]
    fn a_short_key_is_refused_without_being_shown() {
        assert_eq!("abcd".parse::<Key>().unwrap_err(), KeyError::Short(2));
        assert_eq!("not a key!".parse::<Key>().unwrap_err(), KeyError::Encoding);
    }

    #[test]
    fn random_keys_differ() {
        assert_ne!(Key::random().expose(), Key::random().expose());
    }
}
