//! A socket that says what it lost.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use socket2::SockRef;

/// What the system is asked to keep for us. It may give less; Linux says how much in `net.core.rmem_max`.
const SYSTEM_BUFFER: usize = 8 << 20;

/// A bound socket.
#[derive(Debug)]
pub(super) struct Socket {
    socket: UdpSocket,
    /// How many datagrams the system has dropped so far, as it counts. The count wraps around.
    #[cfg(target_os = "linux")]
    drops: u32,
}

/// One datagram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// How long it is.
    pub(super) bytes: usize,
    /// How many the system dropped before it took this one. Only Linux tells; elsewhere it is zero.
    pub(super) dropped: u32,
}

impl Socket {
    pub(super) fn bind(address: SocketAddr) -> io::Result<(Self, SocketAddr)> {
        let socket = UdpSocket::bind(address)?;
        let address = socket.local_addr()?;
        if let Err(error) = SockRef::from(&socket).set_recv_buffer_size(SYSTEM_BUFFER) {
            log::debug!("the receive buffer of {address} stays as it is: {error}");
        }
        #[cfg(target_os = "linux")]
        nix::sys::socket::setsockopt(&socket, nix::sys::socket::sockopt::RxqOvfl, &1)?;
        let socket = Self {
            socket,
            #[cfg(target_os = "linux")]
            drops: 0,
        };
        Ok((socket, address))
    }

    /// From now on, [`Socket::receive`] fails when there is no datagram.
    pub(super) fn wait_no_more(&self) -> io::Result<()> {
        self.socket.set_nonblocking(true)
    }

    /// Waits for a datagram.
    #[cfg(target_os = "linux")]
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        use std::os::fd::AsRawFd as _;

        use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};

        let mut control = nix::cmsg_space!(u32);
        let mut parts = [io::IoSliceMut::new(buffer)];
        let message = recvmsg::<()>(
            self.socket.as_raw_fd(),
            &mut parts,
            Some(&mut control),
            MsgFlags::empty(),
        )?;
        let drops = message.cmsgs()?.find_map(|control| match control {
            ControlMessageOwned::RxqOvfl(drops) => Some(drops),
            _ => None,
        });
        // As long as there are none, nothing is said.
        let drops = drops.unwrap_or(self.drops);
        let arrival = Arrival {
            bytes: message.bytes,
            dropped: drops.wrapping_sub(self.drops),
        };
        self.drops = drops;
        Ok(arrival)
    }

    /// Waits for a datagram.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        let bytes = self.socket.recv(buffer)?;
        Ok(Arrival { bytes, dropped: 0 })
    }
}
