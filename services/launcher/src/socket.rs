//! A place to listen that outlives the services which listen there.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// A listening socket, held apart from any service. While it is held, connections are made even if nobody serves, and
/// whoever serves next finds them waiting: so a service can be replaced, in another stage if need be, and refuses nobody.
///
/// A service on it that is told to stop finishes its requests and lets go of its connections when their clients have.
#[derive(Debug)]
pub struct Socket {
    listener: std::net::TcpListener,
    address: SocketAddr,
}

/// Where a service listens.
pub(crate) enum Listen {
    /// On a socket of its own.
    At(SocketAddr),
    /// On one that is held elsewhere.
    On(std::net::TcpListener, SocketAddr),
}

// === impl Socket ===

impl Socket {
    /// Listens at this address. Port 0 means any free one.
    ///
    /// # Errors
    ///
    /// If the operating system refuses it.
    pub fn listen(address: SocketAddr) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        // As the runtimes need it; this belongs to the socket, not to one holder of it.
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where that is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same socket, for a service.
    pub(crate) fn share(&self) -> io::Result<Listen> {
        Ok(Listen::On(self.listener.try_clone()?, self.address))
    }
}

// === impl Listen ===

impl Listen {
    /// Whether another service may go on where this one ends.
    pub(crate) fn is_held(&self) -> bool {
        matches!(self, Self::On(..))
    }

    /// Where that is, or is to be.
    pub(crate) fn address(&self) -> SocketAddr {
        match self {
            Self::At(address) | Self::On(_, address) => *address,
        }
    }

    /// For the runtime around it.
    pub(crate) async fn listener(self) -> io::Result<TcpListener> {
        match self {
            Self::At(address) => TcpListener::bind(address).await,
            Self::On(listener, _) => TcpListener::from_std(listener),
        }
    }
}
