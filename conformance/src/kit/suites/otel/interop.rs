//! A trace that goes on from one API to the other.

use opentelemetry::trace::TraceContextExt;

use super::case;
use crate::kit::{Capability, Case, Subject};

const NEEDS: &[Capability] = &[Capability::Native, Capability::Identity, Capability::Scopes];

pub(super) const CASES: &[Case] = &[
    case(
        "otel.interoperability.sdk_continues_opentracing_trace",
        "OpenTelemetryInteroperabilityTest.sdkContinuesOpenTracingTrace",
        NEEDS,
        sdk_continues_opentracing_trace,
    ),
    case(
        "otel.interoperability.opentracing_continues_sdk_trace",
        "OpenTelemetryInteroperabilityTest.openTracingContinuesSdkTrace",
        NEEDS,
        opentracing_continues_sdk_trace,
    ),
];

fn sdk_continues_opentracing_trace(subject: &Subject) {
    let scope = subject.tracer.build_span("opentracing").start_active();
    let native = subject.otel().start("native");
    let trace = native.span().span_context().trace_id().to_string();
    native.span().end();
    assert_eq!(scope.span().context().to_trace_id(), trace);
    scope.close();

    subject.assert_finished(&["native", "opentracing"]);
    assert_chain(subject, &["opentracing", "native"]);
}

fn opentracing_continues_sdk_trace(subject: &Subject) {
    let native = subject.otel().start("native");
    let attached = native.clone().attach();
    let span = subject.tracer.build_span("opentracing").start();
    span.finish();
    drop(attached);
    native.span().end();

    let trace = native.span().span_context().trace_id().to_string();
    assert_eq!(span.context().to_trace_id(), trace);
    subject.assert_finished(&["opentracing", "native"]);
    assert_chain(subject, &["native", "opentracing"]);
}

/// Each is the parent of the next and all are in one trace; the first is a root.
pub(in crate::kit::suites) fn assert_chain(subject: &Subject, names: &[&str]) {
    let Some(spans) = subject.finished() else {
        return;
    };
    let mut parent = None;
    for name in names {
        let span = spans
            .iter()
            .find(|span| span.operation_name() == *name)
            .unwrap_or_else(|| panic!("{name} should be finished"));
        assert_eq!(span.parent_id, parent, "the parent of {name}");
        assert_eq!(span.trace_id, spans[0].trace_id, "the trace of {name}");
        parent = Some(span.span_id.clone());
    }
}
