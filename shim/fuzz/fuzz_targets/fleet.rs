//! All headers of a mixed fleet at once, with every preference.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentracing_shim::propagation::{Dialect, Fleet};
use opentracing_shim_fuzz::check;

fuzz_target!(|text: &str| {
    for preferred in [Dialect::W3c, Dialect::Jaeger] {
        check(&Fleet::builder().prefer(preferred).build(), text);
    }
});
