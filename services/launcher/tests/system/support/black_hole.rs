//! A server that accepts and never answers.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Connections end in the queue of a listener: to whoever connects, all is well.
#[derive(Debug)]
pub(crate) struct BlackHole(TcpListener);

impl BlackHole {
    /// Starts it on a free port.
    pub(crate) fn start() -> Self {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// Starts it at an address.
    pub(crate) fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).expect("the address is free");
        let silent = listener.set_nonblocking(true);
        silent.expect("a socket can be asked without waiting");
        Self(listener)
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        let address = self.0.local_addr().expect("a bound socket has an address");
        format!("http://{address}")
    }

    /// Whether anybody has connected since this was asked last.
    pub(crate) fn was_connected(&self) -> bool {
        self.0.accept().is_ok()
    }
}
