//! What can be set, and which variables are read.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use opentracing_shim::propagation::UnknownPropagator;

use crate::propagation::Formats;
use crate::variables::{Resolved, from_environment};

/// How the exporter speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// OTLP over gRPC.
    Grpc,
    /// OTLP over HTTP, in Protocol Buffers.
    HttpProtobuf,
}

/// Settings for the whole process, by code. What is not set here is read from the environment:
///
/// | Variable | Default | |
/// |---|---|---|
/// | `OTEL_SDK_DISABLED` | `false` | `true`: spans are thrown away, headers are written and read |
/// | `OTEL_TRACES_EXPORTER` | `otlp` | `none`: as above |
/// | `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL` | `grpc` | or `http/protobuf` |
/// | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT` | `http://localhost:4317`, for HTTP `:4318` | without a scheme it means `https`, unless `…_INSECURE` is `true` |
/// | `OTEL_EXPORTER_OTLP_TRACES_HEADERS`, `OTEL_EXPORTER_OTLP_HEADERS` | none | |
/// | `OTEL_EXPORTER_OTLP_TRACES_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION` | none | `gzip` |
/// | `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, `OTEL_EXPORTER_OTLP_TIMEOUT` | 10000 ms | for a batch with its retries |
/// | `OTEL_BSP_SCHEDULE_DELAY` | 500 ms | the legacy crates sent at once; the standard's 5 s would be a surprise |
/// | `OTEL_BSP_MAX_QUEUE_SIZE`, `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` | 2048, 512 | |
/// | `OTEL_PROPAGATORS` | `jaeger` | see [`propagation`](crate::propagation) |
/// | `OTEL_SERVICE_NAME` | | for a reporter whose own name is empty |
/// | `OTEL_RESOURCE_ATTRIBUTES` | | what a reporter says of itself wins |
///
/// A value of the environment that cannot be used is passed over, with a warning in the log of `tracing`: code that was
/// never written for these variables must not fail by them.
///
/// ```
/// use std::time::Duration;
/// use opentracing_shim_legacy::{Settings, configure};
///
/// configure(
///     Settings::new()
///         .endpoint("http://collector:4317")
///         .propagators("jaeger,tracecontext,baggage")
///         .exit_wait(Duration::from_secs(2)),
/// )?;
/// # Ok::<(), opentracing_shim_legacy::ConfigureError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Settings {
    pub(crate) endpoint: Option<String>,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) headers: Headers,
    pub(crate) timeout: Option<Duration>,
    pub(crate) schedule_delay: Option<Duration>,
    pub(crate) queue_size: Option<usize>,
    pub(crate) report_wait: Option<Duration>,
    pub(crate) exit_wait: Option<Duration>,
    propagators: Option<String>,
}

impl Settings {
    /// Everything as the environment has it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the collector is, such as `http://localhost:4317`. For HTTP, `/v1/traces` is added to it.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// How to speak to it.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// A header for every request to the collector, such as a token. Those of the environment are sent too.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.0.push((name.into(), value.into()));
        self
    }

    /// How long the sending of a batch may take with its retries.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long a span waits for company at most.
    pub fn schedule_delay(mut self, delay: Duration) -> Self {
        self.schedule_delay = Some(delay);
        self
    }

    /// How many spans of one service wait to be sent at most.
    pub fn queue_size(mut self, spans: usize) -> Self {
        self.queue_size = Some(spans);
        self
    }

    /// How long a call that reports waits for room in a full queue: 5 s if it is not set, and an hour at most. Zero means not to wait.
    pub fn report_wait(mut self, wait: Duration) -> Self {
        self.report_wait = Some(wait);
        self
    }

    /// How long the end of the process waits for spans to be sent: 5 s if it is not set, and no longer if it is set to more,
    /// which is the SDK's limit. Zero means not to wait.
    pub fn exit_wait(mut self, wait: Duration) -> Self {
        self.exit_wait = Some(wait);
        self
    }

    /// The formats of headers, by the names that `OTEL_PROPAGATORS` takes.
    pub fn propagators(mut self, names: impl Into<String>) -> Self {
        self.propagators = Some(names.into());
        self
    }
}

/// Names and values. A value may be a token, so it is shown to nobody.
#[derive(Clone, Default)]
pub(crate) struct Headers(Vec<(String, String)>);

impl Headers {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter()
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// The settings came too late or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigureError {
    /// Settings were made before, or spans or headers were sent without.
    #[error(
        "the settings are in use already: configure once, before the first span is reported or header written"
    )]
    TooLate,
    /// No propagator has this name.
    #[error(transparent)]
    Propagators(#[from] UnknownPropagator),
}

static CURRENT: OnceLock<Resolved> = OnceLock::new();

/// Makes settings for the process: once, and before the first span is reported or header written.
///
/// # Errors
///
/// [`ConfigureError`] when it is too late, or a propagator is unknown.
pub fn configure(settings: Settings) -> Result<(), ConfigureError> {
    let formats = match &settings.propagators {
        Some(names) => Some(Formats::parse(names)?),
        None => None,
    };
    CURRENT
        .set(Resolved::new(settings, formats, &from_environment))
        .map_err(|_| ConfigureError::TooLate)
}

pub(crate) fn current() -> &'static Resolved {
    CURRENT.get_or_init(|| Resolved::new(Settings::new(), None, &from_environment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_header_is_not_shown() {
        let shown = format!("{:?}", Settings::new().header("authorization", "hunter2"));

        assert!(shown.contains("authorization"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_propagator_that_nobody_knows_is_refused_before_anything_is_set() {
        let refused = configure(Settings::new().propagators("xray"));

        let Err(ConfigureError::Propagators(unknown)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(unknown.name(), "xray");
    }
}
