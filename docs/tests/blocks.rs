//! The blocks of all pages: data parses, and no Rust escapes being a doctest.

mod pages;

use pages::{Block, Page};

#[test]
fn every_block_says_what_it_is_and_is_that() {
    let doctests = pages::doctests();
    assert!(doctests.iter().any(|page| page == "docs/guide.md"));
    let mut faults = Vec::new();
    for page in pages::all() {
        let is_doctest = doctests.contains(&page.path);
        for block in page.blocks() {
            if let Err(fault) = check(is_doctest, &block) {
                faults.push(format!("{}:{}: {fault}", page.path, block.line));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn check(is_doctest: bool, block: &Block) -> Result<(), String> {
    match block.language.as_str() {
        "toml" => toml::from_str::<toml::Table>(&block.text)
            .map(drop)
            .map_err(|error| error.to_string()),
        "json" => serde_json::from_str::<serde_json::Value>(&block.text)
            .map(drop)
            .map_err(|error| error.to_string()),
        // A block that says nothing is Rust to rustdoc.
        "" | "rust" | "rust,no_run" | "rust,compile_fail" | "no_run" | "compile_fail"
            if is_doctest =>
        {
            Ok(())
        }
        // A copy of what is compiled elsewhere; `cargo xtask pages` writes these and nobody else.
        "rs" | "lua" | "diff" if block.after_marker => Ok(()),
        "console" | "sh" | "text" => Ok(()),
        other => Err(format!(
            "a block of {other:?} is neither compiled nor parsed here"
        )),
    }
}

#[test]
fn blocks_are_found_with_their_language() {
    let page = Page {
        path: "page.md".to_owned(),
        text:
            "a\n```toml\nb = 1\n```\n<!-- include: c -->\n```rs\nd\n```\n\n```rust,ignore\ne\n```\n"
                .to_owned(),
    };

    let blocks = page.blocks();

    let seen: Vec<_> = blocks
        .iter()
        .map(|block| (block.language.as_str(), block.line, block.after_marker))
        .collect();
    assert_eq!(
        seen,
        [
            ("toml", 2, false),
            ("rs", 6, true),
            ("rust,ignore", 10, false)
        ]
    );
    let verdicts: Vec<_> = blocks
        .iter()
        .map(|block| check(true, block).is_ok())
        .collect();
    assert_eq!(verdicts, [true, true, false]);
}
