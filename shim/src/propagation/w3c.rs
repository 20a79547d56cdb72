//! W3C Trace Context: `traceparent` and `tracestate`.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::hex::{self, Digits};
use super::outcome::{corrupt, found, silent};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
static FIELDS: LazyLock<[String; 2]> =
    LazyLock::new(|| [TRACEPARENT.to_owned(), TRACESTATE.to_owned()]);

/// Length of a header of version 00; a later version may only add to it, after a dash.
const LENGTH: usize = 55;
/// Sampled, and the bit of level 2 that says the id is random. All others are for later versions to give a meaning.
const KNOWN_FLAGS: TraceFlags = TraceFlags::new(0x03);
const MAX_MEMBERS: usize = 32;

/// Strict W3C Trace Context.
///
/// The SDK's own lets pass what the recommendation forbids, `00-+1-+2-01` among it, and sends an empty `tracestate`.
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
        if !context.is_valid() {
            return;
        }
        let flags = context.trace_flags() & KNOWN_FLAGS;
        injector.set(
            TRACEPARENT,
            format!(
                "00-{}-{}-{flags:02x}",
                context.trace_id(),
                context.span_id()
            ),
        );
        let state = context.trace_state().header();
        if !state.is_empty() {
            injector.set(TRACESTATE, state);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let state = || extractor.get_all(TRACESTATE).unwrap_or_default();
        match extractor.get_all(TRACEPARENT).unwrap_or_default()[..] {
            [] if state().is_empty() => cx.clone(),
            [] => silent(cx),
            [parent] => match parse_traceparent(parent) {
                Ok((trace_id, span_id, flags)) => {
                    let state = parse_tracestate(&state());
                    found(cx, SpanContext::new(trace_id, span_id, flags, true, state))
                }
                Err(reason) => corrupt(cx, TRACEPARENT, reason),
            },
            _ => corrupt(cx, TRACEPARENT, "there is more than one"),
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

fn parse_traceparent(header: &str) -> Result<(TraceId, SpanId, TraceFlags), &'static str> {
    let header = trim(header);
    if !header.is_ascii() || header.len() < LENGTH {
        return Err("too short");
    }
    let (known, rest) = header.split_at(LENGTH);
    let mut parts = known.split('-');
    let mut part = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        hex::parse(part, Digits::Lower)
    };
    let version = part(2).ok_or("no version")?;
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
        TraceFlags::new(flags) & KNOWN_FLAGS,
    ))
}

/// A list with one member that is wrong is dropped as a whole; the trace goes on without it.
fn parse_tracestate(headers: &[&str]) -> TraceState {
    let mut members = Vec::new();
    for member in headers
        .iter()
        .flat_map(|header| header.split(','))
        .map(trim)
        .filter(|member| !member.is_empty())
    {
        match member.split_once('=') {
            Some((key, value)) if is_state_value(value) => {
                if !members.iter().any(|(known, _)| *known == key) {
                    members.push((key, value));
                }
            }
            _ => return TraceState::NONE,
        }
    }
    if members.len() > MAX_MEMBERS || members.iter().any(|(key, _)| key.is_empty()) {
        return TraceState::NONE;
    }
    TraceState::from_key_value(members).unwrap_or(TraceState::NONE)
}

/// What the API's own check leaves to others: a value is of printable ASCII and not empty.
fn is_state_value(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Without the optional white space of HTTP, which is blanks and tabs alone.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
