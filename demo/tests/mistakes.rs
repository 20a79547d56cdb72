//! Every mistake is found and called by its name, nothing is found where none was made, and `docs/mistakes.md` tells it.

use std::path::Path;

#[test]
fn every_mistake_is_found_and_nothing_where_none_was_made() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mistakes.md");
    let page = std::fs::read_to_string(page).expect("docs/mistakes.md is there");

    let report = demo::mistakes::run().expect("the fleets run");

    assert!(report.wrong().is_empty(), "{}", report.wrong().join("\n"));
    assert_eq!(report.mistakes(), launcher::Mistake::ALL.len());
    assert!(
        report.page() == without_code(&page),
        "docs/mistakes.md is stale: run `cargo xtask pages` and commit it"
    );
}

/// The differences of code are computed from the files, in another place.
fn without_code(page: &str) -> String {
    let mut kept = String::new();
    let mut within = false;
    for line in page.lines() {
        within &= line != "<!-- end -->";
        if !within {
            kept.push_str(line);
            kept.push('\n');
        }
        within |= line.starts_with("<!-- diff: ");
    }
    kept
}
