//! A receiver that does as it is told, and what a pipeline says.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{
    LogsService, LogsServiceServer,
};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use pipeline::{Pipeline, Settings};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// For an export, when everything is well.
pub(crate) const BUDGET: Duration = Duration::from_secs(10);

/// An OTLP receiver on a runtime of its own.
#[derive(Debug)]
pub(crate) struct Receiver {
    runtime: Option<Runtime>,
    address: SocketAddr,
    intake: Intake,
}

#[derive(Clone, Debug, Default)]
struct Intake {
    refuses: Arc<AtomicBool>,
    spans: Arc<AtomicU64>,
    logs: Arc<Mutex<Vec<ExportLogsServiceRequest>>>,
}

/// The messages of the log lines that a pipeline writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<String>>>);

// === impl Receiver ===

impl Receiver {
    pub(crate) fn start() -> Self {
        Self::start_with(|intake| Some(LogsServiceServer::new(intake)))
    }

    /// One that takes spans and nothing else: it has no service for logs.
    pub(crate) fn of_spans() -> Self {
        Self::start_with(|_| None)
    }

    fn start_with(logs: impl FnOnce(Intake) -> Option<LogsServiceServer<Intake>>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime can be built");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("the loopback has a free port");
        let intake = Intake::default();
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(intake.clone()))
            .add_optional_service(logs(intake.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        runtime.spawn(server);
        Self {
            runtime: Some(runtime),
            address,
            intake,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses all batches from here on, or takes them again.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.intake.refuses.store(refuses, Ordering::SeqCst);
    }

    /// How many spans it took.
    pub(crate) fn spans(&self) -> u64 {
        self.intake.spans.load(Ordering::SeqCst)
    }

    /// The batches of log records that it took.
    pub(crate) fn logs(&self) -> Vec<ExportLogsServiceRequest> {
        let logs = self.intake.logs.lock();
        logs.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it: connections break, the port is closed.
    pub(crate) fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

#[tonic::async_trait]
impl TraceService for Intake {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(Status::invalid_argument("not these"));
        }
        let scopes = request
            .into_inner()
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans);
        let spans: usize = scopes.map(|scope| scope.spans.len()).sum();
        self.spans.fetch_add(spans as u64, Ordering::SeqCst);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Intake {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(Status::invalid_argument("not these"));
        }
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.push(request.into_inner());
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

// === impl Lines ===

impl Lines {
    /// A subscriber that keeps what the pipeline says.
    pub(crate) fn dispatch(&self) -> Dispatch {
        Self::bridge();
        Dispatch::new(tracing_subscriber::registry().with(self.clone()))
    }

    /// The same, which also hands what is logged to the pipeline.
    pub(crate) fn dispatch_of(&self, pipeline: &Pipeline) -> Dispatch {
        Self::bridge();
        let subscriber = tracing_subscriber::registry().with(pipeline.log_records());
        let dispatch = Dispatch::new(subscriber.with(self.clone()));
        pipeline.report_to(&dispatch);
        dispatch
    }

    fn bridge() {
        static BRIDGE: Once = Once::new();
        BRIDGE.call_once(|| logging::install_log_bridge().expect("nobody else has"));
    }

    /// The messages, oldest first.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut message = Message::default();
        event.record(&mut message);
        if message.of_the_pipeline {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push(message.text);
        }
    }
}

#[derive(Default)]
struct Message {
    text: String,
    of_the_pipeline: bool,
}

impl Visit for Message {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "log.target" {
            self.of_the_pipeline = value.starts_with("pipeline");
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.text = format!("{value:?}");
        }
    }
}

// === pipelines ===

/// A pipeline that sends when it is flushed, and not before.
pub(crate) fn pipeline(endpoint: &str) -> Pipeline {
    Pipeline::start(&settings(endpoint)).expect("the endpoint is usable")
}

pub(crate) fn settings(endpoint: &str) -> Settings {
    Settings::embedded("delivery", endpoint).schedule_delay(Duration::from_secs(3_600))
}

/// Begins and ends this many spans.
pub(crate) fn work(pipeline: &Pipeline, spans: u64) {
    let provider = pipeline.provider().expect("the SDK is not disabled");
    let tracer = provider.tracer("delivery");
    for _ in 0..spans {
        tracer.start("work").end();
    }
}

/// Sends what is queued, whatever becomes of it.
pub(crate) fn flush(pipeline: &Pipeline) {
    let provider = pipeline.provider().expect("the SDK is not disabled");
    let _ = provider.force_flush();
}

/// Logs this many lines.
pub(crate) fn log(dispatch: &Dispatch, lines: u64) {
    tracing::dispatcher::with_default(dispatch, || {
        for line in 0..lines {
            log::info!(target: "shop", "line {line}");
        }
    });
}

/// An address where nobody listens.
pub(crate) fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    format!("http://{address}")
}
