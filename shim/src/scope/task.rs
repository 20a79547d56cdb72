//! Active spans of a task: attached at each poll, detached at its end.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::api::Span;
use crate::api::backend::Attachment;

/// Gives futures a span that is active whenever they run.
pub trait SpanFuture: Future + Sized {
    /// Makes `span` active during each poll of this future, on whichever thread, and while it is dropped.
    ///
    /// A task that is spawned knows nothing of the task that spawned it, so the span is named at the spawn:
    ///
    /// ```
    /// use opentracing_shim::{api::mock::MockTracer, SpanFuture};
    ///
    /// # #[tokio::main] async fn main() {
    /// let mock = MockTracer::new();
    /// let tracer = mock.tracer();
    /// let span = tracer.build_span("job").start();
    ///
    /// let task = tokio::spawn({
    ///     let tracer = tracer.clone();
    ///     async move {
    ///         tokio::task::yield_now().await;
    ///         tracer.build_span("step").start().finish();
    ///     }
    ///     .in_span(&span)
    /// });
    /// task.await.expect("the task does not panic");
    ///
    /// assert_eq!(mock.finished_spans()[0].parent_id(), Some(mock.span_id(&span)));
    /// # }
    /// ```
    fn in_span(self, span: &Span) -> InSpan<Self> {
        InSpan {
            future: Some(self),
            attachment: span.attachment(),
        }
    }
}

impl<F: Future> SpanFuture for F {}

pin_project! {
    /// A future with a span. Made by [`SpanFuture::in_span`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InSpan<F> {
        // Emptied by the drop alone, which has to happen inside the span.
        #[pin]
        future: Option<F>,
        attachment: Option<Box<dyn Attachment>>,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            run_in(this.attachment, || this.future.set(None));
        }
    }
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let mut poll = Poll::Pending;
        run_in(this.attachment, || {
            let future = this
                .future
                .as_mut()
                .as_pin_mut()
                .expect("only the drop empties it");
            poll = future.poll(task);
        });
        poll
    }
}

impl<F> fmt::Debug for InSpan<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InSpan").finish_non_exhaustive()
    }
}

/// Runs `work` with the attached span active, if there is one.
pub(crate) fn run_in(attachment: &mut Option<Box<dyn Attachment>>, mut work: impl FnMut()) {
    match attachment {
        Some(attachment) => attachment.run(&mut work),
        None => work(),
    }
}
