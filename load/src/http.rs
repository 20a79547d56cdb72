//! The two servers of the driver, as cheap as can be: no router, no middleware, a function.

use std::convert::Infallible;
use std::net::SocketAddr;

use ::http::{Request, Response};
use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// Which of the two a server speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Version {
    /// What services speak to each other.
    Http1,
    /// What gRPC speaks.
    Http2,
}

/// A server on a free port of the loopback. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    accepting: AbortHandle,
}

// === impl Server ===

impl Server {
    /// Answers each request with what `answer` makes of it.
    ///
    /// # Errors
    ///
    /// If there is no port left.
    pub(crate) fn start<A, F, B>(
        runtime: &Handle,
        version: Version,
        answer: A,
    ) -> std::io::Result<Self>
    where
        A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let _on = runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        let accepting = tokio::spawn(async move {
            loop {
                // What fails here is one connection, and its peer tells.
                if let Ok((connection, _)) = listener.accept().await {
                    let _ = connection.set_nodelay(true);
                    tokio::spawn(serve(TokioIo::new(connection), version, answer.clone()));
                }
            }
        });
        Ok(Self {
            address,
            accepting: accepting.abort_handle(),
        })
    }

    /// Where it listens, as a URL without a path.
    #[must_use]
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve<A, F, B>(connection: TokioIo<tokio::net::TcpStream>, version: Version, answer: A)
where
    A: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let service = service_fn(move |request| {
        let answered = answer(request);
        async { Ok::<_, Infallible>(answered.await) }
    });
    // A connection that breaks off is its peer's to tell.
    let _ = match version {
        Version::Http1 => {
            http1::Builder::new()
                .serve_connection(connection, service)
                .await
        }
        Version::Http2 => {
            http2::Builder::new(TokioExecutor::new())
                .serve_connection(connection, service)
                .await
        }
    };
}
