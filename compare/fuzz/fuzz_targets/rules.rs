//! Any text as rules.

#![no_main]

use std::sync::LazyLock;

use compare::{Capture, Rules};
use compare_fuzz::{assert_within, check_alone, check_pair, place};
use libfuzzer_sys::fuzz_target;

static CAPTURES: LazyLock<[Capture; 2]> = LazyLock::new(|| {
    let texts: [&[u8]; 2] = [
        include_bytes!("../../tests/captures/demo-legacy.json"),
        include_bytes!("../../tests/captures/demo-native.json"),
    ];
    texts.map(|text| Capture::from_slice("demo", text).expect("it is a capture"))
});

fuzz_target!(|text: &str| {
    match Rules::builtin().with("rules", text) {
        Ok(rules) => {
            let [left, right] = &*CAPTURES;
            check_alone(left, &rules);
            check_pair(left, right, &rules);
            assert_tables(&rules.to_markdown());
        }
        Err(error) => {
            let said = error.to_string();
            let (line, column) = place(&said, "rules").expect("an error has a place");
            assert_within(text.as_bytes(), line, column);
        }
    }
});

/// All rows have four cells.
fn assert_tables(markdown: &str) {
    for row in markdown.lines().filter(|line| line.starts_with('|')) {
        let cells = row.replace("\\|", "").matches('|').count();
        assert_eq!(cells, 5, "{row}");
    }
}
