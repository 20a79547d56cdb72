//! Operation names of few values, for [`ServerLayer::operation_name`](super::ServerLayer::operation_name) and
//! [`ClientLayer::operation_name`](super::ClientLayer::operation_name).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::Method;
use http::request::Parts;

/// The method, or `_OTHER` if it is none of the registered ones: a caller may send any word. The default.
pub fn method(request: &Parts) -> &'static str {
    match request.method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "_OTHER",
    }
}

/// The full name of a gRPC method, as `package.Service/Method`, which is the path.
///
/// For clients, which call methods that exist. A server is called with any path, so there it belongs inside the routing:
/// around a single service rather than around all.
pub fn grpc_method(request: &Parts) -> String {
    request.uri.path().trim_start_matches('/').to_owned()
}

type Naming = dyn Fn(&Parts) -> Cow<'static, str> + Send + Sync;

/// What a caller chose to name spans with.
#[derive(Clone)]
pub(super) struct Name(Arc<Naming>);

impl Name {
    pub(super) fn new<N: Into<Cow<'static, str>>>(
        name: impl Fn(&Parts) -> N + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |request| name(request).into()))
    }

    pub(super) fn of(&self, request: &Parts) -> Cow<'static, str> {
        (self.0)(request)
    }
}

impl Default for Name {
    fn default() -> Self {
        Self::new(method)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Name").finish_non_exhaustive()
    }
}
