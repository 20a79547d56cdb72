//! `OTEL_EXPORTER_OTLP_*` and `OTEL_BSP_*`: where spans go, and when.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use launcher::Stage;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use super::{api, ask};
use crate::support::{BlackHole, Receiver, Reserved, eventually};

/// Longer than any test waits: what arrives did not wait for it.
const NEVER: &str = "3600000";

#[tokio::test]
async fn the_address_for_traces_wins() {
    let (receiver, other) = (Receiver::start(), BlackHole::start());
    let api = api(Stage::Shim, &other.url())
        .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", receiver.url())
        .env("OTEL_LOGS_EXPORTER", "none")
        .start();

    let id = ask(&api).await;

    receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
    assert!(!other.was_connected());
}

#[tokio::test]
async fn an_address_without_a_scheme_is_plain_when_that_is_said() {
    let receiver = Receiver::start();
    let address = receiver.url().replace("http://", "");
    let api = api(Stage::Native, &address)
        .env("OTEL_EXPORTER_OTLP_INSECURE", "true")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .start();

    let id = ask(&api).await;

    receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
}

#[tokio::test]
async fn a_batch_may_be_compressed() {
    let receiver = Receiver::start();
    let api = api(Stage::Shim, &receiver.url())
        .env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        .start();

    let id = ask(&api).await;

    receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
}

#[tokio::test]
async fn without_an_exporter_a_request_has_an_id_and_nobody_is_connected_to() {
    let receiver = BlackHole::start();
    let api = api(Stage::Shim, &receiver.url())
        .env("OTEL_TRACES_EXPORTER", "none")
        .env("OTEL_LOGS_EXPORTER", "none")
        .start();

    let id = ask(&api).await;
    let ended = api.terminate();

    assert_eq!(id.len(), 32, "{id}");
    assert!(ended.status.success());
    assert!(!receiver.was_connected());
}

#[tokio::test]
async fn a_batch_is_sent_after_the_delay() {
    let receiver = Receiver::start();
    let api = api(Stage::Native, &receiver.url())
        .env("OTEL_BSP_SCHEDULE_DELAY", "20")
        .start();

    let asked = Instant::now();
    for _ in 0..6 {
        let id = ask(&api).await;
        receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
    }

    // By default, each but the first would wait for five seconds.
    let default = Duration::from_secs(5);
    assert!(asked.elapsed() < 5 * default, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_batch_is_sent_when_it_is_full() {
    for name in ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_MAX_QUEUE_SIZE"] {
        let receiver = Receiver::start();
        let api = api(Stage::Shim, &receiver.url())
            .env("OTEL_BSP_SCHEDULE_DELAY", NEVER)
            .env(name, "2")
            .start();

        let id = ask(&api).await;

        receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
    }
}

#[tokio::test]
async fn what_waits_for_company_is_sent_at_the_end() {
    let receiver = Receiver::start();
    let api = api(Stage::Native, &receiver.url())
        .env("OTEL_BSP_SCHEDULE_DELAY", NEVER)
        .start();

    let id = ask(&api).await;
    assert_eq!(receiver.trace(&id), None);
    assert!(api.terminate().status.success());

    assert_eq!(receiver.trace(&id).map(|trace| trace.spans.len()), Some(2));
}

#[tokio::test]
async fn a_batch_is_given_up_after_the_timeout() {
    for name in [
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "OTEL_BSP_EXPORT_TIMEOUT",
    ] {
        let silent = BlackHole::start();
        let api = api(Stage::Native, &silent.url())
            .env("OTEL_EXPORTER_OTLP_TIMEOUT", NEVER)
            .env(name, "150")
            .start();

        ask(&api).await;
        let lost = async || {
            let lines = api.lines();
            lines
                .iter()
                .any(|line| line.contains("Spans are being lost"))
        };
        eventually(&format!("the loss is logged, by {name}"), lost).await;
    }
}

#[tokio::test]
async fn a_queue_that_is_full_drops_and_counts() {
    let away = Reserved::new();
    let api = api(Stage::Shim, &away.url()).start();

    for _ in 0..3 {
        ask(&api).await;
    }
    let ended = api.terminate();

    let lines = ended.lines.join("\n");
    assert!(lines.contains("6 of 6 spans were lost."), "{lines}");
}

#[tokio::test]
async fn headers_go_with_each_batch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let seen = Seen::default();
    let server = tonic::transport::Server::builder()
        .add_service(TraceServiceServer::new(seen.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    let api = api(Stage::Native, &format!("http://{address}"))
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=login,x-region=blue")
        .start();

    ask(&api).await;
    eventually("a batch has come", async || !seen.headers().is_empty()).await;

    assert_eq!(seen.headers()[0], ("login".to_owned(), "blue".to_owned()));
}

/// A receiver that remembers two headers of each batch.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Vec<(String, String)>>>);

impl Seen {
    fn headers(&self) -> Vec<(String, String)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[tonic::async_trait]
impl TraceService for Seen {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let header = |name| {
            let value = request.metadata().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let headers = (header("x-tenant"), header("x-region"));
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(headers);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
