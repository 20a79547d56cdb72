//! Between the words of a vector and the types of the two APIs.

use std::time::{Duration, SystemTime};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Sampler;
use opentracing_shim::{FieldValue, Format, ReferenceType, SpanContext, TagValue};

use super::Ids;
use crate::vector::{
    self, ContextRecord, PropagatorName, ReferenceKind, SamplerName, Scalar, TextMap,
};

pub(super) fn sampler(name: SamplerName) -> Sampler {
    match name {
        SamplerName::ParentbasedAlwaysOn => Sampler::ParentBased(Box::new(Sampler::AlwaysOn)),
        SamplerName::ParentbasedAlwaysOff => Sampler::ParentBased(Box::new(Sampler::AlwaysOff)),
        SamplerName::AlwaysOn => Sampler::AlwaysOn,
        SamplerName::AlwaysOff => Sampler::AlwaysOff,
    }
}

/// The list as `OTEL_PROPAGATORS` has it.
pub(super) fn propagator_names(propagators: &[PropagatorName]) -> String {
    if propagators.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<&str> = propagators.iter().map(|name| name.as_str()).collect();
    names.join(",")
}

pub(super) fn reference_type(kind: ReferenceKind) -> ReferenceType {
    match kind {
        ReferenceKind::ChildOf => ReferenceType::ChildOf,
        ReferenceKind::FollowsFrom => ReferenceType::FollowsFrom,
    }
}

pub(super) fn shim_format(format: vector::Format) -> Format<'static> {
    match format {
        vector::Format::Http => Format::HttpHeaders,
        vector::Format::Text => Format::TextMap,
    }
}

impl From<Scalar> for TagValue {
    fn from(value: Scalar) -> Self {
        match value {
            Scalar::Text(text) => text.into(),
            Scalar::Bool(truth) => truth.into(),
            Scalar::Int(number) => number.into(),
            Scalar::Unsigned(number) => number.into(),
            Scalar::Float(number) => number.into(),
        }
    }
}

impl From<Scalar> for FieldValue {
    fn from(value: Scalar) -> Self {
        TagValue::from(value).into()
    }
}

pub(super) fn time(micros: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

pub(super) fn ids(context: &SpanContext) -> Ids {
    Ids::new(&context.to_trace_id(), &context.to_span_id())
}

pub(super) fn native_ids(context: &Context) -> Ids {
    let span = context.span();
    let context = span.span_context();
    Ids::new(
        &context.trace_id().to_string(),
        &context.span_id().to_string(),
    )
}

pub(super) fn context_record(context: &SpanContext) -> ContextRecord {
    let Ids { trace, .. } = ids(context);
    let span = context.to_span_id();
    ContextRecord {
        trace,
        span: (!span.is_empty()).then_some(span),
        baggage: baggage(context),
    }
}

pub(super) fn baggage(context: &SpanContext) -> TextMap {
    context
        .baggage_items()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

pub(super) fn native_baggage(context: &Context) -> TextMap {
    context
        .baggage()
        .iter()
        .map(|(key, (value, _))| (key.to_string(), value.to_string()))
        .collect()
}

pub(super) fn key_values(items: &TextMap) -> impl Iterator<Item = KeyValue> {
    items
        .iter()
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
}
