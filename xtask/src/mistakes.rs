//! The page of the mistakes that are made on purpose, which the demo writes from a run of all of them.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};

use crate::{includes, workspace};

/// The page.
pub const PAGE: &str = "docs/mistakes.md";

/// Makes every mistake, which takes some seconds, and returns the page, with what mends each.
///
/// # Errors
///
/// When the demo cannot be built, when a mistake is not found or something is found where none is made, or when a file is
/// not where the page says. Standard error tells which.
pub fn page(root: &Path) -> anyhow::Result<String> {
    let output = workspace::cargo()
        .args("run --quiet --locked --package demo -- --mistakes".split(' '))
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not run")?;
    ensure!(
        output.status.success(),
        "`cargo run -- --mistakes` ended with {}",
        output.status
    );
    let page = String::from_utf8(output.stdout).context("the demo prints text")?;
    includes::refreshed(root, &page)
}
