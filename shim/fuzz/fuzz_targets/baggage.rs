//! `baggage`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentracing_shim::propagation::BaggagePropagator;
use opentracing_shim_fuzz::check;

fuzz_target!(|text: &str| check(&BaggagePropagator::new(), text));
