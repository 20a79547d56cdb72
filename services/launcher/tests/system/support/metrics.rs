//! A receiver that keeps the values of metrics.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// Takes metrics, and spans without a look at them, on the runtime of the test.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    address: SocketAddr,
    intake: Intake,
}

#[derive(Clone, Debug, Default)]
struct Intake(Arc<Mutex<Vec<ExportMetricsServiceRequest>>>);

impl Metrics {
    /// Starts it on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("the loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let intake = Intake::default();
        let server = tonic::transport::Server::builder()
            .add_service(MetricsServiceServer::new(intake.clone()))
            .add_service(TraceServiceServer::new(intake.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        Self { address, intake }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The last values of a counter, each behind its attributes, for one service.
    pub(crate) fn last(&self, service: &str, name: &str) -> Vec<(String, i64)> {
        let requests = self.intake.0.lock().unwrap_or_else(PoisonError::into_inner);
        let batches = requests
            .iter()
            .flat_map(|request| &request.resource_metrics);
        let mut of_service = batches.filter(|batch| {
            let resource = batch.resource.as_ref().expect("metrics have a resource");
            text(&resource.attributes, "service.name") == service
        });
        let Some(last) = of_service.next_back() else {
            return Vec::new();
        };
        let metrics = last.scope_metrics.iter().flat_map(|scope| &scope.metrics);
        let sums = metrics.filter(|metric| metric.name == name).map(|metric| {
            let Some(Data::Sum(sum)) = &metric.data else {
                panic!("a counter is a sum: {metric:?}");
            };
            assert!(sum.is_monotonic, "{metric:?}");
            sum
        });
        let points = sums.flat_map(|sum| &sum.data_points);
        let mut values: Vec<_> = points
            .map(|point| {
                let Some(number_data_point::Value::AsInt(value)) = point.value else {
                    panic!("a count is a whole number: {point:?}");
                };
                let attributes = ["caller", "headers"].map(|key| text(&point.attributes, key));
                assert_eq!(point.attributes.len(), attributes.len());
                (attributes.join(" "), value)
            })
            .collect();
        values.sort();
        values
    }
}

fn text(attributes: &[KeyValue], key: &str) -> String {
    let attribute = attributes.iter().find(|attribute| attribute.key == key);
    let value = attribute.and_then(|attribute| attribute.value.as_ref()?.value.as_ref());
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        other => panic!("{key} is a text: {other:?}"),
    }
}

#[tonic::async_trait]
impl MetricsService for Intake {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl TraceService for Intake {
    async fn export(
        &self,
        _: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
