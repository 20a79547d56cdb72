//! What our propagators tell the bridge besides the context, as values of that context.

use std::sync::Arc;

/// A header was there and could not be understood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) header: &'static str,
    pub(crate) reason: &'static str,
}

/// The text of `jaeger-debug-id`.
#[derive(Clone, Debug)]
pub(crate) struct DebugId(pub(crate) Arc<str>);
