//! The way from a finished span to a collector.
//!
//! A stage's `telemetry.rs` starts one [`Pipeline`] for its service and gets from it what the instrumentation stands on: a
//! tracer provider whose spans leave by OTLP over gRPC, and the propagators that `OTEL_PROPAGATORS` names. Nothing is
//! global, so several services with names of their own live in one process.
//!
//! The one promise: telemetry never fails, blocks or slows a request. What a service finishes goes into a bounded queue; a
//! thread of the SDK's takes it out in batches; each batch is sent on a runtime that belongs to the pipeline alone, whose
//! threads have no subscriber, so that the exporter's own transport can never feed the exporter. What is lost is counted
//! and said once, not once for each batch.
//!
//! Log records leave beside the spans, with the ids of the span in which they were written, and so does one metric, the
//! [`Census`] of the trace headers that a service is called with. Both take the same way, and promise the same. What the
//! pipeline itself has to say is for standard error alone.
//!
//! Reading order: [`Settings`] (what can be set, and which variables are read), [`Pipeline`], then `exporter`, `counting` and
//! `common`; for log records `records` and `logs`; for the census [`Propagator`], `census` and `metrics`.

mod census;
mod common;
mod counting;
mod exporter;
mod ids;
mod logs;
mod metrics;
mod propagator;
mod records;
mod settings;
mod transport;

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::logs::LoggerProvider as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder as LogBatchConfigBuilder, BatchLogProcessor, SdkLoggerProvider,
};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanLimits, TracerProviderBuilder,
};
use opentracing_shim::sdk::TagOverwrite;
use tokio::runtime::Runtime;
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

pub use crate::census::{Caller, Census, Headers};
use crate::common::{Common, Guard};
pub use crate::counting::Counts;
use crate::counting::{Counters, CountingProcessor, Signal};
use crate::exporter::GuardedExporter;
use crate::logs::{CountingLogs, GuardedLogs};
use crate::metrics::GuardedMetrics;
pub use crate::propagator::Propagator;
use crate::records::Records;
use crate::settings::Destination;
pub use crate::settings::{Settings, SettingsError};

/// The specification's defaults, for a pipeline that reads no variables.
const QUEUE_SIZE: usize = 2048;
const BATCH_SIZE: usize = 512;
const LOG_DELAY: Duration = Duration::from_secs(1);
const METRIC_INTERVAL: Duration = Duration::from_secs(60);

