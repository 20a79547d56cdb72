//! A span for each request that is served.

use std::borrow::Cow;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::ResponseFuture;
use super::SpanBody;
use super::exchange::{Exchange, Side};
use super::names::{self, Name};
use crate::api::{Format, Tracer, fields, tags};

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
    /// The span begins a new trace, and points to the caller's. For the public edge, where somebody follows such links.
    Link,
    /// The span begins a new trace and nothing is read. For the public edge.
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
        let read = match self.incoming {
            Incoming::Continue | Incoming::Link => {
                self.tracer.extract(Format::HttpHeaders, &request.headers)
            }
            Incoming::Ignore => Ok(None),
        };
        // Headers come from outside: what is wrong with them must not fail a request.
        let (caller, problem) = match read {
            Ok(caller) => (caller, None),
            Err(error) => (None, Some(error)),
        };
        let builder = self
            .tracer
            .build_span(self.name.of(request))
            .ignore_active_span()
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
            .tag(tags::HTTP_METHOD, names::method(request));
        let span = match self.incoming {
            Incoming::Link => builder.follows_from(caller.map(|caller| caller.to_link())),
            Incoming::Continue | Incoming::Ignore => builder.child_of(caller),
        }
        .start();
        if let Some(problem) = problem {
            span.log([
                (fields::EVENT, "context refused".to_owned()),
                (fields::MESSAGE, problem.to_string()),
            ]);
        }
        Exchange::new(span, Side::Server)
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
