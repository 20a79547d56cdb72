//! Spans and log records in: what all transports share.
//!
//! [`Intake::accept`] takes the bytes of one OTLP export request and returns those of the response. Bytes that are no request
//! are refused whole; spans whose ids are invalid are refused one by one, with the specification's partial success.
//! `grpc` and `http` say it in the words of their protocol.
//!
//! [`Intake::accept_thrift`] takes what Jaeger's legacy clients send, and `udp` is how it comes; nobody waits for an answer.

pub(crate) mod grpc;
pub(crate) mod http;
mod json;
pub mod thrift;
pub(crate) mod udp;

use std::sync::Arc;

use bytes::Bytes;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Link;
use prost::Message;

use crate::store::{Received, ReceivedRecord, Store};

/// The three kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Kept.
    Traces,
    /// Kept, where they belong to a trace.
    Logs,
    /// Counted.
    Metrics,
}

/// How an OTLP request is written, and its response too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Over gRPC, the only one.
    Protobuf,
    /// Over HTTP, where it is asked for.
    Json,
}

/// The bytes are not the message that they should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// In protobuf.
    #[error("not an OTLP request: {0}")]
    Protobuf(#[from] prost::DecodeError),
    /// In JSON.
    #[error("not an OTLP request in JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Decodes requests into a store.
#[derive(Clone, Debug)]
pub struct Intake {
    store: Arc<Store>,
}

impl Intake {
    /// An intake of that store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Takes one export request in protobuf, and returns the encoded response.
    ///
    /// # Errors
    /// The bytes are not a request for that signal. Nothing of it was kept.
    pub fn accept(&self, signal: Signal, request: Bytes) -> Result<Bytes, Malformed> {
        self.accept_encoded(signal, Encoding::Protobuf, request)
    }

    /// Takes one export request, and returns the response in the same encoding.
    ///
    /// # Errors
    /// The bytes are not a request for that signal in that encoding. Nothing of it was kept.
    pub fn accept_encoded(
        &self,
        signal: Signal,
        encoding: Encoding,
        request: Bytes,
    ) -> Result<Bytes, Malformed> {
        let accepted = match signal {
            Signal::Traces => self.accept_traces(encoding, request),
            Signal::Logs => self.accept_logs(encoding, request),
            Signal::Metrics => self.accept_metrics(encoding, request),
        };
        if accepted.is_err() {
            self.store.count_refused_request();
        }
        accepted
    }

    /// Counts a request that a transport refused before it came here.
    pub(crate) fn count_refused_request(&self) {
        self.store.count_refused_request();
    }

    /// Takes one message of Jaeger's Thrift: a datagram. Its spans become spans of OTLP, under the same rules.
    ///
    /// # Errors
    /// The bytes are not a batch of spans in that encoding. Nothing of it was kept.
    pub fn accept_thrift(
        &self,
        protocol: thrift::Protocol,
        datagram: &[u8],
    ) -> Result<(), thrift::Malformed> {
        match thrift::decode(protocol, datagram) {
            Ok(request) => {
                self.keep(request);
                Ok(())
            }
            Err(malformed) => {
                self.store.count_refused_request();
                Err(malformed)
            }
        }
    }

    /// Counts datagrams that were lost before they came here.
    pub(crate) fn count_dropped_datagrams(&self, datagrams: u64) {
        self.store.count_dropped_datagrams(datagrams);
    }

    fn accept_traces(&self, encoding: Encoding, request: Bytes) -> Result<Bytes, Malformed> {
        let request = match encoding {
            Encoding::Protobuf => ExportTraceServiceRequest::decode(request)?,
            Encoding::Json => json::request(&request)?,
        };
        let partial_success = self.keep(request);
        Ok(match encoding {
            Encoding::Protobuf => ExportTraceServiceResponse { partial_success }
                .encode_to_vec()
                .into(),
            Encoding::Json => json::response(partial_success).into(),
        })
    }

    /// Keeps the spans that are valid, and says what was wrong with the others.
    fn keep(&self, request: ExportTraceServiceRequest) -> Option<ExportTracePartialSuccess> {
        let mut spans = Vec::new();
        let mut rejected = 0_usize;
        let mut first_reason = None;
        for batch in request.resource_spans {
            let resource = Arc::new(batch.resource.unwrap_or_default());
            for batch in batch.scope_spans {
                let scope = Arc::new(batch.scope.unwrap_or_default());
                for span in batch.spans {
                    match check(&span) {
                        Ok(trace_id) => {
                            let (resource, scope) = (Arc::clone(&resource), Arc::clone(&scope));
                            spans.push(Received {
                                trace_id,
                                span,
                                resource,
                                scope,
                            });
                        }
                        Err(reason) => {
                            rejected += 1;
                            first_reason.get_or_insert(reason);
                        }
                    }
                }
            }
        }
        self.store.insert(spans);
        self.store.count_rejected_spans(rejected);
        first_reason.map(|reason| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(rejected).unwrap_or(i64::MAX),
            error_message: format!("first reason: {reason}"),
        })
    }

    // Nothing of a log or a metric is refused: their responses are empty. A record without a trace has no place to be shown,
    // and is only counted.
    fn accept_logs(&self, encoding: Encoding, request: Bytes) -> Result<Bytes, Malformed> {
        let request = match encoding {
            Encoding::Protobuf => ExportLogsServiceRequest::decode(request)?,
            Encoding::Json => json::log_request(&request)?,
        };
        let (arrived, of_traces) = records(request);
        self.store.insert_records(arrived, of_traces);
        Ok(match encoding {
            Encoding::Protobuf => ExportLogsServiceResponse::default().encode_to_vec().into(),
            Encoding::Json => json::response(None).into(),
        })
    }

    fn accept_metrics(&self, encoding: Encoding, request: Bytes) -> Result<Bytes, Malformed> {
        let points = match encoding {
            Encoding::Protobuf => metric_points(&ExportMetricsServiceRequest::decode(request)?),
            Encoding::Json => json::metric_points(&request)?,
        };
        self.store.count_metric_points(points);
        Ok(match encoding {
            Encoding::Protobuf => ExportMetricsServiceResponse::default()
                .encode_to_vec()
                .into(),
            Encoding::Json => json::response(None).into(),
        })
    }
}