/// The pipeline could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The endpoint is not a URL that gRPC can use.
    #[error(
        "the OTLP endpoint {endpoint:?} is not usable: {reason}; expected a URL such as http://localhost:4317"
    )]
    Endpoint {
        /// What was given, without what may be a token.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The exporter refused its configuration (a compression or a header of the environment, for example).
    #[error("the OTLP exporter could not be built: {0}")]
    Exporter(String),
    /// No thread could be started.
    #[error("the exporter's runtime could not be started: {0}")]
    Runtime(#[from] std::io::Error),
}

/// One service's tracer provider, propagators and exporter.
#[derive(Debug)]
pub struct Pipeline {
    /// `None` when the SDK is disabled.
    provider: Option<SdkTracerProvider>,
    /// `None` when no log records leave.
    loggers: Option<SdkLoggerProvider>,
    /// `None` when no metrics leave.
    meters: Option<SdkMeterProvider>,
    propagator: Propagator,
    census: Census,
    common: Arc<Common>,
    spans: Arc<Counters>,
    logs: Arc<Counters>,
    runtime: Option<Runtime>,
}

impl Pipeline {
    /// Builds provider, exporter and propagators. No connection is made before the first export, and an absent collector is
    /// no error: the pipeline counts what it loses and recovers by itself.
    ///
    /// With [`Settings::disabled`] there is no exporter, no thread and no connection; the propagators still work.
    ///
    /// # Errors
    ///
    /// [`PipelineError`] for an endpoint or exporter setting that cannot be used.
    pub fn start(settings: &Settings) -> Result<Self, PipelineError> {
        let census = Census::new();
        let common = Arc::new(Common::default());
        let counters = |signal, destination: &Option<Destination>| {
            let endpoint = destination.as_ref().map(Destination::shown);
            let endpoint = endpoint.unwrap_or_default();
            Arc::new(Counters::new(signal, endpoint, Arc::clone(&common)))
        };
        let mut pipeline = Self {
            provider: None,
            loggers: None,
            meters: None,
            propagator: settings.propagator(census.clone()),
            census,
            spans: counters(Signal::Spans, &settings.spans),
            logs: counters(Signal::Logs, &settings.logs),
            common: Arc::clone(&common),
            runtime: None,
        };
        if settings.disabled {
            return Ok(pipeline);
        }

        let mut provider = provider(settings);
        if settings.exports() {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("otlp")
                .on_thread_start(stay_silent)
                .enable_all()
                .build()?;
            if let Some(to) = &settings.spans {
                let processor = batches(to, settings, &runtime, &pipeline.spans)?;
                provider = provider.with_span_processor(TagOverwrite::new(processor));
            }
            if let Some(to) = &settings.logs {
                let guard = guard(to, &runtime, &common);
                let loggers = loggers(to, settings, &runtime, guard, &pipeline.logs)?;
                pipeline.loggers = Some(loggers);
            }
            if let Some(to) = &settings.metrics {
                let meters = meters(to, settings, &runtime, guard(to, &runtime, &common))?;
                pipeline.census.observe(&meters);
                pipeline.meters = Some(meters);
            }
            pipeline.runtime = Some(runtime);
        }
        pipeline.provider = Some(provider.build());
        Ok(pipeline)
    }

    /// The provider, or `None` when the SDK is disabled: then a no-op provider of the API does, which keeps the ids of a
    /// parent that came in, so that the trace passes through.
    #[must_use]
    pub fn provider(&self) -> Option<&SdkTracerProvider> {
        self.provider.as_ref()
    }

    /// The propagators that `OTEL_PROPAGATORS` names. What they read is counted in the [`Census`].
    #[must_use]
    pub fn propagator(&self) -> Propagator {
        self.propagator.clone()
    }

    /// Which trace headers requests and messages came with so far.
    #[must_use]
    pub fn census(&self) -> Census {
        self.census.clone()
    }

    /// A layer that sends what is logged, beside the one that writes it to standard error; `None` when no log records leave.
    /// What it lets pass is [described there](logging::exported).
    #[must_use]
    pub fn log_records<S>(&self) -> Option<impl Layer<S> + Send + Sync + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let loggers = self.loggers.as_ref()?;
        let records = Records::new(loggers.logger(env!("CARGO_PKG_NAME")));
        Some(logging::exported(records))
    }

    /// Where to say that something is being lost. Held weakly, since the subscriber may hold a tracer of this pipeline.
    pub fn report_to(&self, dispatch: &Dispatch) {
        self.common.report_to(dispatch.downgrade());
    }

    /// How many spans were finished, delivered and lost so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.spans.read()
    }

    /// How many log records were written, delivered and lost so far; what is lost here was still written to standard error.
    #[must_use]
    pub fn log_counts(&self) -> Counts {
        self.logs.read()
    }

    /// Sends what is queued and ends the exporters, within `budget`. Blocks the calling thread that long at most; a second
    /// call does nothing. Returns the final counts of spans; what was finished and not delivered then is lost, and is said in
    /// one line for spans and one for log records.
    pub fn shutdown(&self, budget: Duration) -> Counts {
        if let Some(provider) = &self.provider {
            self.common.close_at(Instant::now() + budget);
            // At the same time, since the budget is for all. An error here is a timeout or a failed export; the counts below
            // say what it cost.
            std::thread::scope(|scope| {
                if let Some(loggers) = &self.loggers {
                    scope.spawn(|| loggers.shutdown_with_timeout(budget));
                }
                if let Some(meters) = &self.meters {
                    scope.spawn(|| meters.shutdown_with_timeout(budget));
                }
                let _ = provider.shutdown_with_timeout(budget);
            });
            self.spans.report_final();
            self.logs.report_final();
        }
        self.spans.read()
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A plain drop would block, and would panic on a thread of another runtime.
            runtime.shutdown_background();
        }
    }
}

