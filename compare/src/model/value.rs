//! Typed values of attributes.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A value in the types that both formats have. Arrays and maps are a string of their JSON, as Jaeger writes them.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Bool(bool),
    Integer(i64),
    Double(f64),
    Bytes(Vec<u8>),
}

impl Value {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Bool(_) => "bool",
            Self::Integer(_) => "int",
            Self::Double(_) => "double",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// Bit by bit, so that a value is always equal to itself.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Text(text) => text.hash(state),
            Self::Bool(value) => value.hash(state),
            Self::Integer(value) => value.hash(state),
            Self::Double(value) => value.to_bits().hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
        }
    }
}

/// Text in quotes, so that its type is seen; whoever prints it escapes it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            // With its point, so that it is no integer.
            Self::Double(value) => write!(f, "{value:?}"),
            Self::Bytes(bytes) => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}
