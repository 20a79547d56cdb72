//! The context of a mock span: two numbers and the baggage.

use crate::api::Baggage;
use crate::api::backend::SpanContextBackend;

/// What a [`SpanContext`](crate::SpanContext) of the mock tracer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockSpanContext {
    pub(super) trace_id: u64,
    pub(super) span_id: u64,
    pub(super) baggage: Baggage,
}

impl SpanContextBackend for MockSpanContext {
    fn trace_id(&self) -> String {
        self.trace_id.to_string()
    }

    fn span_id(&self) -> String {
        self.span_id.to_string()
    }

    fn is_sampled(&self) -> bool {
        true
    }

    fn baggage(&self) -> &Baggage {
        &self.baggage
    }
}
