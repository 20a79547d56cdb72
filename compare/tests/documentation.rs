//! The page about this package holds what the code says.

use std::fs;
use std::path::Path;

use compare::{Capture, Rules, compare, output};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/trace-compare.md");
    fs::read_to_string(path).expect("the page is there")
}

/// What stands between two texts.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).expect("it begins");
    let (inner, _) = rest.split_once(after).expect("it ends");
    inner
}

#[test]
fn the_example_of_rules_is_one() {
    let page = page();

    let example = between(&page, "```toml\n", "```");

    Rules::builtin()
        .with("example", example)
        .expect("they are rules");
}

#[test]
fn the_example_of_a_run_is_what_it_prints() {
    let page = page();
    let capture = |stage: &str| {
        let name = format!("compare/tests/captures/demo-{stage}.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&name);
        let text = fs::read(path).expect("the capture is there");
        Capture::from_slice(&name, &text).expect("it is a capture")
    };

    let shown = between(
        &page,
        "$ cargo run -p compare -- compare/tests/captures/demo-legacy.json",
        "```",
    );
    let report = compare(&capture("legacy"), &capture("dropin"), &Rules::builtin());

    let printed = output::text(&report, output::Style::default());
    // Dots stand for any number of lines.
    let mut rest = printed.as_str();
    for part in shown
        .split_once('\n')
        .expect("the command has a line of its own")
        .1
        .split("...\n")
    {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("{part}is not in\n{printed}"));
        rest = &rest[at + part.len()..];
    }
    assert_eq!(rest, "");
}
