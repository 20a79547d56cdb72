//! Free ports of the loopback interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

/// A loopback address whose TCP port was free a moment ago.
///
/// Nothing reserves the port once this returns. A server that finds it taken exits, and whoever started it asks again:
/// the servers of this crate do so themselves.
///
/// # Panics
///
/// When the machine has no port left.
#[must_use]
pub fn free_port() -> SocketAddr {
    let [port] = free_ports().expect("the machine has a free port");
    port
}

/// Distinct loopback addresses, free for TCP: all are held open until all are known.
pub(crate) fn free_ports<const N: usize>() -> io::Result<[SocketAddr; N]> {
    distinct(|| {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok((socket.local_addr()?, socket))
    })
}

/// Distinct loopback addresses, free for UDP.
pub(crate) fn free_udp_ports<const N: usize>() -> io::Result<[SocketAddr; N]> {
    distinct(|| {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok((socket.local_addr()?, socket))
    })
}

fn distinct<S, const N: usize>(
    bind: impl Fn() -> io::Result<(SocketAddr, S)>,
) -> io::Result<[SocketAddr; N]> {
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
    let mut held = Vec::with_capacity(N);
    for address in &mut addresses {
        let (bound, socket) = bind()?;
        *address = bound;
        held.push(socket);
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ports_of_one_request_are_distinct_and_can_be_bound() {
        let ports = free_ports::<50>().expect("ports");

        let distinct = ports.iter().collect::<HashSet<_>>();
        assert_eq!(distinct.len(), 50);
        assert!(ports.iter().all(|port| port.port() != 0));
        TcpListener::bind(ports[0]).expect("a free port can be bound");
    }
}
