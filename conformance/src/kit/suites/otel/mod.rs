//! What the OpenTracing shims of other languages test: baggage under threads (opentelemetry-java), a trace that goes on
//! between the two APIs (opentelemetry-java), and both mixed in three levels, in both orders (opentelemetry-go).

mod baggage;
mod interop;
mod mix;

use crate::kit::{Capability, Case, Subject, Suite};

pub(super) use interop::assert_chain;

pub(in crate::kit) const SUITE: &[&[Case]] = &[baggage::CASES, interop::CASES, mix::CASES];

const fn case(
    id: &'static str,
    origin: &'static str,
    needs: &'static [Capability],
    run: fn(&Subject),
) -> Case {
    Case::new(Suite::OpenTelemetry, id, origin, needs, run)
}
