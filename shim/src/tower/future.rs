//! The future of an answer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::SpanBody;
use super::exchange::Exchange;
use crate::scope::{InSpan, SpanFuture};

pin_project! {
    /// The answer of [`Server`](super::Server) and [`Client`](super::Client): the inner one, with the span active at each
    /// poll.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        // Before the exchange, so that what it drops is still part of the span.
        #[pin]
        answer: InSpan<F>,
        // Handed to the body of the answer.
        exchange: Option<Exchange>,
    }
}

impl<F: Future> ResponseFuture<F> {
    /// Makes the call with the span active: services may do their work before they return the future.
    pub(super) fn of(mut exchange: Exchange, call: impl FnOnce() -> F) -> Self {
        let span = exchange.span().clone();
        let answer = exchange.watch(|| span.in_scope(call));
        Self {
            answer: answer.in_span(&span),
            exchange: Some(exchange),
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<SpanBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let exchange = this
            .exchange
            .as_mut()
            .expect("a future is not polled after it is ready");
        let answer = ready!(exchange.watch(|| this.answer.poll(task)));
        let mut exchange = this.exchange.take().expect("it was there above");
        match answer {
            Ok(answer) => {
                let (parts, body) = answer.into_parts();
                exchange.answered(&parts);
                Poll::Ready(Ok(Response::from_parts(
                    parts,
                    SpanBody::new(body, exchange),
                )))
            }
            Err(error) => {
                exchange.failed::<E>();
                Poll::Ready(Err(error))
            }
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
