//! A receiver that keeps log records.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{
    LogsService, LogsServiceServer,
};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

/// Takes log records and nothing else, on the runtime of the test.
#[derive(Clone, Debug)]
pub(crate) struct Logs {
    address: SocketAddr,
    intake: Intake,
}

/// What a log record tells.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Record {
    pub(crate) service: String,
    pub(crate) level: String,
    pub(crate) target: String,
    /// 32 digits, or none.
    pub(crate) trace_id: String,
    /// 16 digits, or none.
    pub(crate) span_id: String,
    pub(crate) message: String,
    /// All else, as text.
    pub(crate) attributes: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default)]
struct Intake {
    requests: Arc<Mutex<Vec<ExportLogsServiceRequest>>>,
    /// The values of `x-tenant`, one for each request.
    tenants: Arc<Mutex<Vec<String>>>,
}

impl Logs {
    /// Starts it on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("the loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let intake = Intake::default();
        let service = LogsServiceServer::new(intake.clone());
        let server = tonic::transport::Server::builder()
            .add_service(service.accept_compressed(CompressionEncoding::Gzip))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        Self { address, intake }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many batches have come.
    pub(crate) fn batches(&self) -> usize {
        lock(&self.intake.requests).len()
    }

    /// What was said in the header `x-tenant` of each batch.
    pub(crate) fn tenants(&self) -> Vec<String> {
        lock(&self.intake.tenants).clone()
    }

    /// What has come, in no order.
    pub(crate) fn records(&self) -> Vec<Record> {
        let requests = lock(&self.intake.requests);
        let batches = requests.iter().flat_map(|request| &request.resource_logs);
        let mut records = Vec::new();
        for batch in batches {
            let resource = batch.resource.as_ref().expect("records have a resource");
            let service = resource
                .attributes
                .iter()
                .find(|attribute| attribute.key == "service.name");
            let service = text(service.and_then(|attribute| attribute.value.as_ref()));
            for scope in &batch.scope_logs {
                let target = scope.scope.as_ref().map(|scope| scope.name.clone());
                let target = target.unwrap_or_default();
                records.extend(scope.log_records.iter().map(|record| Record {
                    service: service.clone(),
                    level: record.severity_text.clone(),
                    target: target.clone(),
                    trace_id: hex(&record.trace_id),
                    span_id: hex(&record.span_id),
                    message: text(record.body.as_ref()),
                    attributes: record.attributes.iter().map(pair).collect(),
                }));
            }
        }
        records
    }
}

#[tonic::async_trait]
impl LogsService for Intake {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let tenant = request.metadata().get("x-tenant");
        let tenant = tenant.and_then(|value| value.to_str().ok());
        lock(&self.tenants).push(tenant.unwrap_or_default().to_owned());
        lock(&self.requests).push(request.into_inner());
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

fn pair(attribute: &KeyValue) -> (String, String) {
    (attribute.key.clone(), text(attribute.value.as_ref()))
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
