//! The body of an answer, with which the span ends.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::exchange::Exchange;
use crate::api::backend::Attachment;
use crate::scope::run_in;

pin_project! {
    /// The body of an answer. The span is active while it is read, and ends with it.
    pub struct SpanBody<B> {
        // Emptied by the drop alone, which has to happen inside the span.
        #[pin]
        body: Option<B>,
        attachment: Option<Box<dyn Attachment>>,
        exchange: Exchange,
    }

    impl<B> PinnedDrop for SpanBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            run_in(this.attachment, || this.body.set(None));
        }
    }
}

impl<B: Body> SpanBody<B> {
    pub(super) fn new(body: B, mut exchange: Exchange) -> Self {
        if body.is_end_stream() {
            exchange.end();
        }
        Self {
            body: Some(body),
            attachment: exchange.span().attachment(),
            exchange,
        }
    }
}

impl<B: Body> Body for SpanBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let mut body = this.body.as_pin_mut().expect("only the drop empties it");
        let mut frame = Poll::Pending;
        let attachment = this.attachment;
        this.exchange
            .watch(|| run_in(attachment, || frame = body.as_mut().poll_frame(task)));
        let frame = ready!(frame);
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    this.exchange.grpc_status(trailers);
                }
                // Nobody reads on after a body has said that it is over.
                if body.is_end_stream() {
                    this.exchange.end();
                }
            }
            Some(Err(_)) => this.exchange.failed::<B::Error>(),
            None => this.exchange.end(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl<B> fmt::Debug for SpanBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanBody").finish_non_exhaustive()
    }
}
