//! The id of a trace.

use std::fmt;
use std::str::{self, FromStr};

use trackable::{track, track_panic};

use crate::{Error, ErrorKind, Result, error};

/// The digits of one half.
const HALF: usize = 16;

/// The id of a trace: 128 bits, written in hexadecimal without leading zeros.
///
/// ```
/// # use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
/// use rustracing_jaeger::span::TraceId;
///
/// let id = TraceId { high: 1, low: 2 };
/// assert_eq!(id.to_string(), "10000000000000002");
/// assert_eq!("10000000000000002".parse::<TraceId>()?, id);
/// # Ok::<(), rustracing_jaeger::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId {
    /// The higher half, zero in traces of 64 bits.
    pub high: u64,
    /// The lower half.
    pub low: u64,
}

impl TraceId {
    /// Makes a random id.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it names a trace.
    pub(crate) fn is_valid(self) -> bool {
        self.high != 0 || self.low != 0
    }
}

impl Default for TraceId {
    /// Makes a random id.
    fn default() -> Self {
        Self {
            high: rand::random(),
            low: rand::random(),
        }
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.high {
            0 => write!(f, "{:x}", self.low),
            high => write!(f, "{high:x}{:016x}", self.low),
        }
    }
}

impl FromStr for TraceId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.len() > 2 * HALF {
            track_panic!(ErrorKind::InvalidInput, "s={:?}", text);
        }
        // The bytes are split, not the text: whoever sent it may have put a character of several bytes in the middle.
        let (high, low) = text.as_bytes().split_at(text.len().saturating_sub(HALF));
        let high = if high.is_empty() {
            0
        } else {
            track!(half(high))?
        };
        let low = track!(half(low))?;
        Ok(Self { high, low })
    }
}

fn half(digits: &[u8]) -> Result<u64> {
    let digits = track!(str::from_utf8(digits).map_err(error::invalid))?;
    track!(u64::from_str_radix(digits, 16).map_err(error::invalid))
}
