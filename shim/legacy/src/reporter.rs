//! Where finished spans are handed in.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use crate::install::installed;
use crate::pipeline::Pipeline;
use crate::suppressed::is_suppressed;
use crate::{registry, settings};

/// What can be added to any clock.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Hands the finished spans of one service to an OTLP exporter.
///
/// A service is a name and its tags; reporters of the same service share one exporter, and those of different services have
/// one each, in one process. It is made by the first [`report`](Self::report), which therefore sees all the tags, and lives
/// as long as the process: what is reported is sent even if the reporter is gone, and even if the process ends right after,
/// see [`flush`](crate::flush()).
///
/// ```no_run
/// use std::time::SystemTime;
/// use opentracing_shim_legacy::{Ids, Reporter, SpanRecord};
///
/// let mut reporter = Reporter::new("billing");
/// reporter.add_tag("deployment.environment.name", "staging");
///
/// let ids = Ids { trace_high: 0, trace_low: 0xa, span_id: 0xb, flags: 1 };
/// let now = SystemTime::now();
/// reporter.report([SpanRecord::new("charge", ids, now, now).finish()])?;
/// # Ok::<(), opentracing_shim_legacy::ReportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reporter {
    service_name: String,
    tags: Vec<KeyValue>,
    pipeline: OnceLock<Arc<Pipeline>>,
}

impl Reporter {
    /// A reporter for the service of this name. No connection is made. An empty name leaves it to `OTEL_SERVICE_NAME`.
    #[must_use]
    pub fn new(service_name: impl Into<String>) -> Self {
        Self {
            service_name: service_name.into(),
            tags: Vec::new(),
            pipeline: OnceLock::new(),
        }
    }

    /// Says more of the service. A later tag of the same name replaces an earlier one. After the first report, the service
    /// is another one.
    pub fn add_tag(&mut self, name: impl Into<Key>, value: impl Into<Value>) {
        self.tags.push(KeyValue::new(name, value));
        self.pipeline = OnceLock::new();
    }

    /// Puts spans into the queue of the exporter, and waits for nothing. If the application's provider is
    /// [installed](crate::install()), they go there instead.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if the queue did not take all of them, or there can be no exporter. What is lost is counted.
    pub fn report(&self, spans: impl IntoIterator<Item = SpanData>) -> Result<(), ReportError> {
        self.report_until(None, spans)
    }

    /// As [`report`](Self::report), but where the queue is full, waits for room: for threads that do nothing but report. So
    /// no burst loses a span as long as the collector keeps answering.
    ///
    /// A call waits no longer than [`Settings::report_wait`](crate::Settings::report_wait). Once a batch has failed, or
    /// somebody has waited in vain, nobody waits until a batch is delivered again.
    ///
    /// # Errors
    ///
    /// As [`report`](Self::report).
    pub fn report_waiting(
        &self,
        spans: impl IntoIterator<Item = SpanData>,
    ) -> Result<(), ReportError> {
        let wait = settings::current().report_wait.min(LONGEST_WAIT);
        self.report_until(Some(Instant::now() + wait), spans)
    }

    fn report_until(
        &self,
        end: Option<Instant>,
        spans: impl IntoIterator<Item = SpanData>,
    ) -> Result<(), ReportError> {
        if let Some(provider) = installed() {
            spans.into_iter().for_each(|span| provider.replay(span));
            return Ok(());
        }
        if settings::current().is_disabled || is_suppressed() {
            return Ok(());
        }
        let pipeline = match self.pipeline.get() {
            Some(pipeline) => pipeline,
            None => {
                let pipeline = registry::pipeline(self.resource())?;
                self.pipeline.get_or_init(|| pipeline)
            }
        };
        let lost = spans
            .into_iter()
            .filter_map(|span| pipeline.push(span, end).err())
            .count();
        if lost > 0 {
            return Err(ReportError::QueueFull { lost });
        }
        Ok(())
    }

    /// What became of the spans of this reporter's service so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.pipeline
            .get()
            .map_or_else(Counts::default, |pipeline| pipeline.counts())
    }

    /// The name and the tags win over the environment, and a tag over what is found out here.
    fn resource(&self) -> Resource {
        let mut builder = Resource::builder().with_attributes(found_out());
        if !self.service_name.is_empty() {
            builder = builder.with_service_name(self.service_name.clone());
        }
        builder.with_attributes(self.tags.iter().cloned()).build()
    }
}

/// What the legacy reporters told of each process by themselves. Found out once: a service is to stay the same one when the
/// machine changes networks.
fn found_out() -> Vec<KeyValue> {
    static FOUND_OUT: OnceLock<Vec<KeyValue>> = OnceLock::new();
    let find_out = || {
        let host = hostname::get().ok();
        let host = host.and_then(|name| name.into_string().ok());
        let host = host.map(|name| KeyValue::new("host.name", name));
        let address = local_address().map(|address| KeyValue::new("ip", address));
        host.into_iter().chain(address).collect()
    };
    FOUND_OUT.get_or_init(find_out).clone()
}

/// The address that this host has towards others. A datagram socket that is connected sends nothing; the address of the
/// other end is one of those reserved for documents.
fn local_address() -> Option<String> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}

/// Numbers of spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Put into the queue.
    pub queued: u64,
    /// Taken by the collector.
    pub delivered: u64,
    /// Not put into the queue, because it was full.
    pub dropped: u64,
    /// In a batch that could not be sent.
    pub failed: u64,
}

/// Spans were lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The collector does not keep up, or is away.
    #[error("the queue is full, {lost} spans are lost")]
    QueueFull {
        /// How many of those reported were not taken.
        lost: usize,
    },
    /// The settings, or the machine, allow no exporter.
    #[error("there can be no exporter: {0}")]
    NoExporter(String),
}

#[cfg(test)]
mod tests {
    use std::panic::{RefUnwindSafe, UnwindSafe};

    use super::*;

    #[test]
    fn a_reporter_can_go_anywhere() {
        fn goes_anywhere<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

        goes_anywhere::<Reporter>();
    }
}
