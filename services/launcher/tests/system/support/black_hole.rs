//! A server that accepts and never answers.

use std::net::{SocketAddr, TcpListener};

/// Connections end in the queue of a listener: to whoever connects, all is well.
#[derive(Debug)]
pub(crate) struct BlackHole(TcpListener);

impl BlackHole {
    /// Starts it on a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
        let silent = listener.set_nonblocking(true);
        silent.expect("a socket can be asked without waiting");
        Self(listener)
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("a bound socket has an address")
    }

    /// Whether anybody has connected since this was asked last.
    pub(crate) fn was_connected(&self) -> bool {
        self.0.accept().is_ok()
    }
}
