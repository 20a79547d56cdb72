//! The mock tracer.

use opentracing_shim::api::mock::{MockSpan, MockTracer};
use opentracing_shim::{TagValue, tags};

use crate::kit::{Capabilities, Capability, FinishedSpan, Kit, Probe, Subject};

/// The mock tracer: everything but Binary.
pub fn mock() -> Kit {
    Kit::new(|| {
        let mock = MockTracer::new();
        Subject::new(mock.tracer()).probe(MockProbe(mock))
    })
    .capabilities(Capabilities::all().without([Capability::Binary]))
}

struct MockProbe(MockTracer);

impl Probe for MockProbe {
    fn finished_spans(&self) -> Option<Vec<FinishedSpan>> {
        Some(self.0.finished_spans().iter().map(finished).collect())
    }
}

fn finished(span: &MockSpan) -> FinishedSpan {
    let [trace, id] = [span.trace_id(), span.span_id()].map(|id| id.to_string());
    let references = span.references().iter();
    let plain = FinishedSpan::new(span.operation_name(), trace, id)
        .tags(span.tags().iter().cloned())
        .is_error(span.tag(tags::ERROR) == Some(&TagValue::Bool(true)))
        .references(references.map(|to| (to.kind(), to.span_id().to_string())))
        .logs(span.logs().len())
        .finish_time(span.finish_time());
    match span.parent_id() {
        Some(parent) => plain.parent_id(parent.to_string()),
        None => plain,
    }
}
