//! `uber-trace-id`, `uberctx-*`, `jaeger-baggage` and `jaeger-debug-id`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentracing_shim::propagation::JaegerPropagator;
use opentracing_shim_fuzz::check;

fuzz_target!(|text: &str| check(&JaegerPropagator::new(), text));