/// Refuses ids that the protocol forbids: there would be no way to ask for such a span.
fn check(span: &Span) -> Result<TraceId, &'static str> {
    let trace_id = <[u8; 16]>::try_from(span.trace_id.as_slice())
        .map_err(|_| "a trace id is not 16 bytes long")?;
    let span_id = <[u8; 8]>::try_from(span.span_id.as_slice())
        .map_err(|_| "a span id is not 8 bytes long")?;
    if trace_id == [0; 16] {
        return Err("a trace id is zero");
    }
    if span_id == [0; 8] {
        return Err("a span id is zero");
    }
    if !matches!(span.parent_span_id.len(), 0 | 8) {
        return Err("a parent span id is not 8 bytes long");
    }
    // An empty id reads as zero, and is shown as the broken link that it is.
    let link_lengths =
        |link: &Link| matches!(link.trace_id.len(), 0 | 16) && matches!(link.span_id.len(), 0 | 8);
    if !span.links.iter().all(link_lengths) {
        return Err("an id of a link has the wrong length");
    }
    Ok(TraceId::from_bytes(trace_id))
}

/// How many log records there are, and those that belong to traces.
fn records(request: ExportLogsServiceRequest) -> (usize, Vec<ReceivedRecord>) {
    let mut arrived = 0;
    let mut of_traces = Vec::new();
    for batch in request.resource_logs {
        let resource = Arc::new(batch.resource.unwrap_or_default());
        for batch in batch.scope_logs {
            let scope = Arc::new(batch.scope.unwrap_or_default());
            arrived += batch.log_records.len();
            of_traces.extend(batch.log_records.into_iter().filter_map(|record| {
                let trace_id = <[u8; 16]>::try_from(record.trace_id.as_slice()).ok()?;
                let span_id = <[u8; 8]>::try_from(record.span_id.as_slice()).ok();
                (trace_id != [0; 16]).then(|| ReceivedRecord {
                    trace_id: TraceId::from_bytes(trace_id),
                    span_id: span_id.filter(|id| *id != [0; 8]).map(SpanId::from_bytes),
                    record,
                    resource: Arc::clone(&resource),
                    scope: Arc::clone(&scope),
                })
            }));
        }
    }
    (arrived, of_traces)
}

fn metric_points(request: &ExportMetricsServiceRequest) -> usize {
    let batches = request
        .resource_metrics
        .iter()
        .flat_map(|batch| &batch.scope_metrics);
    batches
        .flat_map(|batch| &batch.metrics)
        .filter_map(|metric| metric.data.as_ref())
        .map(points)
        .sum()
}

fn points(data: &Data) -> usize {
    match data {
        Data::Gauge(gauge) => gauge.data_points.len(),
        Data::Sum(sum) => sum.data_points.len(),
        Data::Histogram(histogram) => histogram.data_points.len(),
        Data::ExponentialHistogram(histogram) => histogram.data_points.len(),
        Data::Summary(summary) => summary.data_points.len(),
    }
}
