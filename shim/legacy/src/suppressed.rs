//! Whether telemetry is switched off on this thread, which finished spans ask at the end of a thread too.

use std::panic;

use opentelemetry::Context;

/// Lives on a thread as long as OpenTelemetry's current context, or a little less.
struct Witness {
    /// Not so where it was made too late, by the first span of a thread that has ended.
    has_seen_it: bool,
}

impl Witness {
    fn new() -> Self {
        // Data of a thread is dropped in the reverse order of its making, so the context has to be there first.
        let seen = panic::catch_unwind(Context::is_current_telemetry_suppressed);
        Self {
            has_seen_it: seen.is_ok(),
        }
    }
}

impl Drop for Witness {
    /// A type without a drop would be there forever.
    fn drop(&mut self) {}
}

thread_local! {
    static WITNESS: Witness = Witness::new();
}

/// Whether a span that finishes here is one of an exporter itself, whose export would make another one.
///
/// Where the thread's context is gone already it is not: to ask for it would panic in a destructor, which ends the process.
pub(crate) fn is_suppressed() -> bool {
    let has_context = WITNESS.try_with(|witness| witness.has_seen_it);
    has_context.unwrap_or(false) && Context::is_current_telemetry_suppressed()
}
