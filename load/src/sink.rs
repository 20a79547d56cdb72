//! The receiver of spans, which counts their bytes and looks at nothing.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderMap, HeaderValue, Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::runtime::Handle;

use crate::http::{Server, Version};

/// Where OTLP takes spans by gRPC. Other signals have other paths; they are taken and not counted.
const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// What gRPC puts before each message, and all that there is of an empty one.
const PREFIX: [u8; 5] = [0; 5];
/// After which the thread looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);
/// Within which what was sent has come.
const SETTLED: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(1);

/// Takes OTLP over gRPC, and Jaeger's Thrift over UDP. Dropping it ends both.
#[derive(Debug)]
pub(crate) struct Sink {
    counts: Arc<Counts>,
    otlp: Server,
    agent: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    /// Datagrams without anything in them.
    marks: AtomicU64,
}

// === impl Sink ===

impl Sink {
    /// Starts both on free ports.
    ///
    /// # Errors
    ///
    /// If there are none left.
    pub(crate) fn start(runtime: &Handle) -> io::Result<Self> {
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        let otlp = Server::start(runtime, Version::Http2, move |request| {
            take(Arc::clone(&counted), request)
        })?;
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        socket.set_read_timeout(Some(LOOK))?;
        let agent = socket.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new()
            .name("agent".to_owned())
            .spawn({
                let (counts, ended) = (Arc::clone(&counts), Arc::clone(&ended));
                move || listen(&socket, &counts, &ended)
            })?;
        Ok(Self {
            counts,
            otlp,
            agent,
            ended,
            thread: Some(thread),
        })
    }

    /// Where OTLP is taken.
    #[must_use]
    pub(crate) fn otlp(&self) -> String {
        self.otlp.url()
    }

    /// Where Thrift is taken.
    #[must_use]
    pub(crate) fn agent(&self) -> SocketAddr {
        self.agent
    }

    /// How many bytes of spans have come, by either way, without the headers of the transports.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.counts.bytes.load(Ordering::Relaxed)
    }

    /// Waits until every datagram that was sent before this call has been counted.
    ///
    /// # Errors
    ///
    /// If that does not come to be.
    pub(crate) fn settle(&self) -> io::Result<()> {
        let seen = self.counts.marks.load(Ordering::Relaxed);
        let marking = UdpSocket::bind(("127.0.0.1", 0))?;
        let deadline = Instant::now() + SETTLED;
        while self.counts.marks.load(Ordering::Relaxed) == seen {
            if Instant::now() > deadline {
                return Err(io::ErrorKind::TimedOut.into());
            }
            // Datagrams keep their order. Where there was no room for the mark, there is for a later one.
            marking.send_to(&[], self.agent)?;
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// How many datagrams the system has dropped because nobody took them in time. `None` where it does not say.
    #[must_use]
    pub(crate) fn dropped(&self) -> Option<u64> {
        dropped_in(
            &std::fs::read_to_string("/proc/net/udp").ok()?,
            self.agent.port(),
        )
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It cannot panic, and if it could there would be nothing to do.
            let _ = thread.join();
        }
    }
}

/// A thread of its own, not a task: what waits in a socket's buffer for a busy runtime is soon lost.
fn listen(socket: &UdpSocket, counts: &Counts, ended: &AtomicBool) {
    let mut datagram = vec![0; 1 << 16];
    while !ended.load(Ordering::Relaxed) {
        // An error is the end of a wait.
        match socket.recv(&mut datagram) {
            Ok(0) => {
                counts.marks.fetch_add(1, Ordering::Relaxed);
            }
            Ok(length) => counts.add(length),
            Err(_) => {}
        }
    }
}

/// Reads a batch and says that all of it was taken.
async fn take(counts: Arc<Counts>, request: Request<Incoming>) -> Response<Answer> {
    let counted = request.uri().path() == TRACES;
    let mut body = request.into_body();
    let mut length = 0;
    while let Some(Ok(frame)) = body.frame().await {
        length += frame.data_ref().map_or(0, Bytes::len);
    }
    if counted {
        counts.add(length.saturating_sub(PREFIX.len()));
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body: Answer = Full::new(Bytes::from_static(&PREFIX))
        .with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(body);
    let grpc = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(CONTENT_TYPE, grpc);
    response
}

/// An empty message, and what says that it is all.
type Answer = http_body_util::combinators::WithTrailers<
    Full<Bytes>,
    std::future::Ready<Option<Result<HeaderMap, std::convert::Infallible>>>,
>;

// === impl Counts ===

impl Counts {
    fn add(&self, length: usize) {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        self.bytes.fetch_add(length, Ordering::Relaxed);
    }
}

/// The last column of the line of the socket on this port.
fn dropped_in(table: &str, port: u16) -> Option<u64> {
    let end = format!(":{port:04X}");
    let line = table.lines().find(|line| {
        let local = line.split_whitespace().nth(1);
        local.is_some_and(|local| local.ends_with(&end))
    })?;
    line.split_whitespace().last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_are_counted() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let sink = Sink::start(runtime.handle()).unwrap();
        let sender = UdpSocket::bind(("127.0.0.1", 0)).unwrap();

        sender.send_to(&[7; 100], sink.agent()).unwrap();
        sender.send_to(&[7; 23], sink.agent()).unwrap();

        sink.settle().unwrap();
        assert_eq!(sink.bytes(), 123);
    }

    #[test]
    fn what_the_system_dropped_is_found_by_the_port() {
        let table = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
                     \x20 12: 0100007F:1A9F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 55 2 00 17\n";

        assert_eq!(dropped_in(table, 0x1A9F), Some(17));
        assert_eq!(dropped_in(table, 0x1A9E), None);
    }
}
