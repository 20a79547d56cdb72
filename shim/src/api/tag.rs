//! Values of tags.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The value of a tag: a string, a boolean or a number, as OpenTracing 1.1 asks.
///
/// Every primitive converts by [`From`]. An integer outside the range of `i64` becomes its decimal text rather than a
/// wrong number. Floats are kept bit for bit, infinities and NaN included. For anything else there are
/// [`TagValue::display`] and [`TagValue::debug`].
///
/// ```
/// use opentracing_shim::TagValue;
///
/// assert_eq!(TagValue::from(200_u16), TagValue::I64(200));
/// assert_eq!(TagValue::from(u64::MAX), TagValue::from("18446744073709551615"));
/// assert_eq!(TagValue::debug(&Some(1)), TagValue::from("Some(1)"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TagValue {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// A floating point number.
    F64(f64),
    /// Text; static text is not copied.
    String(Cow<'static, str>),
}

impl TagValue {
    /// The text that `value` displays.
    pub fn display(value: &(impl fmt::Display + ?Sized)) -> Self {
        Self::String(value.to_string().into())
    }

    /// The text of `value` in debug form.
    pub fn debug(value: &(impl fmt::Debug + ?Sized)) -> Self {
        Self::String(format!("{value:?}").into())
    }

    /// The text, if the value is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for TagValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::String(value) => f.write_str(value),
        }
    }
}

/// Conversions from primitives, once for each of the two value types (`TagValue` and `FieldValue`).
macro_rules! from_primitives {
    ($value:ident) => {
        from_primitives!(@small $value: i8 i16 i32 i64 u8 u16 u32);
        from_primitives!(@wide $value: u64 i128 u128 isize usize);

        impl From<bool> for $value {
            fn from(value: bool) -> Self {
                Self::Bool(value)
            }
        }

        impl From<f32> for $value {
            fn from(value: f32) -> Self {
                Self::F64(value.into())
            }
        }

        impl From<f64> for $value {
            fn from(value: f64) -> Self {
                Self::F64(value)
            }
        }

        impl From<char> for $value {
            fn from(value: char) -> Self {
                Self::String(String::from(value).into())
            }
        }

        impl From<&'static str> for $value {
            fn from(value: &'static str) -> Self {
                Self::String(Cow::Borrowed(value))
            }
        }

        impl From<String> for $value {
            fn from(value: String) -> Self {
                Self::String(Cow::Owned(value))
            }
        }

        impl From<Cow<'static, str>> for $value {
            fn from(value: Cow<'static, str>) -> Self {
                Self::String(value)
            }
        }

        impl From<Box<str>> for $value {
            fn from(value: Box<str>) -> Self {
                Self::String(Cow::Owned(value.into()))
            }
        }

        impl From<Arc<str>> for $value {
            fn from(value: Arc<str>) -> Self {
                Self::String(Cow::Owned(value.as_ref().to_owned()))
            }
        }
    };
    (@small $value:ident: $($int:ty)+) => {$(
        impl From<$int> for $value {
            fn from(value: $int) -> Self {
                Self::I64(value.into())
            }
        }
    )+};
    (@wide $value:ident: $($int:ty)+) => {$(
        impl From<$int> for $value {
            fn from(value: $int) -> Self {
                i64::try_from(value).map_or_else(|_| Self::String(value.to_string().into()), Self::I64)
            }
        }
    )+};
}

from_primitives!(TagValue);

pub(super) use from_primitives;
