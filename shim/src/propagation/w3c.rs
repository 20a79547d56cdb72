//! W3C Trace Context: `traceparent` and `tracestate`.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId};

use super::hex::{self, Digits};
use super::outcome::{Outcome, Read};
use super::{flags, tracestate, trim};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
static FIELDS: LazyLock<[String; 2]> =
    LazyLock::new(|| [TRACEPARENT.to_owned(), TRACESTATE.to_owned()]);

/// Length of a header of version 00; a later version may only add to it, after a dash.
const LENGTH: usize = 55;

/// Strict W3C Trace Context.
///
/// The SDK's own lets pass what the recommendation forbids, `00-+1-+2-01` among it, and sends an empty `tracestate`.
/// Several `tracestate` headers are one list; several `traceparent` headers are none.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
/// use opentracing_shim::propagation::TraceContextPropagator;
///
/// let parse = |header: &str| {
///     let headers = HashMap::from([("traceparent".to_owned(), header.to_owned())]);
///     let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
///     cx.span().span_context().is_valid()
/// };
/// assert!(parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
/// assert!(!parse("00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceContextPropagator(());

impl TraceContextPropagator {
    /// The propagator.
    pub fn new() -> Self {
        Self::default()
    }
}

impl TextMapPropagator for TraceContextPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let context = span.span_context();
        if context.is_valid() {
            inject(context, None, injector);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        read(extractor).leave_in(cx)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

/// Writes a valid context. The id of its span goes under `marker` as well, if there is one.
pub(super) fn inject(context: &SpanContext, marker: Option<&str>, injector: &mut dyn Injector) {
    injector.set(TRACEPARENT, traceparent(context));
    let state = tracestate::header(context.trace_state(), marker, context.span_id());
    if !state.is_empty() {
        injector.set(TRACESTATE, state);
    }
}

/// Reads both headers.
pub(super) fn read(extractor: &dyn Extractor) -> Read<SpanContext> {
    let state = || extractor.get_all(TRACESTATE).unwrap_or_default();
    let parents = extractor.get_all(TRACEPARENT).unwrap_or_default();
    match parents[..] {
        [] if state().is_empty() => Read::Absent,
        [] => Read::Nothing(Outcome::Silent),
        [parent] => match parse(parent) {
            Ok((trace_id, span_id, flags)) => {
                let state = tracestate::parse(&state());
                Read::Valid(SpanContext::new(trace_id, span_id, flags, true, state))
            }
            Err(reason) => Read::Nothing(Outcome::corrupt(TRACEPARENT, reason)),
        },
        _ => Read::Nothing(Outcome::corrupt(TRACEPARENT, "there is more than one")),
    }
}

fn traceparent(context: &SpanContext) -> String {
    let mut header = String::with_capacity(LENGTH);
    header.push_str("00-");
    hex::push(&mut header, hex::trace_id(context.trace_id()), 32);
    header.push('-');
    hex::push(&mut header, hex::span_id(context.span_id()), 16);
    header.push('-');
    let flags = context.trace_flags() & flags::W3C;
    hex::push(&mut header, flags.to_u8().into(), 2);
    header
}

fn parse(header: &str) -> Result<(TraceId, SpanId, TraceFlags), &'static str> {
    let header = trim(header);
    let (known, rest) = header
        .split_at_checked(LENGTH)
        .ok_or("too short, or not in ASCII")?;
    let mut parts = known.split('-');
    let mut part = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        hex::parse(part, Digits::Lower)
    };
    let version = part(2).ok_or("no version of 2 lower-case digits")?;
    let trace_id = part(32).ok_or("no trace id of 32 lower-case digits")?;
    let span_id = part(16).ok_or("no span id of 16 lower-case digits")?;
    let flags = part(2).ok_or("no flags of 2 lower-case digits")?;
    match version {
        0xff => return Err("version ff is forbidden"),
        0 if !rest.is_empty() => return Err("too long for version 00"),
        _ if !rest.is_empty() && !rest.starts_with('-') => return Err("no dash after the flags"),
        _ => {}
    }
    if trace_id == 0 || span_id == 0 {
        return Err("an id is zero");
    }
    let span_id = u64::try_from(span_id).expect("16 digits are 64 bits");
    let flags = u8::try_from(flags).expect("2 digits are 8 bits");
    Ok((
        TraceId::from(trace_id),
        SpanId::from(span_id),
        TraceFlags::new(flags) & flags::W3C,
    ))
}
