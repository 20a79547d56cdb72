//! Datagrams in: a thread that does nothing but take them from the system, and a task that decodes them.
//!
//! Nobody sends a datagram twice, and the system keeps few of them for a reader that is late: by default some hundred
//! small ones. So the reader is a thread, which a busy runtime cannot hold up, and what it takes waits in a queue of our
//! own. That queue has a bound. What does not fit is counted, and so is what the system dropped: it says so with the next
//! datagram.

mod socket;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::Intake;
use super::thrift::Protocol;
use socket::{Arrival, Socket};

/// More than a datagram can hold, which is 65,507 bytes: one that fills the buffer was cut, and none can.
const LARGEST: usize = 1 << 16;

/// How many bytes wait to be decoded.
const MAX_QUEUED_BYTES: usize = 32 << 20;

/// What a datagram in the queue costs beside its bytes: empty ones are not free.
const OVERHEAD: usize = 64;

/// The pause after a failed read, which may be followed by many more.
const PAUSE: Duration = Duration::from_millis(100);

/// How long datagrams are taken that came before the end.
const REST: Duration = Duration::from_millis(200);

/// A bound port, before anybody reads from it.
#[derive(Debug)]
pub(crate) struct Port {
    socket: Socket,
    address: SocketAddr,
    protocol: Protocol,
}

/// What reader and decoder know of each other.
#[derive(Debug, Default)]
struct Shared {
    ended: AtomicBool,
    queued_bytes: AtomicUsize,
}

/// Ends the reader when it is dropped, also together with a task that never ran.
#[derive(Debug)]
struct Ending {
    shared: Arc<Shared>,
    address: SocketAddr,
}

// === impl Port ===

impl Port {
    pub(crate) fn bind(address: SocketAddr, protocol: Protocol) -> io::Result<Self> {
        let (socket, address) = Socket::bind(address)?;
        Ok(Self {
            socket,
            address,
            protocol,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Starts the reader, and returns the decoder: a future that ends when `stop` was called, the port is closed and all
    /// that had arrived is decoded.
    ///
    /// # Errors
    /// There can be no further thread.
    pub(crate) fn serve(
        self,
        intake: Intake,
        stop: CancellationToken,
    ) -> io::Result<impl Future<Output = ()>> {
        let Self {
            socket,
            address,
            protocol,
        } = self;
        let shared = Arc::new(Shared::default());
        let (sender, datagrams) = unbounded_channel();
        let reader = Reader {
            socket,
            intake: intake.clone(),
            shared: Arc::clone(&shared),
            sender,
            times_dropped: Occurrences::default(),
        };
        thread::Builder::new()
            .name(format!("udp {}", address.port()))
            .spawn(move || reader.run())?;
        let ending = Ending {
            shared: Arc::clone(&shared),
            address,
        };
        Ok(async move { decode(datagrams, protocol, &intake, &shared, ending, stop).await })
    }
}

async fn decode(
    mut datagrams: UnboundedReceiver<Box<[u8]>>,
    protocol: Protocol,
    intake: &Intake,
    shared: &Shared,
    ending: Ending,
    stop: CancellationToken,
) {
    let mut refused = Occurrences::default();
    let mut accept = |datagram: Box<[u8]>| {
        shared
            .queued_bytes
            .fetch_sub(datagram.len() + OVERHEAD, Ordering::Relaxed);
        if let Err(error) = intake.accept_thrift(protocol, &datagram)
            && let Some(times) = refused.one_more()
        {
            let reason = std::error::Error::source(&error)
                .map_or(String::new(), |reason| format!(": {reason}"));
            log::warn!(
                "datagrams were refused on the port of Thrift {protocol:?}, {times} so far; the last one: {error}{reason}"
            );
        }
    };
    loop {
        tokio::select! {
            datagram = datagrams.recv() => match datagram {
                Some(datagram) => accept(datagram),
                None => return,
            },
            () = stop.cancelled() => break,
        }
    }
    drop(ending);
    while let Some(datagram) = datagrams.recv().await {
        accept(datagram);
    }
}

#[derive(Debug)]
struct Reader {
    socket: Socket,
    intake: Intake,
    shared: Arc<Shared>,
    sender: UnboundedSender<Box<[u8]>>,
    times_dropped: Occurrences,
}

// === impl Reader ===

impl Reader {
    fn run(mut self) {
        let mut buffer = vec![0; LARGEST];
        while !self.shared.ended.load(Ordering::Acquire) {
            match self.socket.receive(&mut buffer) {
                Ok(arrival) => self.take(arrival, &buffer),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    log::error!("a datagram could not be read: {error}");
                    thread::sleep(PAUSE);
                }
            }
        }
        self.take_the_rest(&mut buffer);
        // The decoder takes the end of the queue for the end of the port.
        drop(self.socket);
        drop(self.sender);
    }

    /// What the system still holds, unless somebody sends faster than that.
    fn take_the_rest(&mut self, buffer: &mut [u8]) {
        let deadline = Instant::now() + REST;
        if let Err(error) = self.socket.wait_no_more() {
            log::error!("the last datagrams are lost: {error}");
            return;
        }
        while let Ok(arrival) = self.socket.receive(buffer) {
            self.take(arrival, buffer);
            if Instant::now() > deadline {
                break;
            }
        }
    }

    fn take(&mut self, arrival: Arrival, buffer: &[u8]) {
        // One that holds nothing, at the end, is our own.
        let own = arrival.bytes == 0 && self.shared.ended.load(Ordering::Acquire);
        let fits = own || self.queue(&buffer[..arrival.bytes]);
        let dropped = u64::from(arrival.dropped) + u64::from(!fits);
        if dropped == 0 {
            return;
        }
        self.intake.count_dropped_datagrams(dropped);
        if let Some(times) = self.times_dropped.one_more() {
            log::warn!(
                "datagrams were dropped, they come faster than they are read: {dropped} now, and {times} times so far"
            );
        }
    }

    /// Returns whether there was room.
    fn queue(&self, datagram: &[u8]) -> bool {
        let cost = datagram.len() + OVERHEAD;
        let queued = &self.shared.queued_bytes;
        if queued.fetch_add(cost, Ordering::Relaxed) + cost > MAX_QUEUED_BYTES {
            queued.fetch_sub(cost, Ordering::Relaxed);
            return false;
        }
        // The decoder only leaves when all is over.
        let _ended = self.sender.send(datagram.into());
        true
    }
}

// === impl Ending ===

impl Drop for Ending {
    /// A read that waits is ended by a datagram of our own. If the buffer has no room for it, the read does not wait.
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        let mut address = self.address;
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        let woken = UdpSocket::bind(any).and_then(|socket| socket.send_to(&[], address));
        if let Err(error) = woken {
            log::error!("{address} stays open until the next datagram: {error}");
        }
    }
}

/// Counts what may happen at the rate of the network, and says when a line of log is due: whenever the count has doubled.
#[derive(Debug, Default)]
struct Occurrences(u64);

impl Occurrences {
    fn one_more(&mut self) -> Option<u64> {
        self.0 += 1;
        self.0.is_power_of_two().then_some(self.0)
    }
}
