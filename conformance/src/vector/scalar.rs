//! Values of tags and log fields.

use serde::Deserialize;
use serde_json::Value;

/// A value of a tag or of a log field.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
#[non_exhaustive]
pub enum Scalar {
    /// Text.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A whole number, written without a decimal point.
    Int(i64),
    /// A whole number beyond [`i64::MAX`].
    Unsigned(u64),
    /// A number written with a decimal point or an exponent.
    Float(f64),
}

/// The value is one that no tag can have.
#[derive(Debug, thiserror::Error)]
#[error("a value is text, true, false or a number, not `{0}`")]
pub struct NotScalar(Value);

impl TryFrom<Value> for Scalar {
    type Error = NotScalar;

    fn try_from(value: Value) -> Result<Self, NotScalar> {
        match &value {
            Value::String(text) => Ok(Self::Text(text.clone())),
            Value::Bool(truth) => Ok(Self::Bool(*truth)),
            Value::Number(number) => number
                .as_i64()
                .map(Self::Int)
                .or_else(|| number.as_u64().map(Self::Unsigned))
                .or_else(|| number.as_f64().map(Self::Float))
                .ok_or(NotScalar(value)),
            Value::Null | Value::Array(_) | Value::Object(_) => Err(NotScalar(value)),
        }
    }
}
