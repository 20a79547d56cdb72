//! Scalars as protobuf's JSON mapping allows them.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Senders may leave out the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An integer, as a number or as a string: those of 64 bits do not fit into the numbers of JavaScript.
#[derive(Debug, Default)]
pub(super) struct Integer<T>(pub(super) T);

/// A double; the values that JSON does not have are strings.
#[derive(Debug)]
pub(super) struct Double(pub(super) f64);

/// An id: hexadecimal digits of either case.
#[derive(Debug, Default)]
pub(super) struct Id(pub(super) Vec<u8>);

/// Any other bytes: base64, of either alphabet.
#[derive(Debug)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl<'de, T> Deserialize<'de> for Integer<T>
where
    T: FromStr + TryFrom<u64> + TryFrom<i64>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        impl<T: FromStr + TryFrom<u64> + TryFrom<i64>> Visitor<'_> for Either<T> {
            type Value = Integer<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer in range, or a string of one")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Integer<T>, E> {
                let number = T::try_from(number);
                number.map(Integer).map_err(|_| out_of_range())
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Integer<T>, E> {
                let number = T::try_from(number);
                number.map(Integer).map_err(|_| out_of_range())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Integer<T>, E> {
                text.parse().map(Integer).map_err(|_| out_of_range())
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Double;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a string of one")
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Double, E> {
                Ok(Double(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Double, E> {
                let number = match text {
                    "NaN" => Some(f64::NAN),
                    "Infinity" => Some(f64::INFINITY),
                    "-Infinity" => Some(f64::NEG_INFINITY),
                    // Rust knows more words for these than the mapping does.
                    _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
                };
                number.map(Double).ok_or_else(out_of_range)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let bytes = hex::decode(digits);
        bytes
            .map(Self)
            .map_err(|error| D::Error::custom(format_args!("an id is not hexadecimal: {error}")))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64.decode(text.replace('-', "+").replace('_', "/"));
        bytes
            .map(Self)
            .map_err(|error| D::Error::custom(format_args!("bytes are not base64: {error}")))
    }
}

fn out_of_range<E: Error>() -> E {
    E::custom("a number is none, or out of range")
}
