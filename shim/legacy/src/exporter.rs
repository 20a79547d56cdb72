//! The OTLP exporter, and a guard around it.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_otlp::{
    SpanExporter as OtlpExporter, WithExportConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;
use tonic::metadata::{MetadataKey, MetadataMap};
use tonic::transport::{Channel, Endpoint};

use crate::pipeline::State;
use crate::reporter::ReportError;
use crate::settings::Protocol;
use crate::variables::Resolved;

/// How long a connection attempt may take. The exporter itself sets no such limit, and a host that swallows packets would
/// hold the sender for the operating system's two minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The exporter that the settings ask for. No connection is made.
pub(crate) fn otlp(settings: &Resolved, runtime: &Handle) -> Result<OtlpExporter, ReportError> {
    match settings.protocol {
        Protocol::Grpc => grpc(settings, runtime),
        Protocol::HttpProtobuf => http(settings),
    }
}

#[cfg(feature = "http")]
fn http(settings: &Resolved) -> Result<OtlpExporter, ReportError> {
    use opentelemetry_otlp::WithHttpConfig as _;

    let mut builder = OtlpExporter::builder()
        .with_http()
        .with_http_client(crate::http::ExporterClient::new(CONNECT_TIMEOUT))
        .with_headers(settings.headers.iter().cloned().collect())
        .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
        .with_timeout(settings.timeout);
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    builder
        .build()
        .map_err(|error| ReportError::NoExporter(error.to_string()))
}

#[cfg(not(feature = "http"))]
fn http(_: &Resolved) -> Result<OtlpExporter, ReportError> {
    let reason = "http/protobuf is asked for, and the feature `http` is off";
    Err(ReportError::NoExporter(reason.to_owned()))
}

fn grpc(settings: &Resolved, runtime: &Handle) -> Result<OtlpExporter, ReportError> {
    let mut metadata = MetadataMap::new();
    for (name, value) in settings.headers.iter() {
        let unusable = || ReportError::NoExporter(format!("the header {name:?} is not usable"));
        let key = MetadataKey::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
        metadata.insert(key, value.parse().map_err(|_| unusable())?);
    }
    OtlpExporter::builder()
        .with_tonic()
        .with_channel(channel(settings, runtime)?)
        .with_metadata(metadata)
        .with_timeout(settings.timeout)
        .build()
        .map_err(|error| ReportError::NoExporter(error.to_string()))
}

fn channel(settings: &Resolved, runtime: &Handle) -> Result<Channel, ReportError> {
    let url = settings.endpoint.clone().unwrap_or_default();
    let unusable = |reason: String| {
        ReportError::NoExporter(format!(
            "the endpoint {url:?} is not usable: {reason}; expected a URL such as http://localhost:4317"
        ))
    };
    let endpoint =
        Endpoint::from_shared(url.clone()).map_err(|error| unusable(error.to_string()))?;
    let endpoint = match endpoint.uri().scheme_str() {
        Some("http") => endpoint,
        #[cfg(feature = "tls")]
        Some("https") => endpoint
            .tls_config(tonic::transport::ClientTlsConfig::new().with_enabled_roots())
            .map_err(|error| unusable(error.to_string()))?,
        _ => return Err(unusable("this scheme is not built in".to_owned())),
    };
    // The channel's worker task lives in the runtime that is current when the channel is made.
    let _entered = runtime.enter();
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(settings.timeout)
        .keep_alive_while_idle(true)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .connect_lazy())
}

/// Sends each batch on the registry's runtime, under a deadline.
///
/// The SDK drives exporters with a bare `block_on` on its own thread. There, a panic would end the thread and with it all
/// telemetry, unnoticed, and a connection that never answers would hold it. As a task, a panic is an error of one batch and
/// the deadline is a timer.
#[derive(Debug)]
pub(crate) struct GuardedExporter<E> {
    inner: Arc<E>,
    runtime: Handle,
    state: Arc<State>,
    timeout: Duration,
}

impl<E: SpanExporter + 'static> GuardedExporter<E> {
    pub(crate) fn new(inner: E, runtime: Handle, state: Arc<State>, timeout: Duration) -> Self {
        Self {
            inner: Arc::new(inner),
            runtime,
            state,
            timeout,
        }
    }
}

