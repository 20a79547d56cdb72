//! tonic on both sides. The service is the one that a collector of traces offers, which is at hand.

use std::net::SocketAddr;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use opentracing_shim::tower::{Client, ClientLayer, ServerLayer, names};
use opentracing_shim::{SpanFuture, Tracer};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status};
use tower::ServiceBuilder;

use super::{chain, finished, listen};
use crate::support::{Recorder, attribute};

const METHOD: &str = "opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Refuses what is empty.
struct Picky(Tracer);

#[tonic::async_trait]
impl TraceService for Picky {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        tokio::task::yield_now().await;
        self.0.build_span("store").start().finish();
        if request.into_inner().resource_spans.is_empty() {
            return Err(Status::unavailable("nothing to store"));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

async fn start(tracer: &Tracer) -> SocketAddr {
    let (listener, address) = listen().await;
    let layer = ServerLayer::new(tracer.clone()).operation_name(names::grpc_method);
    let service = TraceServiceServer::new(Picky(tracer.clone()));
    let server = Server::builder().layer(layer);
    tokio::spawn(server.serve_with_incoming(service, TcpListenerStream::new(listener)));
    address
}

fn connect(tracer: &Tracer, address: SocketAddr) -> TraceServiceClient<Client<Channel>> {
    let channel = Endpoint::from_shared(format!("http://{address}"))
        .expect("a valid address")
        .connect_lazy();
    let layer = ClientLayer::new(tracer.clone()).operation_name(names::grpc_method);
    TraceServiceClient::new(ServiceBuilder::new().layer(layer).service(channel))
}

fn message(items: usize) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans::default(); items],
    }
}

#[tokio::test]
async fn tonic_on_both_sides_shares_one_trace() {
    let recorder = Recorder::new();
    let mut client = connect(&recorder.tracer, start(&recorder.tracer).await);
    let root = recorder.tracer.build_span("root").start();

    let answer = client.export(message(1)).in_span(&root).await;
    root.finish();

    assert!(answer.is_ok());
    let spans = finished(&recorder, 4).await;
    assert_eq!(chain(&spans), ["root", METHOD, METHOD, "store"]);
    for span in spans.iter().filter(|span| span.name == METHOD) {
        assert_eq!(attribute(span, "rpc.grpc.status_code"), [0.into()]);
        assert_eq!(span.status, opentelemetry::trace::Status::Unset);
    }
}

#[tokio::test]
async fn a_failure_that_grpc_tells_in_trailers_fails_both_spans() {
    let recorder = Recorder::new();
    let mut client = connect(&recorder.tracer, start(&recorder.tracer).await);

    let answer = client.export(message(0)).await;

    assert_eq!(answer.expect_err("it is empty").code(), Code::Unavailable);
    let spans = finished(&recorder, 3).await;
    assert_eq!(chain(&spans), [METHOD, METHOD, "store"]);
    for span in spans.iter().filter(|span| span.name == METHOD) {
        assert_eq!(attribute(span, "rpc.grpc.status_code"), [14.into()]);
        assert!(matches!(
            span.status,
            opentelemetry::trace::Status::Error { .. }
        ));
    }
}
