//! The end of a thread, when its current context may be gone before the last scope is.

use opentelemetry::Context;

/// Lives on a thread as long as OpenTelemetry's current context, or a little less.
struct Witness;

impl Witness {
    fn new() -> Self {
        // Data of a thread is dropped in the reverse order of its making, so the context has to be there first.
        Context::map_current(|_| ());
        Self
    }
}

impl Drop for Witness {
    /// A type without a drop would be there forever.
    fn drop(&mut self) {}
}

thread_local! {
    static WITNESS: Witness = Witness::new();
}

/// Whether the current context of this thread can be asked for: once it is gone, that panics, in a destructor, and so
/// ends the process. Has to be called once while it can.
pub(super) fn has_current_context() -> bool {
    WITNESS.try_with(|_| ()).is_ok()
}
