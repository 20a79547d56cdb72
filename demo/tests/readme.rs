//! What the documentation shows as the demo's output is what the demo prints.
//!
//! A block begins with the command, `$ cargo run -- ARGUMENTS`, and goes on with the output. Ids, times and ports differ
//! from run to run and are compared as such; a line of three dots stands for any number of lines. A block with more than
//! one command, or without output, is no claim about what is printed.

use std::path::Path;
use std::process::Command;

const PROMPT: &str = "$ cargo run -- ";

#[test]
fn readme_shows_what_the_demo_prints() {
    assert!(
        shown_is_printed("README.md") > 0,
        "README.md shows no output"
    );
}

#[test]
fn guide_shows_what_the_demo_prints() {
    assert!(
        shown_is_printed("docs/guide.md") > 0,
        "docs/guide.md shows no output"
    );
}

/// Runs every command whose output the page shows, and returns how many those are.
fn shown_is_printed(page: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package lies in the workspace");
    let text = std::fs::read_to_string(root.join(page)).expect("the page is there");

    let blocks = blocks(&text);
    for (arguments, shown) in &blocks {
        let run = Command::new(env!("CARGO_BIN_EXE_demo"))
            .args(arguments.split_whitespace())
            .output()
            .expect("the demo runs");
        let printed = String::from_utf8(run.stdout).expect("the demo prints UTF-8");
        assert!(run.status.success(), "{arguments}: {}", run.status);
        let masked: Vec<String> = printed.lines().map(mask).collect();
        assert!(
            matches(shown, &masked),
            "{page} is stale. `{PROMPT}{arguments}` prints now:\n{printed}"
        );
    }
    blocks.len()
}

/// The arguments of the demo, and the lines that the page shows, masked.
fn blocks(page: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while lines.by_ref().any(|line| line == "```console") {
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let [first, output @ ..] = block.as_slice()
            && let Some(arguments) = first.strip_prefix(PROMPT)
            && !output.is_empty()
            && output.iter().all(|line| !line.starts_with('$'))
        {
            let output = output.iter().map(|line| mask(line)).collect();
            blocks.push((arguments.to_owned(), output));
        }
    }
    blocks
}

/// The line with ids, times and addresses replaced by what they are.
fn mask(line: &str) -> String {
    let words = line.trim_start();
    let indent = &line[..line.len() - words.len()];
    let masked: Vec<&str> = words
        .split_whitespace()
        .map(|word| {
            let bare = word.trim_end_matches(':');
            if bare.len() == 32 && bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                "<id>"
            } else if word.starts_with("http://127.0.0.1:") {
                "<address>"
            } else if is_time(word) {
                "<time>"
            } else {
                word
            }
        })
        .collect();
    format!("{indent}{}", masked.join(" "))
}

fn is_time(word: &str) -> bool {
    ["ns", "µs", "ms", "s"]
        .into_iter()
        .filter_map(|unit| word.strip_suffix(unit))
        .any(|number| number.parse::<f64>().is_ok())
}

fn matches(shown: &[String], printed: &[String]) -> bool {
    match shown {
        [] => printed.is_empty(),
        [dots, rest @ ..] if dots.trim() == "..." => {
            (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..]))
        }
        [line, rest @ ..] => printed
            .split_first()
            .is_some_and(|(first, others)| first == line && matches(rest, others)),
    }
}

#[test]
fn what_differs_from_run_to_run_is_masked_and_nothing_else() {
    let line = "   api: GET /v1/session [server] 1.22ms http.status_code=200";
    assert_eq!(mask(line), mask(&line.replace("1.22ms", "160.00µs")));
    assert_ne!(mask(line), mask(&line.replace("200", "500")));
    assert_ne!(mask(line), mask(line.trim_start()));
    assert_eq!(
        mask("trace 4bf92f3577b34da6a3ce929d0e0e4736: 4 spans"),
        "trace <id> 4 spans"
    );
    assert_eq!(
        mask("  sms   http://127.0.0.1:1 (shim)"),
        "  sms <address> (shim)"
    );
}

#[test]
fn dots_stand_for_any_lines_and_only_dots_do() {
    let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert!(matches(&lines("a ... d"), &lines("a b c d")));
    assert!(matches(&lines("a ... b"), &lines("a b")));
    assert!(!matches(&lines("a d"), &lines("a b c d")));
    assert!(!matches(&lines("a ..."), &lines("b a")));
}
