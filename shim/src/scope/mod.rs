//! Which span is active: on a thread ([`Scope`], a guard), or in a task ([`SpanFuture`], attached at each poll).

mod task;
mod thread;

#[cfg(feature = "tower")]
pub(crate) use task::run_in;
pub use task::{InSpan, SpanFuture};
pub(crate) use thread::LocalScopes;
pub use thread::{Scope, ScopeManager};
