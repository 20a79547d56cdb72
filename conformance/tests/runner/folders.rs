//! What is printed for folders of vectors, and when that is a failure.

use std::fs;
use std::path::Path;

use conformance::suite::{Folder, Summary, run_all};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::recorded;

fn folder_of(files: &[(&str, String)]) -> TempDir {
    let folder = TempDir::new().expect("there is room for a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("the temporary folder can be written to");
    }
    folder
}

/// The summary and the lines, with the last one's time cut off.
fn printed(path: &Path, filter: &str) -> (Summary, Vec<String>) {
    let folders = [Folder {
        label: "more/".to_owned(),
        path: path.to_owned(),
    }];
    let mut out = Vec::new();
    let summary = run_all(&folders, |name| name.contains(filter), &mut out)
        .expect("writing to memory does not fail");
    let text = String::from_utf8(out).expect("only text is printed");
    let lines = text.lines().filter(|line| !line.is_empty());
    let lines = lines.map(|line| {
        line.split("; finished in ")
            .next()
            .unwrap_or(line)
            .to_owned()
    });
    (summary, lines.collect())
}

fn wrong() -> Value {
    let mut vector = recorded("child_of");
    vector["expect"]["spans"][0]["parent"] = json!(null);
    vector
}

#[test]
fn each_vector_has_a_line_and_the_last_line_counts_them() {
    let folder = folder_of(&[
        ("a_root.json", recorded("root_span").to_string()),
        ("b_fault.json", recorded("extract_nothing").to_string()),
        ("README.md", "no vector".to_owned()),
    ]);

    let (summary, lines) = printed(folder.path(), "");

    assert!(summary.is_success());
    assert_eq!(
        lines,
        [
            "test more/a_root ... ok",
            "test more/b_fault ... ok (F7: the reference returned the active span; nothing is right)",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        ]
    );
}

#[test]
fn a_wrong_vector_fails_with_its_difference_and_the_others_still_run() {
    let folder = folder_of(&[
        ("a_wrong.json", wrong().to_string()),
        ("b_root.json", recorded("root_span").to_string()),
    ]);

    let (summary, lines) = printed(folder.path(), "");

    assert!(!summary.is_success());
    assert_eq!(
        lines,
        [
            "test more/a_wrong ... FAILED",
            "test more/b_root ... ok",
            "---- more/a_wrong ----",
            "spans[0] (b).parent",
            "  expected: null",
            "  got:      \"a\"",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
        ]
    );
}

#[test]
fn an_unknown_step_and_unreadable_json_fail() {
    let mut unknown = recorded("root_span");
    unknown["steps"][0]["do"] = json!("teleport");
    let folder = folder_of(&[("a.json", unknown.to_string()), ("b.json", "{".to_owned())]);

    let (summary, lines) = printed(folder.path(), "");

    assert_eq!((summary.passed, summary.failed), (0, 2));
    assert!(
        lines
            .iter()
            .any(|line| line.contains("a.json: steps[0] `teleport`: unknown variant"))
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("b.json: is no vector"))
    );
}

#[test]
fn a_program_that_cannot_run_fails() {
    let mut vector = recorded("root_span");
    vector["steps"][1]["span"] = json!("nobody");
    let folder = folder_of(&[("a.json", vector.to_string())]);

    let (summary, lines) = printed(folder.path(), "");

    assert_eq!(summary.failed, 1);
    assert!(
        lines.contains(&"steps[1] `finish`: there is no span `nobody`".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn a_folder_without_vectors_and_one_that_is_not_there_fail() {
    let empty = folder_of(&[("notes.txt", "no vector".to_owned())]);

    for path in [empty.path().to_owned(), empty.path().join("missing")] {
        let (summary, lines) = printed(&path, "");
        assert_eq!((summary.passed, summary.failed), (0, 1));
        assert_eq!(lines[0], "test more/* ... FAILED");
        assert!(
            lines
                .last()
                .is_some_and(|line| line.starts_with("test result: FAILED. 0 passed; 1 failed"))
        );
    }
}

#[test]
fn a_filter_leaves_vectors_out_and_counts_them() {
    let folder = folder_of(&[
        ("a_root.json", recorded("root_span").to_string()),
        ("b_wrong.json", wrong().to_string()),
    ]);

    let (summary, lines) = printed(folder.path(), "root");

    assert_eq!(
        summary,
        Summary {
            passed: 1,
            failed: 0,
            filtered_out: 1
        }
    );
    assert_eq!(
        lines.last().map(String::as_str),
        Some("test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out")
    );
}
