//! OTLP over gRPC: what is kept, and with which status the rest is refused.

mod support;

use std::time::Duration;

use opentelemetry::trace::{
    Span as _, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Compression, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use support::{batch, request, span, trace_id};
use tonic::codec::CompressionEncoding;
use tonic::{Code, Request};
use viewer::Viewer;
use viewer::client::QueryClient;
use viewer::model::Edge;

async fn viewer() -> Viewer {
    Viewer::builder()
        .max_request_bytes(64 << 10)
        .start()
        .await
        .expect("free ports")
}

/// What an application's SDK exports arrives as a whole trace, and its edges can be asked for.
async fn exported_by_an_sdk(compression: Option<Compression>) {
    let viewer = viewer().await;
    let mut exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(viewer.grpc_url());
    if let Some(compression) = compression {
        exporter = exporter.with_compression(compression);
    }
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter.build().expect("an exporter"))
        .with_resource(Resource::builder_empty().with_service_name("shop").build())
        .build();
    let tracer = provider.tracer("tests");

    let root = tracer
        .span_builder("GET /basket")
        .with_kind(SpanKind::Server)
        .start(&tracer);
    let trace = root.span_context().trace_id();
    let context = Context::new().with_span(root);
    let mut child = tracer.start_with_context("read basket", &context);
    child.set_attribute(KeyValue::new("items", 3));
    child.end();
    context.span().end();
    let flushing = provider.clone();
    tokio::task::spawn_blocking(move || flushing.shutdown())
        .await
        .expect("no panic")
        .expect("all exported");

    let found = QueryClient::new(&viewer.query_url())
        .expect("an address")
        .wait_for(trace, Duration::from_secs(5), |trace| {
            trace.spans.len() == 2
        })
        .await
        .expect("both spans");
    assert_eq!(
        found.edges(),
        [Edge::new(("shop", "GET /basket"), ("shop", "read basket"))]
    );
    assert_eq!(
        found.tree().masked().attributes(["items"]).to_string(),
        "trace <id>: 2 spans, 1 service\n\
         shop: GET /basket [server]\n  \
           shop: read basket [internal] items=3\n",
    );
    viewer.shutdown().await;
}

#[tokio::test]
async fn an_sdk_s_export_arrives() {
    exported_by_an_sdk(None).await;
}

#[tokio::test]
async fn a_compressed_export_arrives() {
    exported_by_an_sdk(Some(Compression::Gzip)).await;
}

#[tokio::test]
async fn spans_with_invalid_ids_are_rejected_alone() {
    let viewer = viewer().await;
    let mut client = TraceServiceClient::connect(viewer.grpc_url())
        .await
        .expect("a connection");
    let good = span(trace_id(1), 1, 0, "good");
    let mut bad = [good.clone(), good.clone(), good.clone(), good.clone()];
    bad[0].trace_id = vec![0; 16];
    bad[1].span_id = vec![0; 8];
    bad[2].trace_id = vec![1; 15];
    bad[3].parent_span_id = vec![1; 9];

    let answer = client
        .export(request([batch("shop", bad.into_iter().chain([good]))]))
        .await
        .expect("partial success is success");

    let partial = answer.into_inner().partial_success.expect("a count");
    assert_eq!(partial.rejected_spans, 4);
    assert_eq!(partial.error_message, "first reason: a trace id is zero");
    let stats = viewer.store().stats();
    assert_eq!((stats.spans, stats.rejected_spans), (1, 4));
}

#[tokio::test]
async fn bytes_that_are_no_request_are_an_invalid_argument() {
    let viewer = viewer().await;
    let channel = tonic::transport::Endpoint::new(viewer.grpc_url()).expect("an address");
    // The services differ in the type of field 1 only; text in its place is wrong for the receiver.
    let mut grpc = tonic::client::Grpc::new(channel.connect().await.expect("a connection"));
    grpc.ready().await.expect("ready");
    let codec: tonic_codec::Text = tonic_codec::Text;

    let status = grpc
        .unary(
            Request::new("\u{a}\u{3}\u{7f}".to_owned()),
            http::uri::PathAndQuery::from_static(
                "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            ),
            codec,
        )
        .await
        .expect_err("refused");

    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    assert_eq!(viewer.store().stats().refused_requests, 1);
}

#[tokio::test]
async fn a_large_request_exhausts_the_resources_and_is_not_retried() {
    let viewer = viewer().await;
    let mut client = TraceServiceClient::connect(viewer.grpc_url())
        .await
        .expect("a connection");
    let large = request([batch(
        "shop",
        [span(trace_id(1), 1, 0, &"x".repeat(100 << 10))],
    )]);

    let plain = client.export(large.clone()).await.expect_err("refused");
    let mut client = client.send_compressed(CompressionEncoding::Gzip);
    let unfolding = client.export(large).await.expect_err("refused");

    assert_eq!(plain.code(), Code::ResourceExhausted, "{plain}");
    assert_eq!(unfolding.code(), Code::ResourceExhausted, "{unfolding}");
    let stats = viewer.store().stats();
    assert_eq!((stats.spans, stats.refused_requests), (0, 2));
}

#[tokio::test]
async fn logs_and_metrics_are_counted() {
    let viewer = viewer().await;
    let logs = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![ScopeLogs {
                log_records: vec![LogRecord::default(); 3],
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    };
    let points = Gauge {
        data_points: vec![NumberDataPoint::default(); 2],
    };
    let metric = Metric {
        data: Some(metric::Data::Gauge(points)),
        ..Metric::default()
    };
    let metrics = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            scope_metrics: vec![ScopeMetrics {
                metrics: vec![metric],
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    };

    let mut client = LogsServiceClient::connect(viewer.grpc_url())
        .await
        .expect("a connection");
    client.export(logs).await.expect("accepted");
    let mut client = MetricsServiceClient::connect(viewer.grpc_url())
        .await
        .expect("a connection");
    client.export(metrics).await.expect("accepted");

    let stats = viewer.store().stats();
    assert_eq!((stats.log_records, stats.metric_points), (3, 2));
}

#[tokio::test]
async fn another_method_is_unimplemented() {
    let viewer = viewer().await;
    let channel = tonic::transport::Endpoint::new(viewer.grpc_url()).expect("an address");
    let mut grpc = tonic::client::Grpc::new(channel.connect().await.expect("a connection"));
    grpc.ready().await.expect("ready");

    let status = grpc
        .unary(
            Request::new(String::new()),
            http::uri::PathAndQuery::from_static("/grpc.health.v1.Health/Check"),
            tonic_codec::Text,
        )
        .await
        .expect_err("refused");

    assert_eq!(status.code(), Code::Unimplemented, "{status}");
}

/// Sends a string as the message, whatever it is.
mod tonic_codec {
    use bytes::{Buf, BufMut};
    use tonic::Status;
    use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

    #[derive(Clone, Copy)]
    pub(super) struct Text;

    impl Codec for Text {
        type Encode = String;
        type Decode = ();
        type Encoder = Self;
        type Decoder = Self;

        fn encoder(&mut self) -> Self {
            Self
        }

        fn decoder(&mut self) -> Self {
            Self
        }
    }

    impl Encoder for Text {
        type Item = String;
        type Error = Status;

        fn encode(&mut self, text: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
            buffer.put_slice(text.as_bytes());
            Ok(())
        }
    }

    impl Decoder for Text {
        type Item = ();
        type Error = Status;

        fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
            buffer.advance(buffer.remaining());
            Ok(Some(()))
        }
    }
}
