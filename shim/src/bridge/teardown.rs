//! The end of a thread, when its current context may be gone before the last span or scope is.

use std::panic;

use opentelemetry::{Context, ContextGuard};

/// Lives on a thread as long as OpenTelemetry's current context, or a little less.
struct Witness {
    /// Not so where it was made too late, by the first call of a thread that has ended.
    has_seen_it: bool,
}

impl Witness {
    fn new() -> Self {
        // Data of a thread is dropped in the reverse order of its making, so the context has to be there first.
        let seen = panic::catch_unwind(|| Context::map_current(|_| ()));
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

/// Whether the current context of this thread can be asked for: once it is gone, that panics, in a destructor, and so
/// ends the process.
#[inline]
pub(super) fn has_current_context() -> bool {
    WITNESS
        .try_with(|witness| witness.has_seen_it)
        .unwrap_or(false)
}

/// Calls `work` with the current context, or with an empty one where that is gone.
#[inline]
pub(super) fn with_current<T>(work: impl FnOnce(&Context) -> T) -> T {
    if has_current_context() {
        Context::map_current(work)
    } else {
        work(&Context::new())
    }
}

/// Makes `cx` the current context, if there still is such a thing.
pub(super) fn attach(cx: Context) -> Option<ContextGuard> {
    has_current_context().then(|| cx.attach())
}
