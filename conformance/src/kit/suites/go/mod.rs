//! The sixteen checks of opentracing-go's `RunAPIChecks`.

mod baggage;
mod propagation;
mod refusal;
mod span;

use crate::kit::{Capability, Case, Subject, Suite};

pub(in crate::kit) const SUITE: &[&[Case]] = &[
    span::CASES,
    baggage::CASES,
    propagation::CASES,
    refusal::CASES,
];

const fn case(
    id: &'static str,
    origin: &'static str,
    needs: &'static [Capability],
    run: fn(&Subject),
) -> Case {
    Case::new(Suite::Go, id, origin, needs, run)
}
