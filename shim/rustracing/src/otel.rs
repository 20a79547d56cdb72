//! What the original does not have: a way for finished spans to OpenTelemetry.
//!
//! This package knows nothing of ids, they are in the state `T` of a span context. So it offers a hook to whoever owns `T`.
//! The drop-in for `rustracing_jaeger` puts one into its tracers; programs with a state of their own may do so too.
//!
//! ```
//! # use opentracing_shim_rustracing as rustracing;
//! use rustracing::sampler::AllSampler;
//! use rustracing::{Tracer, otel};
//!
//! let (tracer, span_rx) = Tracer::new(AllSampler);
//! let tracer = otel::on_finish(tracer, |span| {
//!     println!("{} is done", span.operation_name());
//!     true
//! });
//!
//! drop(tracer.span("login").start_with_state(()));
//!
//! assert!(otel::is_taken(&span_rx.recv()?));
//! # Ok::<(), crossbeam_channel::RecvError>(())
//! ```

use crate::Tracer;
use crate::span::FinishedSpan;

/// Gets each span that finishes, on the thread where it does, and says whether it has taken care of it.
///
/// It runs while a span is dropped: it must neither wait nor panic.
pub type OnFinish<T> = fn(&FinishedSpan<T>) -> bool;

/// A tracer whose spans, and the children and followers of those, are shown to `hook` when they finish.
///
/// The spans go into the channel all the same.
pub fn on_finish<S, T>(mut tracer: Tracer<S, T>, hook: OnFinish<T>) -> Tracer<S, T> {
    tracer.exit_mut().on_finish(hook);
    tracer
}

/// Whether a hook has taken care of this span, so that a reporter must not send it once more.
pub fn is_taken<T>(span: &FinishedSpan<T>) -> bool {
    span.is_taken()
}
