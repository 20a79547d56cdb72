//! Two dialects as one: W3C and Jaeger, for a fleet in which old and new services call each other.

mod builder;
mod conflict;
mod seen;
mod verdict;

use std::fmt;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::jaeger::{JaegerContext, JaegerPropagator};
use super::outcome::{DebugId, Outcome, Read, found};
use super::{baggage, w3c};
use crate::bridge::with_live_baggage;

pub use builder::{Dialects, FleetBuilder};
pub use conflict::ConflictingContext;
pub use seen::{Header, Seen};
pub use verdict::{Dialect, Verdict};

/// Writes both dialects from one span context and finds out which one to believe when they come back.
///
/// [The page on propagation](super) has the rules and the roll-out. Other propagators beside this one are not needed for
/// these two dialects, and would undo its decisions.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
/// use opentracing_shim::propagation::Fleet;
///
/// // An old service forwarded `traceparent` untouched and wrote its own span into `uber-trace-id`.
/// let headers = HashMap::from([
///     ("traceparent".to_owned(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
///     ("tracestate".to_owned(), "otshim=b7ad6b7169203331".to_owned()),
///     ("uber-trace-id".to_owned(), "af7651916cd43dd8448eb211c80319c:53995c3f42cd8ad8:b7ad6b7169203331:1".to_owned()),
/// ]);
///
/// let cx = Fleet::new().extract_with_context(&Context::new(), &headers);
/// assert_eq!(cx.span().span_context().span_id().to_string(), "53995c3f42cd8ad8");
/// ```
#[derive(Clone)]
pub struct Fleet {
    jaeger: JaegerPropagator,
    injected: Dialects,
    extracted: Dialects,
    preferred: Dialect,
    marker: Option<Arc<str>>,
    on_extract: Option<Hook>,
    fields: Arc<[String]>,
}

type Hook = Arc<dyn Fn(&Seen) + Send + Sync>;

impl Fleet {
    /// The key of the tracestate member that tells who wrote last.
    pub const MARKER: &'static str = "otshim";

    /// Reads and writes both dialects, with the marker, W3C preferred: the first step of the roll-out.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Begins with what [`Fleet::new`] makes.
    pub fn builder() -> FleetBuilder {
        FleetBuilder::new()
    }

    /// The span context to believe, and what has to be remembered with it.
    fn read_span(&self, cx: &Context, extractor: &dyn Extractor, seen: &mut Seen) -> Context {
        let w3c = if self.extracted.w3c() {
            w3c::read(extractor)
        } else {
            Read::Absent
        };
        let jaeger = if self.extracted.jaeger() {
            self.jaeger.read_span(extractor)
        } else {
            Read::Absent
        };
        seen.traceparent = Header::of(&w3c);
        seen.uber_trace_id = Header::of(&jaeger);
        match (w3c, jaeger) {
            (Read::Valid(w3c), Read::Valid(jaeger)) => self.settle(cx, w3c, jaeger, seen),
            (Read::Valid(w3c), _) => {
                seen.verdict = Verdict::W3cOnly;
                found(cx, w3c)
            }
            (_, Read::Valid(jaeger)) => {
                seen.verdict = Verdict::JaegerOnly;
                found(cx, jaeger.context)
            }
            (w3c, jaeger) => match self.read_debug_id(extractor) {
                Some(id) => {
                    seen.debug_id = true;
                    id.leave_in(cx)
                }
                None => neither(cx, w3c, jaeger),
            },
        }
    }

    /// Both are valid.
    fn settle(
        &self,
        cx: &Context,
        w3c: SpanContext,
        jaeger: JaegerContext,
        seen: &mut Seen,
    ) -> Context {
        let marker = self.marker.as_deref().unwrap_or(Self::MARKER);
        seen.verdict = Verdict::of(&w3c, &jaeger, marker);
        let dialect = seen.verdict.dialect(self.preferred);
        if seen.verdict != Verdict::Conflict {
            return found(cx, verdict::merge(w3c, &jaeger.context, dialect));
        }
        let (chosen, other, loser) = match dialect {
            Dialect::W3c => (w3c, jaeger.context, Dialect::Jaeger),
            Dialect::Jaeger => (jaeger.context, w3c, Dialect::W3c),
        };
        let conflict = ConflictingContext::new(&chosen, other, loser);
        found(cx, chosen).with_value(conflict)
    }

    fn read_debug_id(&self, extractor: &dyn Extractor) -> Option<DebugId> {
        self.extracted
            .jaeger()
            .then(|| self.jaeger.read_debug_id(extractor))?
    }

    /// What came in, in the order of precedence: `baggage`, `uberctx-*`, `jaeger-baggage`, and then what `cx` has.
    fn read_baggage(&self, cx: Context, extractor: &dyn Extractor, seen: &mut Seen) -> Context {
        let mut cx = cx;
        let mut found = Baggage::new();
        if self.extracted.w3c() {
            match baggage::read(extractor) {
                Read::Valid(baggage) => {
                    seen.baggage = true;
                    found = baggage;
                }
                // A corrupt span context is the better reason, and so is whatever was found.
                Read::Nothing(outcome) if cx.get::<Outcome>().is_none() => {
                    cx = outcome.leave_in(&cx);
                }
                Read::Absent | Read::Nothing(_) => {}
            }
        }
        if self.extracted.jaeger() {
            seen.uberctx = self.jaeger.read_baggage(extractor, &mut found);
        }
        if found.is_empty() {
            return cx;
        }
        baggage::fill(&mut found, cx.baggage());
        cx.with_baggage(found)
    }
}

/// Neither header is valid: why, if one of them was there at all.
fn neither(cx: &Context, w3c: Read<SpanContext>, jaeger: Read<JaegerContext>) -> Context {
    let cx = jaeger.map(|jaeger| jaeger.context).leave_in(cx);
    w3c.leave_in(&cx)
}

impl Default for Fleet {
    fn default() -> Self {
        Self::new()
    }
}

impl TextMapPropagator for Fleet {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let context = span.span_context();
        if self.injected.w3c() {
            if context.is_valid() {
                // The marker says that one hop wrote both headers, so it needs both.
                let marker = self.marker.as_deref().filter(|_| self.injected.jaeger());
                w3c::inject(context, marker, injector);
            }
            with_live_baggage(cx, |items| baggage::inject(items, injector));
        }
        if self.injected.jaeger() {
            self.jaeger.inject_context(cx, injector);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let mut seen = Seen::nothing();
        let cx = self.read_span(cx, extractor, &mut seen);
        let cx = self.read_baggage(cx, extractor, &mut seen);
        if let Some(on_extract) = &self.on_extract {
            on_extract(&seen);
        }
        cx
    }

    /// The names known beforehand, of the dialects read or written; those of Jaeger's baggage items are not among them.
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet")
            .field("injected", &self.injected)
            .field("extracted", &self.extracted)
            .field("preferred", &self.preferred)
            .field("marker", &self.marker)
            .finish_non_exhaustive()
    }
}
