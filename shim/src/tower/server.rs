//! A span for each request that is served.

use std::borrow::Cow;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::ResponseFuture;
use super::SpanBody;
use super::exchange::{Exchange, Side};
use super::names::{self, Name};
use crate::api::{Format, SpanContext, Tracer, fields, tags};

/// What to make of the trace that a caller says it belongs to.
///
/// Trace headers are input like any other. A stranger who may choose the trace may fill one of yours, have everything kept
/// by a sampler that follows its parent, and put baggage into every service behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incoming {
    /// The span is a child of the caller's and takes its baggage. For callers that are trusted.
    #[default]
    Continue,
    /// The span begins a new trace. For the public edge.
    Ignore,
}

/// Gives each request a server span, active while the inner service handles it.
///
/// The parent is the caller's span; without one the request begins a trace. A span that happens to be active where the
/// connection is served is not asked.
#[derive(Clone, Debug)]
pub struct ServerLayer {
    tracer: Tracer,
    name: Name,
    incoming: Incoming,
}

impl ServerLayer {
    /// Spans of `tracer`, named by [`names::method`], children of the caller's.
    pub fn new(tracer: Tracer) -> Self {
        Self {
            tracer,
            name: Name::default(),
            incoming: Incoming::default(),
        }
    }

    /// Names the spans. What `name` returns should have few values: the template of a route, not a path.
    #[must_use]
    pub fn operation_name<N: Into<Cow<'static, str>>>(
        self,
        name: impl Fn(&Parts) -> N + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: Name::new(name),
            ..self
        }
    }

    /// Chooses how far callers are trusted.
    #[must_use]
    pub fn incoming(self, incoming: Incoming) -> Self {
        Self { incoming, ..self }
    }

    fn exchange(&self, request: &Parts) -> Exchange {
        let (parent, problem) = self.parent(&request.headers);
        let span = self
            .tracer
            .build_span(self.name.of(request))
            .ignore_active_span()
            .child_of(parent)
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
            .tag(tags::HTTP_METHOD, names::method(request))
            .start();
        if let Some(problem) = problem {
            span.log([
                (fields::EVENT, "context refused".to_owned()),
                (fields::MESSAGE, problem),
            ]);
        }
        Exchange::new(span, Side::Server)
    }

    /// The caller's context, or what was wrong with it: headers come from outside and must not fail a request.
    fn parent(&self, headers: &HeaderMap) -> (Option<SpanContext>, Option<String>) {
        match self.incoming {
            Incoming::Ignore => (None, None),
            Incoming::Continue => match self.tracer.extract(Format::HttpHeaders, headers) {
                Ok(parent) => (parent, None),
                Err(error) => (None, Some(error.to_string())),
            },
        }
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service whose requests have server spans. Made by [`ServerLayer`].
#[derive(Clone, Debug)]
pub struct Server<S> {
    inner: S,
    layer: ServerLayer,
}

impl<S, B, A> Service<Request<B>> for Server<S>
where
    S: Service<Request<B>, Response = Response<A>>,
    A: Body,
{
    type Response = Response<SpanBody<A>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let exchange = self.layer.exchange(&parts);
        ResponseFuture::of(exchange, || {
            self.inner.call(Request::from_parts(parts, body))
        })
    }
}
