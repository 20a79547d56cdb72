//! What the compiler says of each type by itself.

use super::rustracing_jaeger::reporter::{JaegerBinaryReporter, JaegerCompactReporter};
use super::rustracing_jaeger::span::{
    CandidateSpan, FinishedSpan, Span, SpanContext, SpanContextState, SpanContextStateBuilder,
    SpanHandle, SpanReceiver, SpanReference, SpanSender, StartSpanOptions, TraceId,
};
use super::rustracing_jaeger::thrift::{agent, jaeger};
use super::rustracing_jaeger::{Error, ErrorKind, Tracer};

pub(crate) fn table() -> Vec<(&'static str, &'static str, bool)> {
    table![
        Error,
        ErrorKind,
        Tracer,
        Span,
        SpanHandle,
        FinishedSpan,
        SpanContext,
        SpanContextState,
        SpanContextStateBuilder,
        SpanReference,
        SpanReceiver,
        SpanSender,
        CandidateSpan<'static>,
        StartSpanOptions<'static>,
        TraceId,
        JaegerCompactReporter,
        JaegerBinaryReporter,
        agent::EmitBatchNotification,
        jaeger::Batch,
        jaeger::Log,
        jaeger::Process,
        jaeger::Span,
        jaeger::SpanRef,
        jaeger::SpanRefKind,
        jaeger::Tag,
        jaeger::TagKind,
    ]
}
