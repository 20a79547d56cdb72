//! What only Rust can get wrong, or has to get right in its own way.
//!
//! Two more of this kind are no cases, because they are about programs that must not compile: a scope held across an
//! `.await` of a spawned future, and a carrier of a wrong type.

mod carriers;
mod scopes;
mod tasks;
mod values;

use crate::kit::{Capability, Case, Subject, Suite};

pub(in crate::kit) const SUITE: &[&[Case]] =
    &[values::CASES, carriers::CASES, scopes::CASES, tasks::CASES];

const SCOPES: &[Capability] = &[Capability::Scopes];

const fn case(id: &'static str, needs: &'static [Capability], run: fn(&Subject)) -> Case {
    Case::new(Suite::Rust, id, "", needs, run)
}
