//! `traceparent` and `tracestate`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentracing_shim::propagation::TraceContextPropagator;
use opentracing_shim_fuzz::check;

fuzz_target!(|text: &str| check(&TraceContextPropagator::new(), text));
