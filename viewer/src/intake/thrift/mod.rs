//! Jaeger's Thrift: the message `emitBatch` that legacy tracers send to an agent, in both of its encodings.
//!
//! - `batch`: what such a message holds;
//! - `read`: out of bytes that nobody vouches for;
//! - `translate`: into OTLP, as the Collector's `jaeger` receiver does, so that everything behind is the same for both.
//!
//! The encodings are read by Apache's own crate, field by field. The other one at hand, which `rustracing_jaeger` writes
//! with, allocates what a length claims and descends as deep as it is told: fine for a sender, not for a port.

mod batch;
mod read;
mod translate;

use ::thrift::TConfiguration;
use ::thrift::protocol::{TBinaryInputProtocol, TCompactInputProtocol};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

/// The two encodings of Thrift. Nothing in a datagram says which one it is, so that each has a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Short, and what most clients send, to port 6831.
    Compact,
    /// Plain, and what is sent to port 6832.
    Binary,
}

/// The bytes are not a batch of spans.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// They are no Thrift, or not that of the port.
    #[error("not a Thrift message")]
    Encoding(#[from] ::thrift::Error),
    /// They are a message, but not `emitBatch`.
    #[error("not a call of emitBatch")]
    Method,
    /// A list holds something else than it should.
    #[error("a list of {0} holds something else")]
    Elements(&'static str),
    /// A field without which there is no span.
    #[error("{0} is missing")]
    Missing(&'static str),
}

/// Decodes one datagram.
pub(super) fn decode(
    protocol: Protocol,
    datagram: &[u8],
) -> Result<ExportTraceServiceRequest, Malformed> {
    let limits = limits(datagram.len());
    let batch = match protocol {
        Protocol::Compact => {
            read::message(&mut TCompactInputProtocol::with_config(datagram, limits))
        }
        // Not strict: a message without a version was what the first clients sent, and real receivers take it.
        Protocol::Binary => read::message(&mut TBinaryInputProtocol::with_config(
            datagram, false, limits,
        )),
    }?;
    Ok(ExportTraceServiceRequest {
        resource_spans: vec![translate::batch(batch)],
    })
}

/// Nothing within a message is longer than the message. Text is allocated before it is read, so this is what bounds it.
fn limits(bytes: usize) -> TConfiguration {
    TConfiguration::builder()
        .max_frame_size(Some(bytes))
        .max_message_size(Some(bytes))
        .max_container_size(Some(bytes))
        .max_string_size(Some(bytes))
        .build()
        .expect("a frame is not larger than a message")
}
