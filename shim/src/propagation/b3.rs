//! B3, the headers of Zipkin: `b3`, or `X-B3-*`.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::flags::{self, DEBUG, DEFERRED};
use super::hex::{self, Digits};
use super::outcome::{Outcome, found, without_ids};

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// Which form is written. Both are read, the single header first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum B3Encoding {
    /// One header, `b3`.
    #[default]
    Single,
    /// A header for each part.
    Multi,
}

/// Speaks to services that use B3.
///
/// Debug implies sampled. Headers without a sampling decision are handed on as such; OpenTelemetry has no word for it,
/// and a parent-based sampler takes the parent for one that is not sampled. A refusal without ids, `b3: 0`, leaves a
/// context that the SDK's default sampler follows; OpenTracing knows no such context, and the bridge finds nothing in it.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
/// use opentracing_shim::propagation::B3Propagator;
///
/// let headers = HashMap::from([("b3".to_owned(), "af7651916cd43dd8-b7ad6b7169203331-1".to_owned())]);
/// let cx = B3Propagator::new().extract_with_context(&Context::new(), &headers);
/// assert!(cx.span().span_context().is_sampled());
/// ```
#[derive(Clone, Debug)]
pub struct B3Propagator {
    encoding: B3Encoding,
    fields: Vec<String>,
}

impl B3Propagator {
    /// Writes one header.
    pub fn new() -> Self {
        Self::with_encoding(B3Encoding::Single)
    }

