//! `b3` and `X-B3-*`, written in either form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentracing_shim::propagation::{B3Encoding, B3Propagator};
use opentracing_shim_fuzz::check;

fuzz_target!(|text: &str| {
    for encoding in [B3Encoding::Single, B3Encoding::Multi] {
        check(&B3Propagator::with_encoding(encoding), text);
    }
});
