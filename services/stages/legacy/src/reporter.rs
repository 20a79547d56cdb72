//! The thread that sends what was finished.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, select};
use rustracing::tag::Tag;
use rustracing_jaeger::reporter::JaegerCompactReporter;
use rustracing_jaeger::span::{FinishedSpan, SpanReceiver};
use tracing::Dispatch;

use crate::settings::Settings;

/// How many spans go into one datagram at most. A datagram holds 64 KiB, and one that is too large is lost as a whole.
const BATCH: usize = 32;

/// The reporter could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No socket to send from.
    #[error("the reporter has no socket: {0}")]
    Socket(String),
    /// No thread to send on.
    #[error("the reporter's thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// What became of the spans that reached the reporter. What a full channel dropped is not among them: nobody counts that.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Handed to the network. Nobody says whether an agent took them.
    pub sent: u64,
    /// Refused by the network.
    pub failed: u64,
}

/// A service's reporter, while its thread runs.
#[derive(Debug)]
pub struct Reporting {
    counters: Arc<Counters>,
    /// Tells the thread to send what there is and to end.
    stop: Sender<()>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    failed: AtomicU64,
}

/// What the thread owns.
struct Reporter {
    /// `None` where spans go nowhere.
    jaeger: Option<JaegerCompactReporter>,
    spans: SpanReceiver,
    counters: Arc<Counters>,
    /// Whether the last batch failed: a change of it is what is logged.
    failing: bool,
}

impl Reporting {
    /// Makes the reporter and starts its thread. Their lines go to `dispatch`.
    ///
    /// # Errors
    ///
    /// [`StartError`], without a socket or a thread. Whether an agent listens is not asked.
    pub fn start(
        settings: &Settings,
        spans: SpanReceiver,
        dispatch: &Dispatch,
    ) -> Result<Self, StartError> {
        let dispatch = dispatch.clone();
        let made = || settings.exports.then(|| jaeger(settings)).transpose();
        let jaeger = tracing::dispatcher::with_default(&dispatch, made)?;
        let counters = Arc::new(Counters::default());
        let (stop, stopped) = bounded(1);
        let (alive, ended) = bounded(0);
        let mut reporter = Reporter {
            jaeger,
            spans,
            counters: Arc::clone(&counters),
            failing: false,
        };
        thread::Builder::new()
            .name("reporter".to_owned())
            .spawn(move || {
                let _alive: Sender<()> = alive;
                tracing::dispatcher::with_default(&dispatch, || reporter.run(&stopped));
            })?;
        Ok(Self {
            counters,
            stop,
            ended,
        })
    }

    /// Sends what is left and ends the thread. Blocks for `budget` at most.
    pub fn shutdown(&self, budget: Duration) -> Counts {
        // A thread that does not take the word has it already, or has ended.
        let _ = self.stop.try_send(());
        // Nothing is ever sent here: what comes is the end of the thread or of the budget.
        let _ = self.ended.recv_timeout(budget);
        Counts {
            sent: self.counters.sent.load(Ordering::Relaxed),
            failed: self.counters.failed.load(Ordering::Relaxed),
        }
    }
}

impl Reporter {
    /// Ends when it is told to, or when no tracer, span or handle is left that could send.
    fn run(&mut self, stop: &Receiver<()>) {
        loop {
            select! {
                recv(self.spans) -> span => match span {
                    Ok(span) => self.report_with_waiting(span),
                    Err(_) => return,
                },
                recv(stop) -> _ => break,
            }
        }
        loop {
            match self.spans.try_recv() {
                Ok(span) => self.report_with_waiting(span),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }

    fn report_with_waiting(&mut self, first: FinishedSpan) {
        let waiting = self.spans.try_iter().take(BATCH - 1);
        let batch: Vec<FinishedSpan> = std::iter::once(first).chain(waiting).collect();
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let reported = self.jaeger.as_ref().map(|jaeger| jaeger.report(&batch));
        match reported.transpose() {
            Ok(_) => {
                self.counters.sent.fetch_add(count, Ordering::Relaxed);
                self.failing = false;
            }
            Err(error) => {
                self.counters.failed.fetch_add(count, Ordering::Relaxed);
                if !self.failing {
                    log::warn!("Spans are being lost: {}.", first_line(&error));
                }
                self.failing = true;
            }
        }
    }
}

fn jaeger(settings: &Settings) -> Result<JaegerCompactReporter, StartError> {
    let socket = |error| StartError::Socket(first_line(&error));
    let mut reporter = JaegerCompactReporter::new(&settings.service).map_err(socket)?;
    if let Some(agent) = settings.agent {
        reporter.set_agent_addr(agent);
        // The library sends from 127.0.0.1, from where only an agent there can be reached.
        let any: Option<IpAddr> = match agent.ip() {
            IpAddr::V4(ip) if ip.is_loopback() => None,
            IpAddr::V4(_) => Some(Ipv4Addr::UNSPECIFIED.into()),
            IpAddr::V6(_) => Some(Ipv6Addr::UNSPECIFIED.into()),
        };
        if let Some(any) = any {
            reporter
                .set_reporter_addr(SocketAddr::new(any, 0))
                .map_err(socket)?;
        }
    }
    for (key, value) in &settings.tags {
        reporter.add_service_tag(Tag::new(*key, value.clone()));
    }
    Ok(reporter)
}

/// The libraries' errors tell where they came by, a line for each place in the source.
pub(crate) fn first_line(error: &impl Display) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
