//! The binary form: the ids of trace and span, eight bytes where the parent's once was, a byte of flags, and the number of
//! baggage items, which is zero.

use std::io::{self, Read, Write};

use opentelemetry::trace::TraceState;
use rustracing::carrier::{ExtractFromBinary, InjectToBinary};
use trackable::track;

use super::{SpanContext, SpanContextState, TraceId};
use crate::{Result, error};

/// Everything but the number of baggage items, which the original writes and does not read. Programs that have more to read
/// from the stream count on finding it there.
const READ: usize = 33;
const WRITTEN: usize = READ + 4;

impl<T: Write> InjectToBinary<T> for SpanContextState {
    fn inject_to_binary(context: &SpanContext, carrier: &mut T) -> Result<()> {
        let state = context.state();
        let mut bytes = [0; WRITTEN];
        bytes[..8].copy_from_slice(&state.trace_id.high.to_be_bytes());
        bytes[8..16].copy_from_slice(&state.trace_id.low.to_be_bytes());
        bytes[16..24].copy_from_slice(&state.span_id.to_be_bytes());
        bytes[32] = state.flags;
        track!(carrier.write_all(&bytes).map_err(error::other))
    }
}

impl<T: Read> ExtractFromBinary<T> for SpanContextState {
    fn extract_from_binary(carrier: &mut T) -> Result<Option<SpanContext>> {
        let mut bytes = [0; READ];
        let length = track!(fill(carrier, &mut bytes).map_err(error::other))?;
        match length {
            0 => return Ok(None),
            READ => {}
            _ => track!(Err(error::invalid(io::Error::from(
                io::ErrorKind::UnexpectedEof
            ))))?,
        }
        let number = |at: usize| {
            let bytes = bytes[at..at + 8].try_into().expect("it has eight bytes");
            u64::from_be_bytes(bytes)
        };
        let state = Self {
            trace_id: TraceId {
                high: number(0),
                low: number(8),
            },
            span_id: number(16),
            flags: bytes[32],
            debug_id: String::new(),
            is_remote: true,
            trace_state: TraceState::NONE,
        };
        Ok(Some(SpanContext::new(state, Vec::new())))
    }
}

/// Reads until the buffer is full or the stream ends. Says how much there was.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match stream.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
