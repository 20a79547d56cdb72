//! OTLP over gRPC: a connection and an exporter for each signal.

use std::time::Duration;

use opentelemetry_otlp::{
    LogExporter, MetricExporter, SpanExporter, WithExportConfig as _, WithTonicConfig as _,
};
use tokio::runtime::Runtime;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

use crate::PipelineError;
use crate::settings::Destination;

/// How long a connection attempt may take. The exporter itself sets no such limit, and a host that swallows packets would
/// hold the sender for the operating system's two minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// An exporter of spans.
pub(crate) fn spans(to: &Destination, runtime: &Runtime) -> Result<SpanExporter, PipelineError> {
    SpanExporter::builder()
        .with_tonic()
        .with_channel(channel(to, runtime)?)
        .with_timeout(to.timeout)
        .build()
        .map_err(|error| PipelineError::Exporter(error.to_string()))
}

/// An exporter of log records.
pub(crate) fn logs(to: &Destination, runtime: &Runtime) -> Result<LogExporter, PipelineError> {
    LogExporter::builder()
        .with_tonic()
        .with_channel(channel(to, runtime)?)
        .with_timeout(to.timeout)
        .build()
        .map_err(|error| PipelineError::Exporter(error.to_string()))
}

/// An exporter of metrics.
pub(crate) fn metrics(
    to: &Destination,
    runtime: &Runtime,
) -> Result<MetricExporter, PipelineError> {
    MetricExporter::builder()
        .with_tonic()
        .with_channel(channel(to, runtime)?)
        .with_timeout(to.timeout)
        .build()
        .map_err(|error| PipelineError::Exporter(error.to_string()))
}

/// A connection to a collector, which is made when it is needed.
fn channel(to: &Destination, runtime: &Runtime) -> Result<Channel, PipelineError> {
    let unusable = |reason: String| PipelineError::Endpoint {
        endpoint: to.shown(),
        reason,
    };
    let endpoint =
        Endpoint::from_shared(to.endpoint.clone()).map_err(|error| unusable(error.to_string()))?;
    let endpoint = match endpoint.uri().scheme_str() {
        Some("http") => endpoint,
        Some("https") => endpoint
            .tls_config(ClientTlsConfig::new().with_enabled_roots())
            .map_err(|error| unusable(error.to_string()))?,
        _ => return Err(unusable("the scheme must be http or https".to_owned())),
    };
    // The channel's worker task lives in the runtime that is current when the channel is made.
    let _entered = runtime.enter();
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(to.timeout)
        .keep_alive_while_idle(true)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .connect_lazy())
}
