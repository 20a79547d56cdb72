//! A span for each request that is sent.

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

/// Gives each request a client span below the active one, and its headers the context of that span.
///
/// Put it innermost, below what repeats or redirects requests: each attempt is then a span of its own. Headers that a
/// propagator writes replace those of the same name.
#[derive(Clone, Debug)]
pub struct ClientLayer {
    tracer: Tracer,
    name: Name,
}

impl ClientLayer {
    /// Spans of `tracer`, named by [`names::method`].
    pub fn new(tracer: Tracer) -> Self {
        Self {
            tracer,
            name: Name::default(),
        }
    }

    /// Names the spans. What `name` returns should have few values: a path with ids in it has many.
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

    /// Starts the span and writes its context into the headers.
    fn exchange(&self, request: &mut Parts) -> Exchange {
        let mut builder = self
            .tracer
            .build_span(self.name.of(request))
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
            .tag(tags::HTTP_METHOD, names::method(request));
        if let Some(host) = request.uri.host() {
            builder = builder.tag(tags::PEER_HOSTNAME, host.to_owned());
        }
        if let Some(port) = request.uri.port_u16() {
            builder = builder.tag(tags::PEER_PORT, port);
        }
        let span = builder.start();
        // What a propagator cannot write must not fail the request: the rest of the context is written.
        if let Err(error) = self
            .tracer
            .inject(&span, Format::HttpHeaders, &mut request.headers)
        {
            span.log([
                (fields::EVENT, "context incomplete".to_owned()),
                (fields::MESSAGE, error.to_string()),
            ]);
        }
        Exchange::new(span, Side::Client)
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        Client {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service whose requests have client spans. Made by [`ClientLayer`].
#[derive(Clone, Debug)]
pub struct Client<S> {
    inner: S,
    layer: ClientLayer,
}

impl<S, B, A> Service<Request<B>> for Client<S>
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
        let (mut parts, body) = request.into_parts();
        let exchange = self.layer.exchange(&mut parts);
        ResponseFuture::of(exchange, || {
            self.inner.call(Request::from_parts(parts, body))
        })
    }
}
