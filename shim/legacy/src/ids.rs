//! What names a span.

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};

/// The bit of Jaeger's flags that says that the trace is recorded; W3C's is the same.
const SAMPLED: u8 = 0b01;

/// The ids and the flags of a span, as Jaeger's clients hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ids {
    /// The higher half of the trace's id; zero in traces of 64 bits.
    pub trace_high: u64,
    /// The lower half of the trace's id.
    pub trace_low: u64,
    /// The span's id.
    pub span_id: u64,
    /// Jaeger's flags: 1 is sampled, 2 is debug.
    pub flags: u8,
}

impl Ids {
    /// Both halves of the trace's id.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        TraceId::from((u128::from(self.trace_high) << 64) | u128::from(self.trace_low))
    }

    /// The id of the span.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        SpanId::from(self.span_id)
    }

    /// Whether both ids name something. The legacy crates hand out contexts whose ids are zero, for a debug header and for
    /// empty binary input; to OpenTelemetry these are no contexts.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        (self.trace_high != 0 || self.trace_low != 0) && self.span_id != 0
    }

    /// Whether the flag is set.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// The same in OpenTelemetry's terms. Jaeger's debug flag has no place there, and is left out.
    #[must_use]
    pub fn span_context(&self, is_remote: bool) -> SpanContext {
        let flags = TraceFlags::default().with_sampled(self.is_sampled());
        SpanContext::new(
            self.trace_id(),
            self.span_id(),
            flags,
            is_remote,
            TraceState::NONE,
        )
    }

    /// A context in which native spans are children of this one.
    ///
    /// They go to the application's own provider, so the trace is whole where both kinds of spans arrive: through one
    /// provider after [`install`](crate::install()), or at one collector.
    #[must_use]
    pub fn context(&self) -> Context {
        Context::new().with_remote_span_context(self.span_context(false))
    }
}

impl From<&SpanContext> for Ids {
    fn from(context: &SpanContext) -> Self {
        let trace_id = u128::from_be_bytes(context.trace_id().to_bytes());
        let [trace_high, trace_low] = [trace_id >> 64, trace_id].map(|half| half as u64);
        Self {
            trace_high,
            trace_low,
            span_id: u64::from_be_bytes(context.span_id().to_bytes()),
            flags: u8::from(context.is_sampled()) * SAMPLED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_the_way_to_open_telemetry_and_back() {
        let ids = Ids {
            trace_high: 0x0af7_6519_16cd_43dd,
            trace_low: 0x8448_eb21_1c80_319c,
            span_id: 0xb7ad_6b71_6920_3331,
            flags: 1,
        };

        let context = ids.span_context(true);

        assert_eq!(
            context.trace_id().to_string(),
            "0af7651916cd43dd8448eb211c80319c"
        );
        assert_eq!(context.span_id().to_string(), "b7ad6b7169203331");
        assert!(context.is_sampled() && context.is_remote());
        assert_eq!(Ids::from(&context), ids);
    }

    #[test]
    fn ids_of_zero_name_nothing() {
        let ids = |trace_high, trace_low, span_id| Ids {
            trace_high,
            trace_low,
            span_id,
            flags: 0,
        };

        assert!(!ids(0, 0, 1).is_valid());
        assert!(!ids(1, 1, 0).is_valid());
        assert!(ids(0, 1, 1).is_valid());
        assert!(ids(1, 0, 1).is_valid());
    }
}