impl<E: SpanExporter + 'static> SpanExporter for GuardedExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.state.taken(spans);
        let budget = self.state.budget(self.timeout);
        let inner = Arc::clone(&self.inner);
        let result = if budget.is_zero() {
            Err(OTelSdkError::Timeout(budget))
        } else {
            let sending = self.runtime.spawn(async move {
                tokio::time::timeout(budget, inner.export(batch))
                    .await
                    .unwrap_or(Err(OTelSdkError::Timeout(budget)))
            });
            sending
                .await
                .unwrap_or_else(|error| Err(OTelSdkError::InternalFailure(error.to_string())))
        };
        match &result {
            Ok(()) => self.state.delivered(spans),
            Err(_) => self.state.failed(spans),
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        // Nothing is in flight: this is called before the exporter is handed on, and by the SDK between exports.
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.set_resource(resource);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    use super::*;
    use crate::pipeline::Pipeline;
    use crate::record::SpanRecord;
    use crate::reporter::Counts;
    use crate::{Ids, Settings};

    /// Panics or hangs at its first batch, and takes all others.
    #[derive(Debug, Default)]
    struct Moody {
        hangs: bool,
        batches: AtomicUsize,
    }

    impl SpanExporter for Moody {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            match self.batches.fetch_add(1, Ordering::Relaxed) {
                0 if self.hangs => std::future::pending().await,
                0 => panic!("a bug in an exporter"),
                _ => Ok(()),
            }
        }
    }

    fn span() -> SpanData {
        let ids = Ids {
            trace_high: 0,
            trace_low: 1,
            span_id: 1,
            flags: 1,
        };
        let now = std::time::SystemTime::now();
        SpanRecord::new("work", ids, now, now).finish()
    }

    /// Three batches of one span, through the SDK's own thread, and whether each was taken.
    fn export_three(moody: Moody, timeout: Duration) -> (Vec<bool>, Counts) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .expect("a runtime");
        let settings = Resolved::by_code(Settings::new().timeout(timeout));
        let pipeline = Pipeline::around(
            moody,
            &settings,
            &Resource::builder_empty().build(),
            runtime.handle(),
        );
        let flushes = (0..3).map(|_| {
            pipeline.push(span(), None).expect("there is room");
            pipeline.flush()
        });
        (flushes.collect(), pipeline.counts())
    }

    #[test]
    fn a_panic_costs_one_batch() {
        let (flushes, counts) = export_three(Moody::default(), Duration::from_secs(10));

        assert_eq!(flushes, [false, true, true]);
        assert_eq!((counts.delivered, counts.failed), (2, 1));
    }

    #[test]
    fn a_batch_that_never_ends_costs_itself() {
        let moody = Moody {
            hangs: true,
            ..Moody::default()
        };

        let begun = Instant::now();
        let (flushes, _) = export_three(moody, Duration::from_millis(50));

        assert_eq!(flushes, [false, true, true]);
        assert!(
            begun.elapsed() < Duration::from_secs(4),
            "{:?}",
            begun.elapsed()
        );
    }

    #[test]
    fn one_failure_is_enough_once_the_process_ends() {
        let state = State::default();
        let timeout = Duration::from_secs(10);

        assert_eq!(state.budget(timeout), timeout);
        state.close_at(Instant::now() + Duration::from_secs(1));
        let closing = state.budget(timeout);
        state.failed(1);

        assert!(
            closing <= Duration::from_secs(1) && !closing.is_zero(),
            "{closing:?}"
        );
        assert_eq!(state.budget(timeout), Duration::ZERO);
    }

    #[cfg(all(feature = "http", feature = "tls"))]
    #[test]
    fn both_protocols_are_built_with_tls() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
            let settings = Settings::new()
                .protocol(protocol)
                .endpoint("https://collector:4317");

            let built = otlp(&Resolved::by_code(settings), runtime.handle());

            assert!(built.is_ok(), "{protocol:?}: {built:?}");
        }
    }

    #[test]
    fn headers_that_cannot_be_sent_are_refused_without_their_values() {
        let settings = Settings::new().header("authorization", "hunter2\n");

        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let refused = otlp(&Resolved::by_code(settings), runtime.handle());

        let message = refused.expect_err("no header has line breaks").to_string();
        assert!(
            message.contains("authorization") && !message.contains("hunter2"),
            "{message}"
        );
    }
}
