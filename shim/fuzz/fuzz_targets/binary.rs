//! Jaeger's binary layout.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use opentracing_shim::propagation::BinaryPropagator;

fuzz_target!(|bytes: &[u8]| {
    let propagator = BinaryPropagator::new();
    let Ok(cx) = propagator.extract_with_context(&Context::new(), bytes) else {
        return;
    };
    let mut written = Vec::new();
    propagator
        .inject_context(&cx, &mut written)
        .expect("what OpenTelemetry's baggage holds is within the limits");
    let again = propagator
        .extract_with_context(&Context::new(), &written)
        .expect("just written");
    assert_eq!(cx.span().span_context(), again.span().span_context());
});
