//! It is enough that this compiles.

#![allow(
    dead_code,
    clippy::type_complexity,
    reason = "signatures are written out, and generic code is checked without being used"
)]

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use thrift_codec::data::Struct;
use thrift_codec::message::Message;

use super::rustracing;
use super::rustracing::carrier::{
    ExtractFromBinary, ExtractFromHttpHeader, ExtractFromTextMap, InjectToBinary,
    InjectToHttpHeader, InjectToTextMap,
};
use super::rustracing::sampler::{AllSampler, BoxSampler, Sampler};
use super::rustracing::tag::Tag;
use super::rustracing_jaeger::reporter::{JaegerBinaryReporter, JaegerCompactReporter};
use super::rustracing_jaeger::span::{
    CandidateSpan, FinishedSpan, Span, SpanContext, SpanContextState, SpanContextStateBuilder,
    SpanHandle, SpanReceiver, SpanReference, SpanSender, StartSpanOptions, TraceId,
};
use super::rustracing_jaeger::thrift::{agent, jaeger};
use super::rustracing_jaeger::{Error, ErrorKind, Result, Tracer};

/// The short names are the long ones.
fn aliases() {
    type State = SpanContextState;
    let _: fn(Span) -> rustracing::span::Span<State> = |same| same;
    let _: fn(SpanHandle) -> rustracing::span::SpanHandle<State> = |same| same;
    let _: fn(FinishedSpan) -> rustracing::span::FinishedSpan<State> = |same| same;
    let _: fn(SpanContext) -> rustracing::span::SpanContext<State> = |same| same;
    let _: fn(SpanReference) -> rustracing::span::SpanReference<State> = |same| same;
    let _: fn(CandidateSpan<'_>) -> rustracing::span::CandidateSpan<'_, State> = |same| same;
    let _: fn(
        StartSpanOptions<'_>,
    ) -> rustracing::span::StartSpanOptions<'_, BoxSampler<State>, State> = |same| same;
    let _: fn(SpanReceiver) -> crossbeam_channel::Receiver<FinishedSpan> = |same| same;
    let _: fn(SpanSender) -> crossbeam_channel::Sender<FinishedSpan> = |same| same;
    let _: fn(Error) -> rustracing::Error = |same| same;
    let _: fn(ErrorKind) -> rustracing::ErrorKind = |same| same;
    let _: fn(Result<()>) -> rustracing::Result<()> = |same| same;
    let _: fn(super::rustracing_jaeger::Span) -> Span = |same| same;
}

fn tracers<S: Sampler<SpanContextState> + Send + Sync + 'static>() {
    let _: fn(S) -> (Tracer, SpanReceiver) = Tracer::new;
    let _: fn(S, SpanSender) -> Tracer = Tracer::with_sender;
    let _: fn(&Tracer, S) -> Tracer = Tracer::clone_with_sampler;
    let _: for<'a> fn(&'a Tracer, &'static str) -> StartSpanOptions<'a> = Tracer::span;
    let _: for<'a> fn(&'a Tracer, String) -> StartSpanOptions<'a> = Tracer::span;
    let _: fn(StartSpanOptions<'_>) -> Span = |options| options.start();
}

