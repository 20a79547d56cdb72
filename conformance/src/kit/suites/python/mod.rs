//! opentracing-python's two mixins: `APICompatibilityCheckMixin` and, in `scope.rs`, `ScopeCompatibilityCheckMixin`.

mod active;
mod propagation;
mod scope;
mod span;
mod start;

use crate::kit::{Capability, Case, Subject, Suite};

pub(in crate::kit) const SUITE: &[&[Case]] = &[
    active::CASES,
    start::CASES,
    span::CASES,
    propagation::CASES,
    scope::CASES,
];

const SCOPES: &[Capability] = &[Capability::Scopes];

const fn case(
    id: &'static str,
    origin: &'static str,
    needs: &'static [Capability],
    run: fn(&Subject),
) -> Case {
    Case::new(Suite::Python, id, origin, needs, run)
}
