//! Any bytes as a capture.

#![no_main]

use std::sync::LazyLock;

use compare::{Capture, Rules};
use compare_fuzz::{check_alone, check_pair, read};
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::builtin);
static LOGIN: LazyLock<Capture> = LazyLock::new(|| {
    let text = include_bytes!("../../tests/captures/demo-legacy.json");
    Capture::from_slice("demo-legacy.json", text).expect("it is a capture")
});

fuzz_target!(|text: &[u8]| {
    if let Some(capture) = read("capture", text) {
        check_alone(&capture, &RULES);
        check_pair(&LOGIN, &capture, &RULES);
        check_pair(&capture, &LOGIN, &RULES);
    }
});