fn states() {
    let _: fn() -> TraceId = TraceId::new;
    let _: fn() -> TraceId = TraceId::default;
    let _: fn(TraceId) -> (u64, u64) = |TraceId { high, low }| (high, low);
    let _: fn(&TraceId) -> String = TraceId::to_string;
    let _: fn(&str) -> Result<TraceId> = str::parse;
    let _: fn(&SpanContextState) -> TraceId = SpanContextState::trace_id;
    let _: fn(&SpanContextState) -> u64 = SpanContextState::span_id;
    let _: fn(&SpanContextState) -> bool = SpanContextState::is_sampled;
    let _: fn(&SpanContextState) -> Option<&str> = SpanContextState::debug_id;
    let _: fn(&SpanContextState) -> u8 = SpanContextState::flags;
    let _: fn(&SpanContextState) -> String = SpanContextState::to_string;
    let _: fn(&str) -> Result<SpanContextState> = str::parse;
    let _: fn(CandidateSpan<'_>) -> SpanContextState = |value| value.into();
    type Builder = SpanContextStateBuilder;
    let _: fn() -> Builder = Builder::new;
    let _: fn() -> Builder = Builder::default;
    let _: fn(Builder, TraceId) -> Builder = Builder::trace_id;
    let _: fn(Builder, u64) -> Builder = Builder::span_id;
    let _: fn(Builder, String) -> Builder = Builder::debug_id;
    let _: fn(Builder) -> SpanContextState = Builder::finish;
}

fn carriers() {
    fn text<T, C: rustracing::carrier::TextMap>()
    where
        T: InjectToTextMap<C> + ExtractFromTextMap<C>,
    {
    }
    fn headers<T, C>()
    where
        C: rustracing::carrier::SetHttpHeaderField,
        C: for<'a> rustracing::carrier::IterHttpHeaderFields<'a>,
        T: InjectToHttpHeader<C> + for<'a> ExtractFromHttpHeader<'a, C>,
    {
    }
    fn binary<T: InjectToBinary<Vec<u8>> + for<'a> ExtractFromBinary<&'a [u8]>>() {}
    text::<SpanContextState, HashMap<String, String>>();
    text::<SpanContextState, BTreeMap<String, String>>();
    headers::<SpanContextState, HashMap<String, String>>();
    binary::<SpanContextState>();
}

macro_rules! reporter {
    ($reporter:ident) => {
        let _: fn(&str) -> Result<$reporter> = $reporter::new;
        let _: fn(&mut $reporter, SocketAddr) = $reporter::set_agent_addr;
        let _: fn(&mut $reporter, SocketAddr) -> Result<()> = $reporter::set_reporter_addr;
        let _: fn(&mut $reporter, Tag) = $reporter::add_service_tag;
        let _: fn(&$reporter, &[FinishedSpan]) -> Result<()> = $reporter::report;
    };
}

fn reporters() {
    reporter!(JaegerCompactReporter);
    reporter!(JaegerBinaryReporter);
}

fn thrift() {
    let _: fn(&FinishedSpan) -> jaeger::Span = |value| value.into();
    let _: fn(&SpanReference) -> jaeger::SpanRef = |value| value.into();
    let _: fn(&rustracing::log::Log) -> jaeger::Log = |value| value.into();
    let _: fn(&rustracing::log::LogField) -> jaeger::Tag = |value| value.into();
    let _: fn(&Tag) -> jaeger::Tag = |value| value.into();
    let _: fn(&jaeger::Tag) -> &str = jaeger::Tag::key;
    let _: fn(&jaeger::Tag) -> jaeger::TagKind = jaeger::Tag::kind;
    let _: fn(agent::EmitBatchNotification) -> Message = Message::from;
    let _: fn(jaeger::Batch) -> Struct = Struct::from;
    let _: fn(jaeger::Process) -> Struct = Struct::from;
    let _: fn(jaeger::Span) -> Struct = Struct::from;
    let _: fn(jaeger::SpanRef) -> Struct = Struct::from;
    let _: fn(jaeger::Log) -> Struct = Struct::from;
    let _: fn(jaeger::Tag) -> Struct = Struct::from;
}

/// With every field, so that programs can make them.
fn thrift_values() -> agent::EmitBatchNotification {
    let key = String::new;
    let tags = vec![
        jaeger::Tag::String {
            key: key(),
            value: key(),
        },
        jaeger::Tag::Double {
            key: key(),
            value: 1.0,
        },
        jaeger::Tag::Bool {
            key: key(),
            value: true,
        },
        jaeger::Tag::Long {
            key: key(),
            value: 1,
        },
        jaeger::Tag::Binary {
            key: key(),
            value: vec![1],
        },
    ];
    let references = [
        jaeger::SpanRefKind::ChildOf,
        jaeger::SpanRefKind::FollowsFrom,
    ]
    .map(|kind| jaeger::SpanRef {
        kind,
        trace_id_low: 1,
        trace_id_high: 2,
        span_id: 3,
    });
    let span = jaeger::Span {
        trace_id_low: 1,
        trace_id_high: 2,
        span_id: 3,
        parent_span_id: 4,
        operation_name: key(),
        references: references.to_vec(),
        flags: 1,
        start_time: 5,
        duration: 6,
        logs: vec![jaeger::Log {
            timestamp: 7,
            fields: tags.clone(),
        }],
        tags: tags.clone(),
    };
    agent::EmitBatchNotification {
        batch: jaeger::Batch {
            process: jaeger::Process {
                service_name: key(),
                tags,
            },
            spans: vec![span],
        },
    }
}

#[test]
fn every_path_and_signature_is_there() {
    aliases();
    tracers::<AllSampler>();
    states();
    carriers();
    reporters();
    thrift();
    let kinds = [
        jaeger::TagKind::String,
        jaeger::TagKind::Double,
        jaeger::TagKind::Bool,
        jaeger::TagKind::Long,
        jaeger::TagKind::Binary,
    ];
    let tags = thrift_values().batch.process.tags;
    assert_eq!(
        tags.iter().map(jaeger::Tag::kind).collect::<Vec<_>>(),
        kinds
    );
    assert_eq!(kinds.map(|kind| kind as i32), [0, 1, 2, 3, 4]);
}