/// The ids of the span that is active on this thread in the OpenTelemetry context, for log lines. Both stages that trace put
/// it there: the shim's scopes and `tracing-opentelemetry`'s entered spans.
#[must_use]
pub fn ambient_ids() -> Option<logging::Ids> {
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| logging::Ids {
            trace_id: ids.trace_id().to_string(),
            span_id: ids.span_id().to_string(),
        })
    })
}

/// A thread of the exporter's runtime: no subscriber and no telemetry, for good.
fn stay_silent() {
    logging::adopt(&Dispatch::none());
    std::mem::forget(Context::enter_telemetry_suppressed_scope());
}

fn provider(settings: &Settings) -> TracerProviderBuilder {
    let mut builder = SdkTracerProvider::builder().with_resource(settings.resource.clone());
    if settings.ignores_environment {
        builder = builder.with_span_limits(SpanLimits::default());
    }
    if let Some(ids) = &settings.ids {
        builder = builder.with_id_generator(ids.clone());
    }
    match &settings.sampler {
        Some(sampler) => builder.with_sampler(sampler.clone()),
        None => builder,
    }
}

/// The way of spans: counted, queued, sent in batches.
fn batches(
    to: &Destination,
    settings: &Settings,
    runtime: &Runtime,
    counters: &Arc<Counters>,
) -> Result<CountingProcessor, PipelineError> {
    let exporter = GuardedExporter::new(
        transport::spans(to, runtime)?,
        runtime.handle().clone(),
        Arc::clone(counters),
        to.timeout,
    );
    let mut batch = BatchConfigBuilder::default();
    if settings.ignores_environment {
        batch = batch
            .with_max_queue_size(QUEUE_SIZE)
            .with_max_export_batch_size(BATCH_SIZE);
    }
    if let Some(delay) = settings.schedule_delay {
        batch = batch.with_scheduled_delay(delay);
    }
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batch.build())
        .build();
    Ok(CountingProcessor::new(processor, Arc::clone(counters)))
}

/// The way of log records: the same.
fn loggers(
    to: &Destination,
    settings: &Settings,
    runtime: &Runtime,
    guard: Guard,
    counters: &Arc<Counters>,
) -> Result<SdkLoggerProvider, PipelineError> {
    let exporter = transport::logs(to, runtime)?;
    let exporter = GuardedLogs::new(exporter, guard, Arc::clone(counters), logs::REST);
    let mut batch = LogBatchConfigBuilder::default();
    if settings.ignores_environment {
        batch = batch
            .with_max_queue_size(QUEUE_SIZE)
            .with_max_export_batch_size(BATCH_SIZE)
            .with_scheduled_delay(LOG_DELAY);
    }
    if let Some(delay) = settings.schedule_delay {
        batch = batch.with_scheduled_delay(delay);
    }
    let processor = BatchLogProcessor::builder(exporter)
        .with_batch_config(batch.build())
        .build();
    Ok(SdkLoggerProvider::builder()
        .with_resource(settings.resource.clone())
        .with_log_processor(CountingLogs::new(processor, Arc::clone(counters)))
        .build())
}

/// The way of metrics: read now and then, and sent.
fn meters(
    to: &Destination,
    settings: &Settings,
    runtime: &Runtime,
    guard: Guard,
) -> Result<SdkMeterProvider, PipelineError> {
    let exporter = transport::metrics(to, runtime)?;
    let mut reader = PeriodicReader::builder(GuardedMetrics::new(exporter, guard));
    if settings.ignores_environment {
        reader = reader.with_interval(METRIC_INTERVAL);
    }
    Ok(SdkMeterProvider::builder()
        .with_resource(settings.resource.clone())
        .with_reader(reader.build())
        .build())
}

fn guard(to: &Destination, runtime: &Runtime, common: &Arc<Common>) -> Guard {
    Guard::new(runtime.handle().clone(), Arc::clone(common), to.timeout)
}
