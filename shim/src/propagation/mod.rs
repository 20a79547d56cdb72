//! Wire formats as OpenTelemetry propagators, one file each.
//!
#![doc = include_str!("../../docs/propagation.md")]

mod b3;
mod baggage;
mod binary;
mod composite;
mod flags;
mod fleet;
mod hex;
mod jaeger;
mod names;
mod outcome;
mod tracestate;
mod w3c;

pub use b3::{B3Encoding, B3Propagator};
pub use baggage::BaggagePropagator;
pub use binary::{BinaryError, BinaryPropagator, LeftOut};
pub(crate) use binary::{decode, encode};
pub use composite::Composite;
pub use fleet::{
    ConflictingContext, Dialect, Dialects, Fleet, FleetBuilder, Header, Seen, Verdict,
};
pub use jaeger::{JaegerNames, JaegerPropagator};
pub use names::{UnknownPropagator, from_names};
pub(crate) use outcome::{DebugId, Outcome};
pub use w3c::TraceContextPropagator;

/// Without the optional white space of HTTP, which is blanks and tabs alone.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