    /// Writes the given form.
    pub fn with_encoding(encoding: B3Encoding) -> Self {
        let fields: &[&str] = match encoding {
            B3Encoding::Single => &[SINGLE],
            B3Encoding::Multi => &[TRACE_ID, SPAN_ID, SAMPLED, FLAGS],
        };
        Self {
            encoding,
            fields: fields.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Default for B3Propagator {
    fn default() -> Self {
        Self::new()
    }
}

impl TextMapPropagator for B3Propagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let context = span.span_context();
        if !context.is_valid() {
            return;
        }
        let (trace_id, span_id) = (context.trace_id(), context.span_id());
        let decision = Decision::of(context.trace_flags());
        match self.encoding {
            B3Encoding::Single => {
                let suffix = match decision {
                    Decision::Deferred => "",
                    Decision::Drop => "-0",
                    Decision::Keep => "-1",
                    Decision::Debug => "-d",
                };
                injector.set(SINGLE, format!("{trace_id}-{span_id}{suffix}"));
            }
            B3Encoding::Multi => {
                injector.set(TRACE_ID, trace_id.to_string());
                injector.set(SPAN_ID, span_id.to_string());
                match decision {
                    Decision::Deferred => {}
                    Decision::Drop => injector.set(SAMPLED, "0".to_owned()),
                    Decision::Keep => injector.set(SAMPLED, "1".to_owned()),
                    Decision::Debug => injector.set(FLAGS, "1".to_owned()),
                }
            }
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let single = extractor
            .get(SINGLE)
            .map(|header| (SINGLE, parse_single(header.trim())));
        let parsed = match single {
            Some((_, Ok(_))) => single,
            // The other form counts if this one is absent, or if it is the one that can be read.
            _ => match parse_multi(extractor).map(|parsed| (TRACE_ID, parsed)) {
                Some((_, Err(_))) | None if single.is_some() => single,
                multi => multi,
            },
        };
        match parsed {
            None => cx.clone(),
            Some((header, Err(reason))) => Outcome::corrupt(header, reason).leave_in(cx),
            Some((_, Ok(Parsed { ids, decision }))) => match (ids, decision) {
                (Some((trace_id, span_id)), _) => {
                    let (flags, state) = (decision.flags(), TraceState::NONE);
                    found(cx, SpanContext::new(trace_id, span_id, flags, true, state))
                }
                (None, Decision::Keep | Decision::Debug) => {
                    found(cx, without_ids(decision.flags()))
                }
                (None, Decision::Drop) => {
                    let cx = Outcome::Silent.leave_in(cx);
                    found(&cx, without_ids(TraceFlags::NOT_SAMPLED))
                }
                (None, Decision::Deferred) => Outcome::Silent.leave_in(cx),
            },
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

/// B3's sampling state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Deferred,
    Drop,
    Keep,
    Debug,
}

impl Decision {
    fn of(flags: TraceFlags) -> Self {
        if flags.is_sampled() {
            if flags::is_debug(flags) {
                Self::Debug
            } else {
                Self::Keep
            }
        } else if flags & DEFERRED == DEFERRED {
            Self::Deferred
        } else {
            Self::Drop
        }
    }

    fn flags(self) -> TraceFlags {
        match self {
            Self::Deferred => DEFERRED,
            Self::Drop => TraceFlags::NOT_SAMPLED,
            Self::Keep => TraceFlags::SAMPLED,
            Self::Debug => TraceFlags::SAMPLED | DEBUG,
        }
    }
}

struct Parsed {
    /// There may be a decision without ids.
    ids: Option<(TraceId, SpanId)>,
    decision: Decision,
}

/// `{trace}-{span}[-{decision}[-{parent}]]`, or the decision alone.
fn parse_single(header: &str) -> Result<Parsed, &'static str> {
    let parts: Vec<&str> = header.split('-').take(5).collect();
    match parts[..] {
        [decision] => Ok(Parsed {
            ids: None,
            decision: parse_decision(decision)?,
        }),
        [trace_id, span_id] => Ok(Parsed {
            ids: Some(parse_ids(trace_id, span_id)?),
            decision: Decision::Deferred,
        }),
        [trace_id, span_id, decision] => Ok(Parsed {
            ids: Some(parse_ids(trace_id, span_id)?),
            decision: parse_decision(decision)?,
        }),
        [trace_id, span_id, decision, parent_id] => {
            parse_id(parent_id, &[16]).ok_or("no parent id")?;
            Ok(Parsed {
                ids: Some(parse_ids(trace_id, span_id)?),
                decision: parse_decision(decision)?,
            })
        }
        _ => Err("too many parts"),
    }
}

fn parse_decision(text: &str) -> Result<Decision, &'static str> {
    match text {
        "0" => Ok(Decision::Drop),
        "1" => Ok(Decision::Keep),
        "d" => Ok(Decision::Debug),
        _ => Err("no sampling state"),
    }
}

/// `None` if no header of the form is there.
fn parse_multi(extractor: &dyn Extractor) -> Option<Result<Parsed, &'static str>> {
    let [trace_id, span_id, sampled, flags] =
        [TRACE_ID, SPAN_ID, SAMPLED, FLAGS].map(|name| extractor.get(name).map(str::trim));
    let decision = match (flags, sampled) {
        (Some("1"), _) => Decision::Debug,
        (_, Some("1" | "true")) => Decision::Keep,
        (_, Some("0" | "false")) => Decision::Drop,
        (_, Some(_)) => return Some(Err("no sampling state")),
        (None, None) if trace_id.is_none() && span_id.is_none() => return None,
        (_, None) => Decision::Deferred,
    };
    let ids = match (trace_id, span_id) {
        (None, None) => Ok(None),
        (Some(trace_id), Some(span_id)) => parse_ids(trace_id, span_id).map(Some),
        _ => Err("one id without the other"),
    };
    Some(ids.map(|ids| Parsed { ids, decision }))
}

fn parse_ids(trace_id: &str, span_id: &str) -> Result<(TraceId, SpanId), &'static str> {
    let trace_id = parse_id(trace_id, &[16, 32]).ok_or("no trace id of 16 or 32 digits")?;
    let span_id = parse_id(span_id, &[16]).ok_or("no span id of 16 digits")?;
    let span_id = u64::try_from(span_id).expect("16 digits are 64 bits");
    Ok((trace_id.into(), span_id.into()))
}

fn parse_id(text: &str, lengths: &[usize]) -> Option<u128> {
    hex::parse(text, Digits::AnyCase).filter(|id| *id != 0 && lengths.contains(&text.len()))
}
