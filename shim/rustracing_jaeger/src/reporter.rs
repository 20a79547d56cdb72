//! Where finished spans are handed in.
//!
//! Both reporters send OTLP, as the [settings](crate::otel#settings) say. They were for two formats of Jaeger's agent, which
//! is no longer: the address of an agent, and the one to send from, mean nothing any more, and a call that sets one is
//! answered with a warning in the log of `tracing`.

use std::net::SocketAddr;

use opentracing_shim_legacy as legacy;
use rustracing::otel::is_taken;
use rustracing::tag::Tag;
use trackable::track;

use crate::span::FinishedSpan;
use crate::{Result, error, record};

/// Reports spans. Its name is from the format that it once wrote.
///
/// ```no_run
/// # use opentracing_shim_rustracing as rustracing;
/// # use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
/// use rustracing::sampler::AllSampler;
/// use rustracing::tag::Tag;
/// use rustracing_jaeger::Tracer;
/// use rustracing_jaeger::reporter::JaegerCompactReporter;
///
/// let (tracer, span_rx) = Tracer::new(AllSampler);
/// drop(tracer.span("charge").start());
///
/// let mut reporter = JaegerCompactReporter::new("billing")?;
/// reporter.add_service_tag(Tag::new("region", "north"));
/// reporter.report(&span_rx.try_iter().collect::<Vec<_>>())?;
/// # Ok::<(), rustracing_jaeger::Error>(())
/// ```
#[derive(Debug)]
pub struct JaegerCompactReporter(Reporter);

/// Reports spans. Its name is from the format that it once wrote.
#[derive(Debug)]
pub struct JaegerBinaryReporter(Reporter);

macro_rules! reporter {
    ($name:ident) => {
        impl $name {
            /// Makes a reporter for the service of this name. No connection is made.
            ///
            /// # Errors
            ///
            /// None any more: nothing is bound.
            pub fn new(service_name: &str) -> Result<Self> {
                Ok(Self(Reporter::new(service_name)))
            }

            /// Sets where Jaeger's agent is, which is asked no longer.
            pub fn set_agent_addr(&mut self, addr: SocketAddr) {
                warn_about("set_agent_addr", addr);
            }

            /// Sets where to send from, which is left to the system.
            ///
            /// # Errors
            ///
            /// None any more: nothing is bound.
            pub fn set_reporter_addr(&mut self, addr: SocketAddr) -> Result<()> {
                warn_about("set_reporter_addr", addr);
                Ok(())
            }

            /// Says something of the service: an attribute of its resource.
            pub fn add_service_tag(&mut self, tag: Tag) {
                self.0.add_tag(&tag);
            }

            /// Puts spans into the queue of the exporter. Where that is full, waits for room: five seconds at most, or as
            /// [`Settings::report_wait`](crate::otel::Settings::report_wait) says, and not for a collector that is away.
            ///
            /// They are sent when there are enough of them or some time has passed, at the latest when the process ends.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Other`](crate::ErrorKind::Other) if the queue does not take all of them, because the collector
            /// is away or slow, or if the settings allow no exporter.
            pub fn report(&self, spans: &[FinishedSpan]) -> Result<()> {
                track!(self.0.report(spans))
            }
        }
    };
}

reporter!(JaegerCompactReporter);
reporter!(JaegerBinaryReporter);

/// What both do.
#[derive(Debug)]
struct Reporter(legacy::Reporter);

impl Reporter {
    fn new(service_name: &str) -> Self {
        Self(legacy::Reporter::new(service_name))
    }

    fn add_tag(&mut self, tag: &Tag) {
        self.0
            .add_tag(tag.name().to_owned(), record::value(tag.value()));
    }

    /// With a provider installed, spans that a hook saw are with it already; those of tracers without one go there now.
    fn report(&self, spans: &[FinishedSpan]) -> Result<()> {
        let open = spans
            .iter()
            .filter(|span| !is_taken(span))
            .map(record::data)
            .filter_map(|span| legacy::replay(span).err());
        track!(self.0.report_waiting(open).map_err(error::other))
    }
}

fn warn_about(call: &str, addr: SocketAddr) {
    tracing::warn!(
        call,
        %addr,
        "spans are sent by OTLP, where OTEL_EXPORTER_OTLP_ENDPOINT says; this address is not used"
    );
}
