//! What the compiler says of each type by itself.

use std::cell::Cell;

use super::rustracing::log::{
    Log, LogBuilder, LogField, StdErrorLogFieldsBuilder, StdLogFieldsBuilder,
};
use super::rustracing::sampler::{
    AllSampler, AndSampler, BoxSampler, NullSampler, OrSampler, PassiveSampler,
    ProbabilisticSampler,
};
use super::rustracing::span::{
    BaggageItem, CandidateSpan, FinishedSpan, Span, SpanContext, SpanHandle, SpanReceiver,
    SpanReference, SpanSender, StartSpanOptions,
};
use super::rustracing::tag::{StdTag, Tag, TagValue};
use super::rustracing::{Error, ErrorKind, Tracer};

pub(crate) fn table() -> Vec<(&'static str, &'static str, bool)> {
    table![
        Error,
        ErrorKind,
        Tracer<AllSampler, u8>,
        Tracer<Cell<u8>, Cell<u8>>,
        Tracer<BoxSampler<u8>, u8>,
        Span<u8>,
        Span<Cell<u8>>,
        SpanHandle<u8>,
        SpanHandle<Cell<u8>>,
        FinishedSpan<u8>,
        FinishedSpan<Cell<u8>>,
        SpanContext<u8>,
        SpanContext<Cell<u8>>,
        SpanReference<u8>,
        SpanReference<Cell<u8>>,
        CandidateSpan<'static, u8>,
        CandidateSpan<'static, Cell<u8>>,
        StartSpanOptions<'static, AllSampler, u8>,
        StartSpanOptions<'static, Cell<u8>, Cell<u8>>,
        SpanReceiver<u8>,
        SpanSender<u8>,
        BaggageItem,
        Tag,
        TagValue,
        StdTag,
        Log,
        LogField,
        LogBuilder,
        StdLogFieldsBuilder<'static>,
        StdErrorLogFieldsBuilder<'static>,
        ProbabilisticSampler,
        AllSampler,
        NullSampler,
        PassiveSampler,
        OrSampler<AllSampler, NullSampler>,
        OrSampler<Cell<u8>, NullSampler>,
        AndSampler<AllSampler, NullSampler>,
        BoxSampler<u8>,
    ]
}
