//! Where spans go.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use launcher::Stage;
use socket2::{Domain, Socket, Type};
use tokio::runtime::Runtime;
use viewer::Viewer;
use viewer::model::Trace;
use viewer::store::Store;

use super::{PATIENCE, POLL, Stages};

/// The embedded receiver on a runtime of its own, so that a test that blocks does not block what it waits for.
#[derive(Debug)]
pub(crate) struct Receiver {
    /// `None` once it has ended.
    running: Option<(Runtime, Viewer)>,
    address: SocketAddr,
    agent: SocketAddr,
    store: Arc<Store>,
}

/// An address where nobody listens, and nobody else can: connections are refused until a [`Receiver`] starts there.
#[derive(Debug)]
pub(crate) struct Reserved {
    _bound: Socket,
    address: SocketAddr,
}

impl Receiver {
    /// Starts it for services in these stages. Those in stage dropin send to one place within a process, so they share one.
    pub(crate) fn of(stages: Stages) -> Arc<Self> {
        static OF_DROPIN: LazyLock<Arc<Receiver>> = LazyLock::new(|| Arc::new(Receiver::start()));
        if stages.contains(&Stage::Dropin) {
            Arc::clone(&OF_DROPIN)
        } else {
            Arc::new(Self::start())
        }
    }

    /// Starts it on a free port.
    pub(crate) fn start() -> Self {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// Starts it at an address, in which nothing was received yet.
    pub(crate) fn start_at(address: SocketAddr) -> Self {
        // A test's own runtime refuses to have another one driven on its thread.
        thread::scope(|scope| scope.spawn(|| Self::on_this_thread(address)).join())
            .expect("the receiver starts")
    }

    fn on_this_thread(address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime can be built");
        let viewer = runtime
            .block_on(Viewer::builder().grpc(address).start())
            .expect("the address is free");
        Self {
            address: viewer.grpc_addr(),
            agent: viewer
                .thrift_compact_addr()
                .expect("a viewer receives Thrift unless it is told not to"),
            store: Arc::clone(viewer.store()),
            running: Some((runtime, viewer)),
        }
    }

    /// Where OTLP over gRPC goes.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same, as an exporter wants it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where Thrift over UDP goes.
    pub(crate) fn agent(&self) -> SocketAddr {
        self.agent
    }

    /// What has arrived.
    pub(crate) fn store(&self) -> &Store {
        self.settle();
        &self.store
    }

    /// The trace of that id, as far as it has arrived.
    pub(crate) fn trace(&self, id: &str) -> Option<Trace> {
        self.settle();
        self.stored(id)
    }

    fn stored(&self, id: &str) -> Option<Trace> {
        let id = viewer::model::parse_trace_id(id).expect("the text is a trace id");
        self.store.trace(id)
    }

    /// Waits until every datagram that was sent so far is in the store. They are read in order, so it sends one that is no
    /// Thrift, and waits until that is refused.
    fn settle(&self) {
        if self.running.is_none() {
            return;
        }
        let refused = || self.store.stats().refused_requests;
        let before = refused();
        let socket =
            UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback has a free port");
        socket
            .send_to(b"no Thrift", self.agent)
            .expect("the receiver is there");
        let deadline = Instant::now() + PATIENCE;
        while refused() == before {
            assert!(Instant::now() < deadline, "a datagram was lost");
            thread::sleep(Duration::from_micros(100));
        }
    }

    /// Waits for a trace that is as `wanted`.
    pub(crate) async fn wait_for(&self, id: &str, wanted: impl Fn(&Trace) -> bool) -> Trace {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.stored(id);
            match seen {
                Some(trace) if wanted(&trace) => return trace,
                seen if Instant::now() > deadline => {
                    let seen = seen.map(|trace| trace.tree().to_string());
                    panic!("after {PATIENCE:?}: {}", seen.unwrap_or_default())
                }
                _ => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Ends it as a crash would: connections break, the port is closed. What it had received can still be read.
    pub(crate) fn kill(&mut self) {
        if let Some((runtime, viewer)) = self.running.take() {
            let ended = thread::spawn(move || {
                drop(viewer);
                runtime.shutdown_timeout(Duration::from_secs(1));
            });
            ended.join().expect("a runtime can be shut down");
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Reserved {
    /// Takes an address.
    pub(crate) fn new() -> Self {
        let bind = || {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            // Without it, nobody could listen here while this socket is bound; with it, whoever says so as well.
            socket.set_reuse_address(true)?;
            socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
            let address = socket.local_addr()?;
            Ok::<_, std::io::Error>((socket, address.as_socket().expect("it is an IP address")))
        };
        let (bound, address) = bind().expect("the loopback has a free port");
        Self {
            _bound: bound,
            address,
        }
    }

    /// The address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address, as an exporter wants it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
