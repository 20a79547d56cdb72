//! What the formats are made of. Each says what it expected, and the parser adds the place.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::model::{BadId, SpanId, TraceId, Value};

/// Writers differ in whether they pad.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An id, and whether zeros are missing in front of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id<T> {
    pub(super) id: T,
    pub(super) is_cut: bool,
}

/// The id of a parent, which is empty or zero where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct MaybeId<T>(pub(super) Option<Id<T>>);

/// What reads as an id.
pub(super) trait ReadId: Sized {
    const EXPECTED: &'static str;
    fn read(text: &str) -> Result<Id<Self>, BadId>;
}

impl ReadId for TraceId {
    const EXPECTED: &'static str = "a trace id of up to 32 hexadecimal digits";

    fn read(text: &str) -> Result<Id<Self>, BadId> {
        let is_cut = Self::is_cut(text);
        Self::parse(text).map(|id| Id { id, is_cut })
    }
}

impl ReadId for SpanId {
    const EXPECTED: &'static str = "a span id of up to 16 hexadecimal digits";

    fn read(text: &str) -> Result<Id<Self>, BadId> {
        let is_cut = Self::is_cut(text);
        Self::parse(text).map(|id| Id { id, is_cut })
    }
}

impl<'de, T: ReadId> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = deserializer.deserialize_any(IdText {
            is_needed: true,
            of: PhantomData,
        })?;
        Ok(id.expect("one that is needed is there, or an error"))
    }
}

impl<'de, T: ReadId> Deserialize<'de> for MaybeId<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = deserializer.deserialize_any(IdText {
            is_needed: false,
            of: PhantomData,
        })?;
        Ok(Self(id))
    }
}

struct IdText<T> {
    is_needed: bool,
    of: PhantomData<T>,
}

impl<T: ReadId> IdText<T> {
    fn none<E: Error>(&self) -> Result<Option<Id<T>>, E> {
        if self.is_needed {
            let expected = T::EXPECTED;
            return Err(E::custom(format_args!("expected {expected}, found none")));
        }
        Ok(None)
    }
}

impl<T: ReadId> Visitor<'_> for IdText<T> {
    type Value = Option<Id<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<Id<T>>, E> {
        match T::read(text) {
            Ok(id) => Ok(Some(id)),
            Err(BadId::Zero) => self.none(),
            Err(BadId::Digits) if text.is_empty() => self.none(),
            Err(BadId::Digits) => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Option<Id<T>>, E> {
        self.none()
    }
}

/// An integer, as a number or as a string of digits, which is how JSON carries 64 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Integer<T>(pub(super) T);

impl<'de, T> Deserialize<'de> for Integer<T>
where
    T: std::str::FromStr + TryFrom<u64> + TryFrom<i64>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits<T>(PhantomData<T>);

        impl<T: std::str::FromStr + TryFrom<u64> + TryFrom<i64>> Visitor<'_> for Digits<T> {
            type Value = Integer<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let bits = 8 * size_of::<T>();
                write!(f, "an integer of {bits} bits, or a string of its digits")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Integer<T>, E> {
                let fits = T::try_from(number).map(Integer);
                fits.map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Integer<T>, E> {
                let fits = T::try_from(number).map(Integer);
                fits.map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Integer<T>, E> {
                let number = text.parse().map(Integer);
                number.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Digits(PhantomData))
    }
}

/// A double, or the word for one that JSON has no number for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Double(pub(super) f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Scalar::deserialize(deserializer)? {
            Scalar::Integer(number) => Ok(Self(number as f64)),
            Scalar::Large(number) => Ok(Self(number as f64)),
            Scalar::Double(number) => Ok(Self(number)),
            Scalar::Text(text) => double(&text).map(Self).ok_or_else(|| {
                D::Error::invalid_value(Unexpected::Str(&text), &"a number, or a string of one")
            }),
            other => Err(D::Error::invalid_type(
                other.unexpected(),
                &"a number, or a string of one",
            )),
        }
    }
}

/// Go writes `+Inf` where protobuf writes `Infinity`.
pub(super) fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" | "+Inf" => Some(f64::INFINITY),
        "-Infinity" | "-Inf" => Some(f64::NEG_INFINITY),
        // Rust reads more words than these as doubles.
        _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

/// Text that is borrowed if it has no escapes, wherever it stands: serde's own `Cow` is only if it is a field by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;

        impl<'de> Visitor<'de> for Borrowed {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrowed)
    }
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value of JSON without parts.
#[derive(Clone, Debug)]
pub(super) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Bool(bool),
    Integer(i64),
    /// Above the integers of the model.
    Large(u64),
    Double(f64),
    Null,
}

impl Scalar<'_> {
    pub(super) fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Text(text) => Unexpected::Str(text),
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Integer(number) => Unexpected::Signed(*number),
            Self::Large(number) => Unexpected::Unsigned(*number),
            Self::Double(number) => Unexpected::Float(*number),
            Self::Null => Unexpected::Unit,
        }
    }

    /// The value, of the type that the JSON has.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.into_owned()),
            Self::Bool(value) => Value::Bool(value),
            Self::Integer(number) => Value::Integer(number),
            Self::Large(number) => Value::Double(number as f64),
            Self::Double(number) => Value::Double(number),
            Self::Null => Value::Text(String::new()),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number or a boolean")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Bool(value))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Integer(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar<'de>, E> {
                Ok(i64::try_from(number).map_or(Scalar::Large(number), Scalar::Integer))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Double(number))
            }

            fn visit_unit<E: Error>(self) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Null)
            }
        }

        deserializer.deserialize_any(Any)
    }
}
