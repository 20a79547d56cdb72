//! Wire formats.

mod fault;

pub(crate) use fault::{DebugId, Fault};
